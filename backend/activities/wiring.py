"""What must hold for activities, declared to everyone who looks."""

from __future__ import annotations

from flask import Flask

from backend import checks
from backend.activities import service


def attach(app: Flask) -> None:
    """Declare the checks of the slice."""
    checks.declare(app, "activities.sums", service.broken_sums)
    checks.declare(app, "activities.caps", service.broken_caps)
    checks.declare(app, "activities.results", service.broken_results)
