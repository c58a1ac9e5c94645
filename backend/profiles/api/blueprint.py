"""The edge of profiles."""

from __future__ import annotations

from backend.platform.core.roles import SIGNED_IN
from backend.platform.web.edge import Edge

edge = Edge("profiles", "Where and how someone lives, and with whom", who=SIGNED_IN)
