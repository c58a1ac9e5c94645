"""`flask db distribute`: let the tables lie on several machines, where the database is one that can."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from backend.platform.data import distribution, schema
from backend.platform.data.transactions import Base, in_transaction


def attach(app: Flask) -> None:
    """Give `app` the group `db` and the command in it: for commands alone, a server migrates nothing."""
    schema.attach_migrations(app)
    from flask_migrate.cli import db

    db.add_command(distribute)


@click.command("distribute")
@click.option("--plan", is_flag=True, help="print the statements, in their order; needs no such database")
@with_appcontext
def distribute(plan: bool) -> None:
    """Let each person's rows lie together on one of several machines (PostgreSQL with the extension Citus).

    Owned tables lie by their owner, directories by what is found in them; what is the same for everyone is on every
    machine. Run it once, after `db upgrade`, while nobody writes. On any other database nothing is to be done.
    """
    if plan:
        for step in distribution.plan(Base.metadata):
            click.echo(f"{step.statement};")
        return
    click.echo(in_transaction(_distribute))


def _distribute(session: Session) -> str:
    if not distribution.has_extension(session):
        return "This database is one machine: nothing to distribute. With PostgreSQL and Citus, see docs/scale.md."
    already = distribution.distributed_tables(session)
    if missing := distribution.missing_tables(Base.metadata, already):
        if already:
            raise click.ClickException(
                f"Some tables are distributed and these are not: {', '.join(sorted(missing))}. Distribute them as"
                " `flask --app wsgi db distribute --plan` says, together with their foreign keys."
            )
        return f"Done: {distribution.distribute(session, Base.metadata)} tables now lie on several machines."
    return "Nothing to do: every table is distributed already."
