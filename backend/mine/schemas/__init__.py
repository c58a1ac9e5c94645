"""The shapes of mine on the wire."""

from backend.mine.schemas.account import AccountOut, AccountQuery
from backend.mine.schemas.leaving import DepartureOut

__all__ = ["AccountOut", "AccountQuery", "DepartureOut"]
