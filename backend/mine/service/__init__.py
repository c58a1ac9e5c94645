"""The verbs of mine, inside a transaction someone else opened."""

from backend.mine.service.account import Account, get_account
from backend.mine.service.client import Client, get_client
from backend.mine.service.exporting import list_kept
from backend.mine.service.home import Home, get_home
from backend.mine.service.leaving import ERASE_TOPIC, Departure, broken_erasures, erase, leave

__all__ = [
    "ERASE_TOPIC",
    "Account",
    "Client",
    "Departure",
    "Home",
    "broken_erasures",
    "erase",
    "get_account",
    "get_client",
    "get_home",
    "leave",
    "list_kept",
]
