"""The endpoints of mine, all on one edge."""

from backend.mine.api import account, home, privacy, statements, together
from backend.mine.api.door import edge

__all__ = ["account", "edge", "home", "privacy", "statements", "together"]
