"""Attaches footprints to the application: whose answers are whose, and what must hold of the models they name."""

from __future__ import annotations

from flask import Flask

from backend.footprints import service
from backend.platform.ops import invariants
from backend.platform.privacy import personal_data
from backend.platform.privacy.personal_data import Kept, Kind

KEPT = Kept(
    "footprints",
    kinds=(Kind("footprint", ("footprints",), service.export, key="year"),),
    forget=service.forget,
)


def attach(app: Flask) -> None:
    """Declare the answers as personal and every frozen model as what its hash names."""
    personal_data.declare(app, KEPT)
    invariants.declare(app, "footprints", service.broken_models)
