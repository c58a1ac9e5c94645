"""The masters that wrap the keys of the database: which are in use, exchanging the current one, what must hold."""

from __future__ import annotations

from collections.abc import Iterator

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from backend.platform.core.errors import Refusal
from backend.platform.core.roles import ADMIN
from backend.platform.data.transactions import in_transaction
from backend.platform.ops import doctor, invariants
from backend.platform.ops.cli_actor import Act, acting
from backend.platform.ops.doctor import Finding
from backend.platform.privacy import audit, key_exchange
from backend.platform.privacy.decisions import AboutNobody
from backend.platform.privacy.master_keys import UNNAMED
from backend.platform.privacy.vault import the_vault
from config import SettingsRefused

AT_ONCE = 500
REWRAP = "flask --app wsgi keys rewrap --who YOU --reason WHY"
CONFIGURE = "add its secret to CARBON_OTHER_SECRET_KEYS, a line for each"
MASTERS = AboutNobody("every key is wrapped again, and none is read")

commands = AppGroup("keys", help="The masters that wrap the keys of the database (docs/operations.md, Keys).")


def attach(app: Flask) -> None:
    """Add the commands, the invariant and what the doctor looks at."""
    app.cli.add_command(commands)
    invariants.declare(app, "keys", _under_retired_masters)
    doctor.declare(app, "keys", _findings)


def refuse_missing_masters(app: Flask) -> None:
    """Raise `SettingsRefused` when a master that wrapped some key is not configured; else open the directories.

    A database that does not answer, or is behind, is not asked: the process serves when it is there.
    """
    with app.app_context():
        try:
            missing = in_transaction(key_exchange.find_missing, read_only=True)
            if not missing:
                the_vault().open_directory()
        except (SQLAlchemyError, Refusal):
            return
    if missing:
        raise SettingsRefused([_word_missing(name) for name in missing])


@commands.command("list")
def list_masters() -> None:
    """Every master by its name, what it is for, and how many keys it has wrapped."""
    counts = in_transaction(key_exchange.count_by_master, read_only=True)
    names = the_vault().masters.names
    for name in dict.fromkeys((*names, *sorted(counts))):
        if name == UNNAMED:
            role = "from a version without names: a rewrap names their master"
        elif name in names:
            role = "opens and wraps" if name == names[0] else "opens"
        else:
            role = "NOT CONFIGURED"
        click.echo(f"{name or '(no name)':<18} {counts.get(name, 0):>12,} keys   {role}")


@commands.command("rewrap")
@click.option("--at-once", type=click.IntRange(1, 10_000), default=AT_ONCE, show_default=True, help="keys in one step")
@acting(ADMIN, decides_about=MASTERS)
def rewrap(act: Act, at_once: int) -> None:
    """Wrap every key by the current master, while the servers run; interrupted, run it again.

    Exit with 1 if any key is left.
    """
    name = the_vault().masters.current.name
    act(lambda session, who, reason: audit.record(session, who=who, action="keys.rewrap", subject=name, reason=reason))
    to_do = act(lambda session, _who, _reason: key_exchange.count_left(session))
    done = act(lambda session, _who, _reason: key_exchange.rewrap_directory(session))
    unopened, after = 0, ""

    def go_on(after: str) -> key_exchange.Rewrapped:
        return act(lambda session, _who, _reason: key_exchange.rewrap_some(session, after, at_once))

    while (step := go_on(after)).after is not None:
        done, unopened, after = done + step.wrapped, unopened + step.unopened, step.after
        click.echo(f"{done:,} of {to_do:,} keys")
    left = act(lambda session, _who, _reason: key_exchange.count_left(session))
    click.echo(f"Done: {done:,} keys wrapped by {name}, {left:,} left under other masters, {unopened:,} not opened.")
    if left:
        raise SystemExit(1)


def _under_retired_masters(session: Session) -> Iterator[invariants.Violation]:
    for name in key_exchange.find_missing(session):
        yield invariants.Violation(name, "wraps keys and is not configured")


def _findings(session: Session) -> Iterator[Finding]:
    missing = key_exchange.find_missing(session)
    for name in missing:
        yield Finding(f"keys are wrapped by the master {name or '(no name)'}, which is not configured", CONFIGURE)
    if not missing and (left := key_exchange.count_left(session)):
        yield Finding(f"{left:,} keys are wrapped by another master than the current one", REWRAP)


def _word_missing(name: str) -> str:
    return f"CARBON_OTHER_SECRET_KEYS: keys are wrapped by the master {name or '(no name)'}: {CONFIGURE}."
