"""Attaches the rule book: its invariants, its texts, and the commands by which reviewers look and approve."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from backend.methodology import service
from backend.methodology.domain import VersionStatus
from backend.platform.core import clock, i18n
from backend.platform.core.i18n import Catalogue
from backend.platform.core.roles import REVIEWER
from backend.platform.ops import doctor, invariants, switches
from backend.platform.ops.cli_actor import Act, act, acting
from backend.platform.ops.doctor import Finding
from backend.platform.privacy.decisions import About
from calculators import list_due_reviews, list_texts, load_library

OPEN_DRAFTS = About(lambda session, _values: service.list_open_authors(session), code="methodology.four_eyes")

VERSION = About(
    lambda session, values: service.list_authors(session, values["methodology_id"], values["version"]),
    code="methodology.four_eyes",
)

commands = AppGroup("methodology", help="The rule book: adopt the shipped library, see exposures, approve.")


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
        if item.effective_on is None:
            click.echo(f"waiting    {item.methodology_id} version {item.version}, for a second reviewer")
            continue
        state = "approved" if item.is_new else "unchanged"
        click.echo(f"{state:<10} {item.methodology_id} version {item.version}, counts from {item.effective_on}")


@commands.command("exposure")
@click.argument("methodology_id")
@click.argument("version", type=int)
def show_exposure(methodology_id: str, version: int) -> None:
    """What one person could earn at most under a version, and how many must approve it."""
    review = act(
        lambda session: service.review_exposure(session, service.get_version(session, methodology_id, version))
    )
    click.echo(f"{'':<20} {'two approved':>12} {'in force':>12} {'this one':>12}")
    for row in review.rows:
        before = ["–" if one is None else str(one) for one in (row.reviewed, row.now)]
        click.echo(f"{row.name:<20} {before[0]:>12} {before[1]:>12} {row.then:>12}{' rises' if row.rises else ''}")
    click.echo(f"approvers needed: {review.approvers}; has approved: {review.first_approved_by or 'nobody'}")


@commands.command("approve")
@click.argument("methodology_id")
@click.argument("version", type=int)
@click.argument("sha256")
@click.option("--effective-on", type=click.DateTime(["%Y-%m-%d"]), help="default: the first day that has begun nowhere")
@acting(REVIEWER, decides_about=VERSION, who_option="--reviewer", reason="has read the version")
def approve(act: Act, methodology_id: str, version: int, sha256: str, effective_on: datetime | None) -> None:
    """Approve exactly the content with this hash; of two that are needed, the first approval leaves it a draft."""
    day = effective_on.date() if effective_on else None
    decided = act(
        lambda session, reviewer_id, _reason: service.approve(
            session, reviewer_id, methodology_id, version, sha256, day
        )
    )
    if decided.status == VersionStatus.DRAFT:
        click.echo(f"{methodology_id} version {version} waits for a second reviewer.")
        return
    click.echo(f"{methodology_id} version {version} counts from {decided.effective_on}.")
