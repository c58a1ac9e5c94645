"""The endpoints of the portfolio, all on one edge."""

from backend.portfolio.api import account, statements
from backend.portfolio.api.blueprint import edge

__all__ = ["account", "edge", "statements"]
