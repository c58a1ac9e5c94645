"""The one edge of trees."""

from __future__ import annotations

from backend.platform.core.roles import SIGNED_IN
from backend.platform.web.edge import Edge

edge = Edge("trees", "Trees: pools to plant in, and what became of each tree", who=SIGNED_IN)
