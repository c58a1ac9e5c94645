"""Attaches the rule book: its invariants, its texts, and the command that adopts the shipped library."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.methodology import service
from backend.platform.core import i18n
from backend.platform.core.actor import REVIEWER
from backend.platform.core.i18n import Catalogue
from backend.platform.ops import invariants
from backend.platform.ops.cli_actor import act
from calculators import list_texts

commands = AppGroup("methodology", help="The rule book: adopt the shipped library.")


def attach(app: Flask) -> None:
    """Declare the checks of the slice and add `flask methodology`."""
    invariants.declare(app, "methodology.reviews", service.broken_reviews)
    invariants.declare(app, "methodology.intervals", service.broken_intervals)
    i18n.declare(app, Catalogue("sentences", lambda: list_texts()["sentences"]))
    i18n.declare(app, Catalogue("methodologies", lambda: list_texts()["methodologies"]))
    i18n.declare(app, Catalogue("figures", lambda: list_texts()["figures"]))
    app.cli.add_command(commands)


@commands.command("adopt")
@click.option("--reviewer", required=True, help="who has read the shipped documents: e-mail or id of a reviewer")
def adopt(reviewer: str) -> None:
    """Approve every shipped document that has changed; what is new counts at once, what replaces from its first day."""

    def work(session: Session) -> list[service.AdoptedVersion]:
        user_id = accounts.get_user_id(session, reviewer) if "@" in reviewer else reviewer
        if REVIEWER not in accounts.roles_of(session, user_id):
            raise ValueError(f"{reviewer} is no reviewer: flask accounts grant-role says how to make them one")
        return service.adopt_library(session, user_id)

    for item in act(work):
        state = "approved" if item.is_new else "unchanged"
        click.echo(f"{state:<10} {item.methodology_id} version {item.version}, counts from {item.effective_on}")
