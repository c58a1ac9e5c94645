"""The verbs of mine, inside a transaction someone else opened."""

from backend.mine.service.account import Account, get_account
from backend.mine.service.client import Client, get_client
from backend.mine.service.exporting import list_kept
from backend.mine.service.home import Home, get_home
from backend.mine.service.leaving import ERASE_TOPIC, Departure, broken_erasures, erase, leave
from backend.mine.service.together import Band, Together, get_together

__all__ = [
    "ERASE_TOPIC",
    "Account",
    "Band",
    "Client",
    "Departure",
    "Home",
    "Together",
    "broken_erasures",
    "erase",
    "get_account",
    "get_client",
    "get_home",
    "get_together",
    "leave",
    "list_kept",
]
