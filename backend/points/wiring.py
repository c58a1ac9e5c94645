"""How points are attached to the application: their invariants, and what is kept of whom."""

from __future__ import annotations

from flask import Flask

from backend.platform.ops import invariants
from backend.platform.privacy import personal_data
from backend.platform.privacy.personal_data import Kept, Kind
from backend.points import service

KEPT = Kept(
    "points",
    kinds=(Kind("grant", ("grants", "grant_movements"), service.export),),
    forget=service.forget,
    reset_for_owner=personal_data.stays("points follow grams"),
)


def attach(app: Flask) -> None:
    """Declare what must hold between grants and ledger, and whose grants they are."""
    invariants.declare(app, "points", service.verify)
    personal_data.declare(app, KEPT)
