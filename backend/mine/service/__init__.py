"""The verbs of mine, inside a transaction someone else opened."""

from backend.mine.service.exporting import list_kept

__all__ = ["list_kept"]
