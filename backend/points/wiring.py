"""How points are attached to the application: their invariants, and what is kept of whom."""

from __future__ import annotations

from flask import Flask

from backend import checks, personal
from backend.personal import Kept, Kind
from backend.points import service

KEPT = Kept(
    "points",
    kinds=(Kind("grant", ("grants", "grant_movements"), service.export),),
    forget=service.forget,
)


def attach(app: Flask) -> None:
    """Declare what must hold between grants and ledger, and whose grants they are."""
    checks.declare(app, "points", service.verify)
    personal.declare(app, KEPT)
