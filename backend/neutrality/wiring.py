"""Attaches neutrality to the application: whose answers are whose, and what must hold of the models they name."""

from __future__ import annotations

from flask import Flask

from backend import checks, personal
from backend.neutrality import service
from backend.personal import Kept, Kind

KEPT = Kept(
    "neutrality",
    kinds=(Kind("footprint", ("footprints",), service.export, key="year"),),
    forget=service.forget,
)


def attach(app: Flask) -> None:
    """Declare the answers as personal and every frozen model as what its hash names."""
    personal.declare(app, KEPT)
    checks.declare(app, "neutrality", service.broken_models)
