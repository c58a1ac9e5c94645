"""The one edge of the registry."""

from __future__ import annotations

from backend.platform.core.roles import ANYONE
from backend.platform.web.edge import Edge

edge = Edge("registry", "Projects to offset with, and certificates", who=ANYONE)
