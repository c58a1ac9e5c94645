"""How the ledger is attached to the application: its invariants, and the commands of whoever doubts them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from backend.ledger import service
from backend.platform.data.transactions import in_transaction
from backend.platform.ops import invariants
from backend.platform.privacy import personal_data
from backend.platform.privacy.personal_data import Kept, Kind, Record


def _export(session: Session, user_id: str, after: str) -> Iterator[Record]:
    return (vars(entry) for entry in service.export(session, user_id, after))


KEPT = Kept(
    "ledger",
    kinds=(Kind("entry", ("ledger_entries", "ledger_postings"), _export, key="sequence"),),
    hidden={
        "ledger_balances": "the sums of the entries that are shown",
        "ledger_checkpoints": "how far the entries that are shown were verified",
        "ledger_heads": "the hash of the last of the entries that are shown, each with its own",
    },
    forget=service.forget,
    reset_for_owner=personal_data.stays("the ledger only grows"),
)

commands = AppGroup("ledger", help="The points ledger: recompute it, export the ends of its chains.")


def attach(app: Flask) -> None:
    """Declare the invariants of the ledger, whose the entries are, and add `flask ledger`."""
    invariants.declare(app, "ledger", service.verify, latest=service.verify_latest)
    personal_data.declare(app, KEPT)
    app.cli.add_command(commands)


@commands.command("verify")
@click.option("--heads", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="an earlier export")
@click.option("--all", "is_whole", is_flag=True, help="from the first entry, not only what is new since the last look")
def verify(heads: Path | None, is_whole: bool) -> None:
    """Recompute balances, bounds, reversals, sums and chains; exit with 1 when anything is wrong.

    What was verified before is not read again, unless `--all` says so.
    """
    broken = invariants.run_whole() if is_whole else list(invariants.run_latest(invariants.in_snapshot))
    lines = [f"{found.check}: {found.found}" for found in broken]
    if heads:
        differ = in_transaction(lambda session: list(service.verify_heads(session, _read(heads))), read_only=True)
        lines += [f"heads: {found}" for found in differ]
    for line in lines:
        click.echo(line, err=True)
    if lines:
        raise SystemExit(1)
    looked = "from the first entry on" if is_whole else "as far as it is new since the last look (--all: everything)"
    click.echo(f"Every balance, every chain and every other invariant holds, {looked}.")


@commands.command("heads")
def heads() -> None:
    """Write the end of every chain, one JSON line each. Keep it where this database cannot reach it."""

    def write(session: Session) -> None:
        for head in service.list_heads(session):
            click.echo(json.dumps(head.__dict__, sort_keys=True))

    in_transaction(write, read_only=True)


def _read(path: Path) -> Iterator[service.Head]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield service.Head(**json.loads(line))
