"""Trees on the wire: pools, what somebody has, public pages, and what operators record."""

from backend.trees.api import operators, trees
from backend.trees.api.blueprint import edge

__all__ = ["edge", "operators", "trees"]
