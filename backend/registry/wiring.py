"""Attaches the registry to the application: its invariants, and the commands of whoever keeps the stock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from backend.platform.core import clock, i18n
from backend.platform.core.actor import OperatorAct
from backend.platform.core.i18n import Catalogue
from backend.platform.core.roles import ADMIN, FINANCE
from backend.platform.ops import doctor, invariants, outbox
from backend.platform.ops.cli_actor import Act, act, acting
from backend.platform.ops.doctor import Finding
from backend.platform.privacy import personal_data
from backend.platform.privacy.decisions import About, AboutNobody
from backend.platform.privacy.personal_data import Kept, Kind
from backend.registry import service
from offsets import (
    OffsetError,
    list_due,
    list_principles,
    list_projects,
    list_registries,
    list_rules,
    list_species,
    list_texts,
)

KEPT = Kept(
    "registry",
    kinds=(
        Kind("retirement", ("retirements",), service.export_retirements),
        Kind("recalled", ("recalled_retirements",), service.export_recalled),
        Kind("certificate", ("certificates",), service.export_certificates),
    ),
    hidden={
        "certificate_numbers": "a directory: from the number of a certificate that is shown",
        "holds": "how many grams of which lot wait for an order that is shown; gone when it is paid or over",
    },
    forget=service.forget,
    reset_for_owner=personal_data.stays("what was retired stays retired, for whom it says"),
)

STOCK = AboutNobody("lots and serials are nobody's, and what was sold of them stays sold")

RECALLED_OWNERS = About(lambda session, values: service.list_owners_behind(session, _units_of(values)))

commands = AppGroup("registry", help="The stock of credits: import, and follow up in the issuing registries.")


def attach(app: Flask) -> None:
    """Declare what must always hold of lots, retirements and certificates, whose they are, and add `flask registry`."""
    invariants.declare(app, "registry", service.verify)
    personal_data.declare(app, KEPT)
    outbox.handle(app, service.RECALL_TOPIC, lambda session, user_id, _facts: service.make_good(session, user_id))
    outbox.handle(app, service.LOW_STOCK_TOPIC, service.tell_low_stock)
    doctor.declare(app, "offset documents", _due_documents)
    i18n.declare(app, Catalogue("principles", lambda: list_texts()["principles"]))
    i18n.declare(app, Catalogue("projects", lambda: list_texts()["projects"]))
    i18n.declare(app, Catalogue("species", lambda: list_texts()["species"]))
    app.cli.add_command(commands)


def _due_documents(session: Session) -> Iterator[Finding]:
    """Projects, species and claims documents past their review-by day, and what they no longer do."""
    today = clock.database_now(session).date()
    for kind, documents in (
        ("project", ((name, one.review_by) for name, one in list_projects().items())),
        ("principles", [("principles", list_principles().review_by)]),
        ("species", ((name, one.review_by) for name, one in list_species().items())),
        ("claims", ((name, one.review_by) for name, one in list_rules().items())),
    ):
        for due in list_due(kind, documents, today):
            yield Finding(
                f"the {due.kind} document {due.document_id} was due for review on {due.review_by} ({due.state})",
                "read its sources again, correct it, and set a new review_by",
            )


@commands.command("import")
@click.argument("document", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@acting(FINANCE, ADMIN, decides_about=STOCK, reason="import")
def import_document(act: Act, document: Path) -> None:
    """Record a project's document and put those of its blocks on the shelf that are not there yet."""
    text = document.read_text(encoding="utf-8")
    try:
        fresh = act(lambda session, who, _reason: service.import_document(session, document.name, text, who=who))
    except OffsetError as refused:
        raise click.ClickException(str(refused)) from refused
    for offer in fresh:
        click.echo(f"imported  {offer.lot_id}  {offer.block.units} t  {offer.block.text}")
    click.echo(f"{len(fresh)} new lots")


@commands.command("import-lots")
@click.argument("export", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--registry", type=click.Choice(tuple(list_registries())), required=True)
@click.option("--dry-run", is_flag=True, help="say what would happen, and write nothing")
@acting(FINANCE, ADMIN, decides_about=STOCK)
def import_lots(act: Act, export: Path, registry: str, dry_run: bool) -> None:
    """Put the blocks of a registry's EXPORT (CSV) on the shelf that are not there yet, all or none of them."""
    text = export.read_text(encoding="utf-8", errors="replace")
    came = act(lambda session, who, why: service.import_lots(session, registry, text, OperatorAct(who, why, dry_run)))
    for lot in came.lots:
        click.echo(f"{'would import' if dry_run else 'imported'}  {lot.lot_id}  {lot.units} t  {lot.serials}")
    click.echo(f"{len(came.lots)} new lots  {came.known_blocks} known blocks")


@commands.command("dues")
@click.option("--state", type=click.Choice(["due", "asked", "confirmed"]), default="due", show_default=True)
def list_dues(state: str) -> None:
    """Serials of which something was sold: to be retired in the registry that issued them."""
    dues = act(lambda session: service.list_serial_dues(session, state))
    for due in dues:
        click.echo(f"{due.lot_id}  unit {due.from_unit}  {due.units} t  {due.serials}  {due.registry_reference or ''}")
    if not dues:
        click.echo(f"No serials are {state}.")


@commands.command("asked")
@click.argument("lot_id")
@click.argument("from_unit", type=int)
@acting(FINANCE, ADMIN, decides_about=STOCK)
def note_asked(act: Act, lot_id: str, from_unit: int) -> None:
    """Note that the issuing registry was asked to retire the serials from this unit of a lot."""
    act(lambda session, who, reason: service.ask_upstream(session, lot_id, from_unit, who=who, reason=reason))


@commands.command("confirmed")
@click.argument("lot_id")
@click.argument("from_unit", type=int)
@click.argument("reference")
@acting(FINANCE, ADMIN, decides_about=STOCK)
def note_confirmed(act: Act, lot_id: str, from_unit: int, reference: str) -> None:
    """Note the issuing registry's own REFERENCE for the retirement; certificates show it as confirmed."""
    act(
        lambda session, who, reason: service.confirm_upstream(
            session, lot_id, from_unit, reference, who=who, reason=reason
        )
    )


@commands.command("recall")
@click.argument("project_id")
@click.argument("units")
@click.option("--cause", type=click.Choice(["suspended", "invalidated"]), required=True)
@click.option("--remedy", type=click.Choice(["replace", "refund"]), required=True)
@acting(FINANCE, ADMIN, decides_about=RECALLED_OWNERS)
def recall(act: Act, project_id: str, units: str, cause: str, remedy: str) -> None:
    """Stop the sale of UNITS that their registry took back; owners get others of the project, or their money.

    UNITS are vintage=YEAR, lot=ID or serials=TEXT.
    """
    chosen = _units_of({"project_id": project_id, "units": units})

    def work(session: Session, who: str, reason: str) -> service.RecallView:
        return service.open_recall(session, service.RecallRequest(chosen, cause, remedy, None, who, reason))

    opened = act(work)
    click.echo(f"{opened.recall.id}  {opened.waiting_owners} owners will be told")


def _units_of(values: Mapping[str, str]) -> service.UnitChoice:
    project_id, (kind, _, said) = values["project_id"], values["units"].partition("=")
    if kind == "vintage" and said.isdecimal():
        return service.UnitChoice(project_id, vintage=int(said))
    if kind == "lot" and said:
        return service.UnitChoice(project_id, lot_id=said)
    if kind == "serials" and said:
        return service.UnitChoice(project_id, serials=said)
    raise click.ClickException("UNITS are vintage=YEAR, lot=ID or serials=TEXT")
