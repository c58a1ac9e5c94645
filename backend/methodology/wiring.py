"""What must hold for the rule book, declared to everyone who looks."""

from __future__ import annotations

from flask import Flask

from backend import checks
from backend.methodology import service


def attach(app: Flask) -> None:
    """Declare the checks of the slice."""
    checks.declare(app, "methodology.reviews", service.broken_reviews)
    checks.declare(app, "methodology.intervals", service.broken_intervals)
