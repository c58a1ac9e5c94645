"""Attaches the rule book: its invariants, its texts, and the command that adopts the shipped library."""

from __future__ import annotations

from collections.abc import Iterator

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from backend.methodology import service
from backend.platform.core import clock, i18n
from backend.platform.core.i18n import Catalogue
from backend.platform.core.roles import REVIEWER
from backend.platform.ops import doctor, invariants, switches
from backend.platform.ops.cli_actor import Act, acting
from backend.platform.ops.doctor import Finding
from backend.platform.privacy.decisions import About
from calculators import list_due_reviews, list_texts, load_library

OPEN_DRAFTS = About(lambda session, _values: service.list_open_authors(session), code="methodology.four_eyes")

commands = AppGroup("methodology", help="The rule book: adopt the shipped library.")


def attach(app: Flask) -> None:
    """Declare the checks of the slice and add `flask methodology`."""
    invariants.declare(app, "methodology.reviews", service.broken_reviews)
    invariants.declare(app, "methodology.intervals", service.broken_intervals)
    doctor.declare(app, "reviews", _due_reviews)
    i18n.declare(app, Catalogue("sentences", lambda: list_texts()["sentences"]))
    i18n.declare(app, Catalogue("methodologies", lambda: list_texts()["methodologies"]))
    i18n.declare(app, Catalogue("figures", lambda: list_texts()["figures"]))
    switches.declare_rules(app, service.has_methodology)
    app.cli.add_command(commands)


def _due_reviews(session: Session) -> Iterator[Finding]:
    """Shipped documents and the figures they rest on that are past their review-by day."""
    for due in list_due_reviews(load_library(), clock.database_now(session).date()):
        yield Finding(
            f"{due.name} was due for review on {due.review_by} ({due.state}); {due.rule} rests on it",
            "read the source again, add the newer figure or set a new review_by, and adopt the new version",
        )


@commands.command("adopt")
@acting(REVIEWER, decides_about=OPEN_DRAFTS, who_option="--reviewer", reason="has read the shipped documents")
def adopt(act: Act) -> None:
    """Approve every shipped document that has changed; what is new counts at once, what replaces from its first day."""
    for item in act(lambda session, reviewer_id, _reason: service.adopt_library(session, reviewer_id)):
        state = "approved" if item.is_new else "unchanged"
        click.echo(f"{state:<10} {item.methodology_id} version {item.version}, counts from {item.effective_on}")
