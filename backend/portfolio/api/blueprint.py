"""The edge of the portfolio."""

from __future__ import annotations

from backend.platform.core.roles import SIGNED_IN
from backend.platform.web.edge import Edge

edge = Edge("portfolio", "Everything that is one person's, across all slices", who=SIGNED_IN)
