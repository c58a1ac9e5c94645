"""Attaches footprints: whose answers are whose, what must hold of the models they name, and what is asked and said."""

from __future__ import annotations

from flask import Flask

import calculators
import offsets
from backend.footprints import service
from backend.platform.core import i18n
from backend.platform.core.i18n import Catalogue
from backend.platform.ops import invariants
from backend.platform.privacy import personal_data
from backend.platform.privacy.personal_data import Kept, Kind

KEPT = Kept(
    "footprints",
    kinds=(
        Kind("footprint", ("footprints",), service.export, key="year"),
        Kind("footprint_copy", ("footprint_copies",), service.export_copies),
    ),
    forget=service.forget,
    reset_for_owner=personal_data.stays("a survey is answered anew by answering it"),
)


def attach(app: Flask) -> None:
    """Declare the answers as personal, every frozen model as what its hash names, and the texts."""
    personal_data.declare(app, KEPT)
    invariants.declare(app, "footprints", service.broken_models)
    i18n.declare(app, Catalogue("survey", lambda: calculators.list_texts()["survey"]))
    i18n.declare(app, Catalogue("options", lambda: calculators.list_texts()["options"]))
    i18n.declare(app, Catalogue("claims", lambda: offsets.list_texts()["claims"]))
