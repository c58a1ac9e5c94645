"""Attaches the console: what it keeps of a person, and the command for whoever lost their authenticator."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from backend.console import service
from backend.platform.core.roles import ADMIN
from backend.platform.ops.cli_actor import Act, acting
from backend.platform.privacy import personal_data
from backend.platform.privacy.decisions import about
from backend.platform.privacy.personal_data import Kept, Kind

KEPT = Kept(
    "console",
    kinds=(Kind("second_factor", ("second_factors",), service.export),),
    hidden={"console_sessions": "a directory: sign-ins of operators by cookie, whose sessions are shown as devices"},
    forget=service.forget,
    reset_for_owner=service.forget,
)

commands = AppGroup("console", help="The operators' console.")


def attach(app: Flask) -> None:
    """Declare what the slice keeps, and add `flask console`."""
    personal_data.declare(app, KEPT)
    app.cli.add_command(commands)


@commands.command("reset-second-factor")
@click.argument("user_id")
@acting(ADMIN, decides_about=about("user_id"))
def reset_second_factor(act: Act, user_id: str) -> None:
    """Drop an operator's authenticator, who lost it; they enrol another one as they sign in next."""
    act(lambda session, who, reason: service.reset_second_factor(session, user_id, who=who, reason=reason))
    click.echo(f"{user_id} enrols another authenticator at the next sign-in.")
