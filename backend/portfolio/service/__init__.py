"""The verbs of the portfolio, inside a transaction someone else opened."""

from backend.portfolio.service.account import get_account
from backend.portfolio.service.erasure import ERASE_TOPIC, FORMER_ERASE_TOPIC, broken_erasures, erase, leave
from backend.portfolio.service.export import list_kept
from backend.portfolio.service.home import Home, get_client, get_home
from backend.portfolio.service.household_months import get_together
from backend.portfolio.service.ranges import get_range

__all__ = [
    "ERASE_TOPIC",
    "FORMER_ERASE_TOPIC",
    "Home",
    "broken_erasures",
    "erase",
    "get_account",
    "get_client",
    "get_home",
    "get_range",
    "get_together",
    "leave",
    "list_kept",
]
