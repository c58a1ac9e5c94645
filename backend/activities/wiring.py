"""How activities are attached to the application: their invariants, and what they hear from the left."""

from __future__ import annotations

from datetime import datetime

import click
import orjson
from flask import Flask
from flask.cli import AppGroup, with_appcontext
from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.activities import service
from backend.activities.domain import EvidencePiece
from backend.platform.core.roles import ADMIN
from backend.platform.data.transactions import in_transaction
from backend.platform.ops import invariants, outbox
from backend.platform.ops.cli_actor import Act, acting, ask
from backend.platform.privacy import audit, personal_data
from backend.platform.privacy.decisions import AboutNobody
from backend.platform.privacy.personal_data import Kept, Kind
from backend.ports.storage import the_storage


def _forget(session: Session, user_id: str) -> None:
    service.forget_appeals(session, user_id)
    service.forget_routines(session, user_id)
    service.forget_earlier_reports(session, user_id)
    service.forget(session, user_id)


KEPT = Kept(
    "activities",
    kinds=(
        Kind("activity", ("activities", "reductions"), service.export),
        Kind("earlier_report", ("earlier_reports",), service.export_earlier_reports, key="id"),
        Kind("routine", ("routines", "routine_skips"), service.export_routines),
        Kind("evidence", ("evidence",), service.export_evidence),
        Kind("decision", ("decisions",), service.export_decisions),
        Kind("appeal", ("appeals",), service.export_appeals, key="activity_id"),
    ),
    hidden={
        "day_totals": "the sums by day of the reductions that are shown",
        "month_totals": "the sums by month of the reductions that are shown",
        "flow_claims": "a directory: which instance of a flow a shown activity is paid for",
        "thing_claims": "a directory: for whom a meter, car or roof counts on a day, by a hash nobody can read",
        "claimed_things": "which of those claims a shown activity rests on",
        "evidence_references": "a directory: the keyed hash of what was handed in, which nobody can read",
        "trace_marks": "a directory: keyed hashes of a track's shape, which nobody can read",
        "picture_outlines": "a directory: of a picture which parts are lighter than their neighbours, on a coarse grid",
        "trace_sketches": "a directory: of a track's fine movements a remainder that shows neither place nor way",
    },
    forget=_forget,
    reset_for_owner=service.forget_routines,
)

# whatever is done to one person's files stays in order
FILES = "files"


commands = AppGroup("activities", help="Activities: what was credited before there were claims on flows.")
CLAIMS = AboutNobody("the rank of what was told decides between two claims, for everybody alike")
PEOPLE_AT_ONCE = 100


def attach(app: Flask) -> None:
    """Declare the checks of the slice and what it keeps of whom, and take over the records of guests."""
    personal_data.declare(app, KEPT)
    invariants.declare(app, "activities.sums", service.broken_sums)
    invariants.declare(app, "activities.months", service.broken_months)
    invariants.declare(app, "activities.caps", service.broken_caps)
    invariants.declare(app, "activities.years", service.broken_years)
    invariants.declare(app, "activities.weeks", service.broken_weeks)
    invariants.declare(app, "activities.flows", service.broken_flows)
    invariants.declare(app, "activities.claims", service.broken_claims)
    invariants.declare(app, "activities.results", service.broken_results)
    outbox.handle(app, accounts.TOPIC_MERGED, _merge_guest)
    app.cli.add_command(commands)
    rule_book = app.cli.commands["methodology"]
    assert isinstance(rule_book, click.Group)
    rule_book.add_command(show_effects)
    outbox.deliver(app, service.TOPIC_ERASED, _erase_files, lane=FILES)
    outbox.deliver(app, service.TOPIC_COARSEN, _coarsen, lane=FILES)
    # in a lane of its own: a row that is due in days keeps those behind it waiting
    outbox.deliver(app, accounts.TOPIC_CONSENT_WITHDRAWN, _consent_withdrawn)


@commands.command("waiting")
@with_appcontext
def show_waiting() -> None:
    """What is stored and not credited yet, because crediting under its rule is or was paused."""
    counts = in_transaction(service.count_waiting, read_only=True)
    for one in counts:
        click.echo(f"{one.methodology_id:<40} {one.activities} activities of {one.people} people wait")
    if not counts:
        click.echo("Nothing waits to be credited.")


@commands.command("backfill-claims")
@click.option("--reverse", "reverses", is_flag=True, help="reverse the weaker of two that were paid for the same")
@acting(ADMIN, decides_about=CLAIMS)
def backfill_claims(act: Act, reverses: bool) -> None:
    """Give what was credited before there were claims on flows the claims it would have got; one person at a time."""

    def list_page(after: str) -> list[str]:
        return act(lambda session, _who, _reason: service.list_without_claims(session, after, PEOPLE_AT_ONCE))

    def backfill(user_id: str) -> service.Backfilled:
        return act(lambda session, _who, _reason: service.backfill_claims(session, user_id, reverses=reverses))

    action = "activities.claims_reversed" if reverses else "activities.claims_backfilled"
    act(lambda session, who, reason: audit.record(session, who=who, action=action, subject="activities", reason=reason))
    after, people, total = "", 0, service.Backfilled()
    while page := list_page(after):
        for user_id in page:
            total += backfill(user_id)
        after, people = page[-1], people + len(page)
        click.echo(f"{people} people: {total.claimed} claimed, {total.reversed} reversed, {total.left} left")
    click.echo(f"Done: {people} people, {total.claimed} claimed, {total.reversed} reversed, {total.left} left.")


@click.command("effects")
@click.argument("methodology_id")
@click.argument("version", type=int)
@click.option("--from", "first", required=True, type=click.DateTime(["%Y-%m-%d"]), help="the first day")
@click.option("--to", "last", required=True, type=click.DateTime(["%Y-%m-%d"]), help="the last day")
@click.option("--region", help="only of this place and what lies within it")
@with_appcontext
def show_effects(methodology_id: str, version: int, first: datetime, last: datetime, region: str | None) -> None:
    """What a version would have credited of what people recorded, beside the version in force on each day, as JSON."""

    def tell(read: int, of: int) -> None:
        click.echo(f"{read} of {of} activities", err=True)

    window = first.date(), last.date()
    found = ask(
        lambda session: service.get_recorded_effects(
            session, methodology_id, version, window, region=region, progress=tell
        )
    )
    click.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode())


def _merge_guest(session: Session, user_id: str, facts: outbox.Facts) -> None:
    service.merge_guest(session, facts["guest_id"], user_id)


def _erase_files(_owner: str, facts: outbox.Facts) -> None:
    the_storage().delete_all(facts["folder"])


def _coarsen(user_id: str, facts: outbox.Facts) -> None:
    evidence_id = facts["evidence_id"]
    piece = in_transaction(lambda session: service.find_to_coarsen(session, user_id, evidence_id), read_only=True)
    if piece is not None:
        _coarsen_file(piece)


def _consent_withdrawn(user_id: str, facts: outbox.Facts) -> None:
    """Take the positions away from every stored track of whoever no longer agrees that positions are used."""
    if facts["kind"] == service.LOCATION:
        for piece in in_transaction(lambda session: service.list_withdrawn_tracks(session, user_id), read_only=True):
            _coarsen_file(piece)


def _coarsen_file(piece: EvidencePiece) -> None:
    """Read, coarsen and write a track, each transaction closed before the storage is asked; done again, it is done."""
    sealed = the_storage().get(piece.file_name)
    coarse = in_transaction(lambda session: service.coarsened(session, piece, sealed), read_only=True)
    the_storage().put(piece.file_name, coarse)
    in_transaction(lambda session: service.mark_coarsened(session, piece))
