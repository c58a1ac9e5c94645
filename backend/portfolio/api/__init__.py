"""The endpoints of the portfolio, all on one edge."""

from backend.portfolio.api import account, home, household, privacy, statements
from backend.portfolio.api.blueprint import edge

__all__ = ["account", "edge", "home", "household", "privacy", "statements"]
