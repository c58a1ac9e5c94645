"""The one edge of the registry."""

from __future__ import annotations

from backend.auth import ANYONE
from backend.edge import Edge

edge = Edge("registry", "Projects to offset with, and certificates", who=ANYONE)
