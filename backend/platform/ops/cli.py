"""The commands of the person on call that belong to no slice: the doctor, the switches, the audit trail.

Each slice adds its own in its `wiring`; `flask --app wsgi --help` lists them all.
"""

from __future__ import annotations

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from backend.platform.data.transactions import in_transaction
from backend.platform.ops import doctor, switches
from backend.platform.ops.cli_actor import act, acting
from backend.platform.privacy import audit

turning = AppGroup("switches", help="Stop writing, stop crediting one methodology, pause the checkout.")


def attach(app: Flask) -> None:
    """Add the commands to `flask`."""
    for command in (examine, turning, list_audit):
        app.cli.add_command(command)


@click.command("doctor")
@with_appcontext
@click.option("--deep", is_flag=True, help="recompute every invariant as well; takes as long as the books are thick")
def examine(deep: bool) -> None:
    """Look at everything; say what is wrong and what to do. Exit with 1 when anything is."""
    wrong = 0
    for diagnosis in doctor.examine(current_app._get_current_object(), deeply=deep):  # type: ignore[attr-defined]  # a proxy
        click.echo(f"{'WRONG' if diagnosis.findings else 'ok':<6} {diagnosis.subject}")
        for finding in diagnosis.findings:
            click.echo(f"         {finding.words}\n         -> {finding.remedy}")
        wrong += len(diagnosis.findings)
    if wrong:
        raise SystemExit(1)


@turning.command("on")
@click.argument("name")
@acting
def turn_on(name: str, who: str, reason: str) -> None:
    """Turn NAME on: read_only, pause_checkout or pause_crediting:METHODOLOGY."""
    act(lambda session: switches.turn(session, name, True, who=who, reason=reason))
    click.echo(f"{name} is on; every process knows within {switches.LOOKED_UP_FOR_S:.0f} seconds.")


@turning.command("off")
@click.argument("name")
@acting
def turn_off(name: str, who: str, reason: str) -> None:
    """Turn NAME off again."""
    act(lambda session: switches.turn(session, name, False, who=who, reason=reason))
    click.echo(f"{name} is off; every process knows within {switches.LOOKED_UP_FOR_S:.0f} seconds.")


@turning.command("list")
def list_switches() -> None:
    """Every switch that was ever turned, by whom and why."""
    for switch in in_transaction(switches.list_all, read_only=True):
        state = "on" if switch.is_on else "off"
        click.echo(
            f"{switch.name:<40} {state:<4} {switch.changed_at:%Y-%m-%d %H:%M}Z {switch.changed_by}: {switch.reason}"
        )


@click.command("audit")
@with_appcontext
@click.option("--subject", help="only what was done to this one")
@click.option("--last", default=20, show_default=True, help="how many entries")
def list_audit(subject: str | None, last: int) -> None:
    """What operators did, the latest first."""

    for entry, reason in in_transaction(lambda session: audit.list_entries(session, last, subject), read_only=True):
        click.echo(f"{entry.at:%Y-%m-%d %H:%M}Z {entry.who:<20} {entry.action:<22} {entry.subject}: {reason}")
