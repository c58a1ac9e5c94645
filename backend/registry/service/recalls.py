"""Recalling units after they were sold: sale stops, every certificate is found, each owner gets others or their money.

Opening a recall stops the sale in its own transaction. A job then finds the owners; each has a row in the outbox and a
transaction of their own, so that a recall goes on where it stopped and nobody is told twice. Lock order: lots → person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

from sqlalchemy.orm import Session

from backend.inbox import service as inbox
from backend.platform.core import clock
from backend.platform.core.errors import Refusal, invalid_field
from backend.platform.data import ids
from backend.platform.data.batch import fetch, fetch_one
from backend.platform.data.transactions import enqueue_write
from backend.platform.ops import outbox
from backend.platform.ops.invariants import Violation
from backend.platform.privacy import audit
from backend.registry import sql
from backend.registry.domain import Holder, Lot
from backend.registry.domain.recalls import (
    REFUND,
    REFUNDED,
    REPLACED,
    LotInterval,
    Recall,
    RecalledInterval,
    RecallRequest,
    RecallView,
    TouchedRetirement,
    UnitChoice,
)
from backend.registry.service.certificates import find_certificate, replace_certificate
from backend.registry.service.holds import hold
from backend.registry.service.projects import get_project, offer_of
from backend.registry.service.retirements import retire
from backend.registry.sql import recalls as recall_sql
from offsets import GRAMS_PER_UNIT, OffsetRefused, get_registry, parse_block

RECALL_TOPIC = "registry.recall"
# what the checkout gives back: {"refund_id", "order_id", "grams", "who", "reason"}; once for each `refund_id`
RECALL_REFUND_TOPIC = "registry.recall_refund"


def open_recall(session: Session, request: RecallRequest) -> RecallView:
    """Stop the sale of units and let their owners be told; what was retired of them stays in the books as it was.

    Raises `not_found.project`, `request.invalid` for no or several choices of units, `registry.no_such_units`,
    `registry.recalled_already`, and what the serials are refused with.
    """
    chosen = _choose(session, request.units)
    for one in chosen:
        if session.execute(recall_sql.overlapping_units(one.lot_id, one.start_g, one.end_g)).first() is not None:
            raise Refusal("registry.recalled_already", lot_id=one.lot_id)
    replacement = request.replacement_project_id or request.units.project_id
    get_project(session, replacement)
    recall = Recall(
        id=ids.new_id("recall"),
        project_id=request.units.project_id,
        cause=request.cause,
        remedy=request.remedy,
        replacement_project_id=replacement,
        reason=request.reason,
        opened_by=request.who,
        opened_at=clock.database_now(session),
    )
    session.execute(recall_sql.INSERT_RECALL, vars(recall))
    for one in chosen:
        session.execute(recall_sql.INSERT_UNITS, vars(one) | {"recall_id": recall.id})
    lots = ", ".join(sorted({one.lot_id for one in chosen}))
    audit.record(session, who=request.who, action="units.recalled", subject=recall.id, reason=request.reason, lots=lots)
    return get_recall(session, recall.id)


def list_owners_behind(session: Session, units: UnitChoice) -> list[str]:
    """Everybody of whose certificates one rests on these units: whoever is among them cannot recall them."""
    intervals = [(one.lot_id, one.start_g, one.end_g) for one in _choose(session, units)]
    return list(session.scalars(recall_sql.owners_behind(intervals)))


def get_recall(session: Session, recall_id: str) -> RecallView:
    """A recall and how far it has come; raise `not_found.recall`."""
    recall = fetch(session, recall_sql.recall(recall_id)).one_or_none()
    if recall is None:
        raise Refusal("not_found.recall", recall_id=recall_id)
    progress = fetch_one(session, recall_sql.progress(recall_id))
    return RecallView(recall, progress, fetch_one(session, recall_sql.waiting_owners(recall_id)))


def list_recalled_people(session: Session, after: str, limit: int) -> list[str]:
    """Owners behind the id `after` who have not got anything for what was recalled."""
    return fetch(session, recall_sql.people_to_tell(after, limit)).all()


def make_good(session: Session, user_id: str) -> None:
    """Replace or refund what of a person's retirements rests on recalled units, and tell them once of each recall.

    A second call finds nothing left to do.
    """
    touched = fetch(session, recall_sql.touched_retirements(user_id)).all()
    at = clock.database_now(session)
    for _, of_recall in groupby(touched, key=lambda one: one.recall_id):
        made_good = []
        for _, of_order in groupby(of_recall, key=lambda one: one.reference):
            made_good.append(_make_good(session, user_id, list(of_order), at))
        _tell(session, user_id, made_good)


def verify_recalls(session: Session) -> Iterator[Violation]:
    """What must hold of recalls, as queries that return no row."""
    for row in session.execute(recall_sql.SOLD_AFTER_RECALL):
        yield Violation(row.id, "nothing is retired from a lot under recall", f"lot_id={row.lot_id}")
    for row in session.execute(recall_sql.REPLACED_OTHERWISE):
        yield Violation(row.replacement_id, "as much is retired in place of recalled grams as there were")
    for row in session.execute(recall_sql.RECALLED_OUTSIDE):
        yield Violation(row.id, "recalled grams lie in a retirement")


def _choose(session: Session, units: UnitChoice) -> list[LotInterval]:
    """The grams of lots that are meant, every lot of the project locked; raises as `open_recall` does."""
    if sum(choice is not None for choice in (units.vintage, units.lot_id, units.serials)) != 1:
        raise invalid_field("vintage", "one_of_these", others="vintage, lot_id, serials")
    project = get_project(session, units.project_id)
    lots = fetch(session, recall_sql.locked_lots_of_project(units.project_id, sql.read_lot)).all()
    if units.serials is not None:
        chosen = _within(lots, project.registry_id, units.serials)
    else:
        chosen = [
            LotInterval(lot.lot_id, 0, lot.issued_g)
            for lot in lots
            if units.lot_id in (None, lot.lot_id) and units.vintage in (None, lot.vintage)
        ]
    if not chosen:
        raise Refusal("registry.no_such_units", project_id=units.project_id)
    return chosen


def _within(lots: Sequence[Lot], registry_id: str, serials: str) -> list[LotInterval]:
    block = parse_block(get_registry(registry_id), serials)
    return [
        LotInterval(
            lot.lot_id,
            max(block.first - lot.first_unit, 0) * GRAMS_PER_UNIT,
            (min(block.last, lot.last_unit) - lot.first_unit + 1) * GRAMS_PER_UNIT,
        )
        for lot in lots
        if offer_of(lot).block.overlaps(block)
    ]


def _make_good(
    session: Session, user_id: str, touched: Sequence[TouchedRetirement], at: datetime
) -> list[RecalledInterval]:
    """Replace or refund the recalled grams of one order, or of what replaced it before; return what was done."""
    first, grams = touched[0], sum(one.grams for one in touched)
    order_id = _order_behind(session, user_id, first.reference)
    old = find_certificate(session, user_id, first.certificate_id)
    replacement = None if first.remedy == REFUND else _replace(session, user_id, first, grams, at)
    if replacement is None:
        facts = {
            "refund_id": ids.new_id("refund"),
            "order_id": order_id,
            "grams": grams,
            "who": first.opened_by,
            "reason": first.reason,
        }
        outbox.enqueue(session, user_id, RECALL_REFUND_TOPIC, facts)
    done = [
        RecalledInterval(
            user_id=user_id,
            id=ids.new_id("recalled"),
            recall_id=one.recall_id,
            retirement_id=one.retirement_id,
            start_g=one.start_g,
            end_g=one.end_g,
            order_id=order_id,
            number=old.number,
            outcome=REFUNDED if replacement is None else REPLACED,
            replacement_id=replacement and replacement[0],
            replacement_number=replacement and replacement[1],
            handled_at=at,
        )
        for one in touched
    ]
    for one in done:
        enqueue_write(session, recall_sql.INSERT_RECALLED, vars(one))
    return done


def _replace(
    session: Session, user_id: str, recalled: TouchedRetirement, grams: int, at: datetime
) -> tuple[str, str] | None:
    """Retire as much of other stock; return under which id, and its certificate's number. None where it falls short."""
    reference = ids.new_id("replacement")
    old = find_certificate(session, user_id, recalled.certificate_id)
    try:
        hold(session, Holder(user_id, reference), recalled.replacement_project_id, grams, at)
    except OffsetRefused as refused:
        if refused.code != "lots.insufficient_stock":
            raise
        return None
    retire(session, user_id, reference, recalled.purpose, at)
    number = replace_certificate(session, old, reference, at)
    return reference, number


def _order_behind(session: Session, user_id: str, reference: str) -> str:
    """The order that was paid: a replacement that is recalled, too, is refunded as what it replaced."""
    if not ids.is_id("replacement", reference):
        return reference
    return fetch_one(session, recall_sql.order_replaced_by(user_id, reference))


def _tell(session: Session, user_id: str, made_good: Sequence[Sequence[RecalledInterval]]) -> None:
    done = [one for of_order in made_good for one in of_order]
    recall = fetch_one(session, recall_sql.recall(done[0].recall_id))
    facts = {
        "project": dict(get_project(session, recall.project_id).title),
        "replaced": sum(one.grams for one in done if one.outcome == REPLACED),
        "refunded": sum(one.grams for one in done if one.outcome == REFUNDED),
    }
    inbox.notify(session, user_id, "certificate.recalled", facts, reference=f"recalled:{recall.id}")
