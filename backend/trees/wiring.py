"""Attaches trees to the application: what must hold, whose is what, who is told, and the operators' commands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from backend.platform.core import clock, i18n
from backend.platform.core.actor import OperatorAct
from backend.platform.core.i18n import Catalogue
from backend.platform.core.roles import ADMIN, FINANCE
from backend.platform.data.paging import Window
from backend.platform.ops import cli_actor, doctor, invariants, outbox
from backend.platform.ops.cli_actor import acting
from backend.platform.ops.doctor import Finding
from backend.platform.privacy import personal_data
from backend.platform.privacy.decisions import About, AboutNobody
from backend.platform.privacy.personal_data import Kept, Kind
from backend.trees import service
from offsets import OffsetError, list_due, list_pool_documents, list_texts, read_pool

KEPT = Kept(
    "trees",
    kinds=(
        Kind("tree_holding", ("tree_holdings",), service.export_holdings),
        Kind("tree_claim", ("tree_claims",), service.export_claims, key="reference"),
    ),
    hidden={
        "tree_numbers": "a directory: from the number of a certificate of trees that are shown",
        "tree_holds": "how many shares of which pool wait for an order that is shown; gone when it is paid or over",
    },
    forget=service.forget,
    reset_for_owner=personal_data.stays("trees that were paid for or earned stay whose they are"),
)

OFFER = AboutNobody("a pool is nobody's, and what was sold of it stays sold")
IN_POOL = About(lambda session, values: service.list_owners(session, values["pool_id"]))
IN_PLANTING = About(
    lambda session, values: service.list_owners(
        session, service.lock_planting(session, values["planting_id"])[0].pool_id
    )
)
REGISTER = click.Path(exists=True, dir_okay=False, path_type=Path)

commands = AppGroup("trees", help="Planting pools: contracts, planting, surveys, replacement, write-down.")


def attach(app: Flask) -> None:
    """Declare what must hold of trees, whose they are, what owners hear and what is due, and add `flask trees`."""
    invariants.declare(app, "trees", service.verify)
    personal_data.declare(app, KEPT)
    doctor.declare(app, "planting pools", _due_pools)
    outbox.handle(app, service.TELL_TOPIC, service.tell)
    i18n.declare(app, Catalogue("pools", lambda: list_texts()["pools"]))
    app.cli.add_command(commands)


def _due_pools(session: Session) -> Iterator[Finding]:
    """Pools past their review-by day, from which nobody can buy soon or now."""
    today = clock.database_now(session).date()
    pools = ((name, read_pool(name, text).review_by) for name, text in list_pool_documents().items())
    for due in list_due("pool", pools, today):
        yield Finding(
            f"the pool document {due.document_id} was due for review on {due.review_by} ({due.state})",
            "read its sources again, correct it, and set a new review_by",
        )


@commands.command("list")
def list_pools() -> None:
    """Pools that are open: how far each has come."""
    page = cli_actor.act(lambda session: service.list_pools(session, Window(limit=100, cursor=None)))
    for one in page.items:
        pool = one.pool
        click.echo(
            f"{pool.pool_id}  {pool.available_shares} shares left  {pool.contracted_trees} contracted  "
            f"{pool.planted_trees} planted  {pool.waiting_claims} waiting"
        )


@commands.command("record")
@click.argument("document", type=REGISTER)
@acting(FINANCE, ADMIN, decides_about=OFFER)
def record_pool(act: cli_actor.Act, document: Path) -> None:
    """Record a pool's DOCUMENT: it is open at once; one in place of an earlier one may only have grown."""
    text = document.read_text(encoding="utf-8")
    try:
        pool = act(lambda session, who, why: service.record_pool(session, document.name, text, OperatorAct(who, why)))
    except OffsetError as refused:
        raise click.ClickException(str(refused)) from refused
    click.echo(f"recorded  {pool.pool_id}")


@commands.command("open")
@click.argument("pool_id")
@acting(FINANCE, ADMIN, decides_about=OFFER)
def open_pool(act: cli_actor.Act, pool_id: str) -> None:
    """Let a pool be bought and earned from."""
    act(lambda session, who, why: service.set_open(session, pool_id, OperatorAct(who, why), is_open=True))


@commands.command("close")
@click.argument("pool_id")
@acting(FINANCE, ADMIN, decides_about=OFFER)
def close_pool(act: cli_actor.Act, pool_id: str) -> None:
    """Let nobody buy or earn from a pool any more; what is paid or earned stays."""
    act(lambda session, who, why: service.set_open(session, pool_id, OperatorAct(who, why), is_open=False))


@commands.command("contract")
@click.argument("pool_id")
@click.argument("trees", type=click.IntRange(1))
@acting(FINANCE, ADMIN, decides_about=IN_POOL)
def contract(act: cli_actor.Act, pool_id: str, trees: int) -> None:
    """Note that the partner has undertaken to plant so many more of the funded trees."""
    act(lambda session, who, why: service.contract(session, pool_id, trees, OperatorAct(who, why)))


@commands.command("plant")
@click.argument("pool_id")
@click.argument("register", type=REGISTER)
@click.option("--dry-run", is_flag=True, help="say what would happen, and write nothing")
@acting(FINANCE, ADMIN, decides_about=IN_POOL)
def plant(act: cli_actor.Act, pool_id: str, register: Path, dry_run: bool) -> None:
    """Record planted trees from a REGISTER: number, plot, planted_on, latitude, longitude, photo."""
    text = register.read_text(encoding="utf-8")
    report = act(lambda session, who, why: service.plant(session, pool_id, text, OperatorAct(who, why, dry_run)))
    click.echo(f"{report.planting_id or 'nothing written'}  {report.planted} planted  {len(report.held)} held")
    for held in report.held:
        click.echo(f"held  {held.number}  looks like {held.alike}")


@commands.command("survey")
@click.argument("planting_id")
@click.argument("age", type=click.Choice(["1", "3", "5"]))
@click.argument("register", type=REGISTER)
@click.option("--dry-run", is_flag=True, help="say what would happen, and write nothing")
@acting(FINANCE, ADMIN, decides_about=IN_PLANTING)
def survey(act: cli_actor.Act, planting_id: str, age: str, register: Path, dry_run: bool) -> None:
    """Record sample plots from a REGISTER: plot, surveyed_on, planted, sampled, alive."""
    text = register.read_text(encoding="utf-8")
    found = act(
        lambda session, who, why: service.survey(session, planting_id, int(age), text, OperatorAct(who, why, dry_run))
    )
    click.echo(
        f"{found.plots} plots  {found.alive} of {found.sampled} alive  {found.standing} of {found.planted} stand  "
        f"{found.missing} missing  {found.growth_g} g verified"
    )


@commands.command("replace")
@click.argument("planting_id")
@click.argument("register", type=REGISTER)
@click.option("--dry-run", is_flag=True, help="say what would happen, and write nothing")
@acting(FINANCE, ADMIN, decides_about=IN_PLANTING)
def replace(act: cli_actor.Act, planting_id: str, register: Path, dry_run: bool) -> None:
    """Record trees of the reserve that were planted for dead ones, from a REGISTER as for planting."""
    text = register.read_text(encoding="utf-8")
    report = act(
        lambda session, who, why: service.replace_dead(session, planting_id, text, OperatorAct(who, why, dry_run))
    )
    click.echo(f"{report.planting_id or 'nothing written'}  {report.planted} planted")


@commands.command("write-down")
@click.argument("planting_id")
@click.argument("trees", type=click.IntRange(1))
@acting(FINANCE, ADMIN, decides_about=IN_PLANTING)
def write_down(act: cli_actor.Act, planting_id: str, trees: int) -> None:
    """Give up trees that surveys found missing."""
    act(lambda session, who, why: service.write_down(session, planting_id, trees, OperatorAct(who, why)))
