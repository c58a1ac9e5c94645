"""How points are attached to the application: their invariants."""

from __future__ import annotations

from flask import Flask

from backend import checks
from backend.points import service


def attach(app: Flask) -> None:
    """Declare what must hold between grants and ledger."""
    checks.declare(app, "points", service.verify)
