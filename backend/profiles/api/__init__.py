"""The endpoints of profiles, all on one edge."""

from backend.profiles.api import households, me
from backend.profiles.api.blueprint import edge

__all__ = ["edge", "households", "me"]
