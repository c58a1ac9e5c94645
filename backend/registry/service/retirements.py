"""Retiring: held grams become the next interval of their lot, for ever, and the serials behind them become due."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from backend.platform.core.errors import Refusal
from backend.platform.data import ids
from backend.platform.data.transactions import enqueue_write
from backend.registry.domain import Goods
from backend.registry.models import CertificateRow, HoldRow, LotRow, RetirementRow, SerialDue
from backend.registry.models.retirements import DUE
from backend.registry.service.holds import take_holds
from backend.registry.service.lot_movements import move
from backend.registry.service.projects import get_project, offer_of
from offsets import GRAMS_PER_UNIT, GramInterval, LotOffer, Portion, Retirement, record_retirement

ROWS_AT_ONCE = 1000

_RETIRE = RetirementRow.__table__.insert()
_OWE = SerialDue.__table__.insert()


def retire(session: Session, user_id: str, reference: str, purpose: str, at: datetime) -> tuple[Retirement, ...]:
    """Use up what is held for order `reference`; return the records, one per lot. Never undone.

    A second call returns the first one's records. Raises `registry.nothing_held`.
    """
    for portion in take_holds(session, user_id, reference):
        _retire_portion(session, user_id, reference, portion, purpose, at)
    records = list_retirements(session, user_id, reference)
    if not records:
        raise Refusal("registry.nothing_held", reference=reference)
    return records


def list_retirements(session: Session, user_id: str, reference: str) -> tuple[Retirement, ...]:
    """The records of an order's retirements, by lot id."""
    rows = session.scalars(
        select(RetirementRow)
        .where(RetirementRow.user_id == user_id, RetirementRow.reference == reference)
        .order_by(RetirementRow.lot_id)
    )
    return tuple(record_of(session, row) for row in rows)


def list_retired_for(session: Session, user_id: str, purpose: str) -> tuple[Retirement, ...]:
    """Everything a person had retired for one purpose, oldest first."""
    rows = session.scalars(
        select(RetirementRow)
        .where(RetirementRow.user_id == user_id, RetirementRow.purpose == purpose)
        .order_by(RetirementRow.retired_at, RetirementRow.id)
    )
    return tuple(record_of(session, row) for row in rows)


def list_retired_between(
    session: Session, user_id: str, since: datetime, until: datetime
) -> tuple[tuple[str, Retirement], ...]:
    """Everything a person had retired from `since` on and before `until`, oldest first, each with its order."""
    rows = session.scalars(
        select(RetirementRow)
        .where(RetirementRow.user_id == user_id, RetirementRow.retired_at >= since, RetirementRow.retired_at < until)
        .order_by(RetirementRow.retired_at, RetirementRow.id)
    )
    return tuple((row.reference, record_of(session, row)) for row in rows)


def sum_goods(session: Session, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Goods]:
    """What is held, retired and certified for each (user_id, reference) of `keys` that has any, in three statements."""
    held, retired = (
        {(row[0], row[1]): int(row[2]) for row in session.execute(_sum_grams(table, grams, keys))}
        for table, grams in ((HoldRow, HoldRow.grams), (RetirementRow, RetirementRow.end_g - RetirementRow.start_g))
    )
    certified = {
        (row[0], row[1])
        for row in session.execute(
            select(CertificateRow.user_id, CertificateRow.reference).where(
                tuple_(CertificateRow.user_id, CertificateRow.reference).in_(keys)
            )
        )
    }
    return {
        key: Goods(held.get(key, 0), retired.get(key, 0), key in certified)
        for key in held.keys() | retired.keys() | certified
    }


def _sum_grams(table: Any, grams: Any, keys: Sequence[tuple[str, str]]) -> Any:
    by = (table.user_id, table.reference)
    return select(*by, func.sum(grams)).where(tuple_(*by).in_(keys)).group_by(*by)


def list_references(session: Session) -> Iterator[tuple[str, str]]:
    """Every (user_id, reference) that anything is held or retired for, without having all of them in memory."""
    for table in (HoldRow, RetirementRow):
        query = select(table.user_id, table.reference).distinct().execution_options(yield_per=ROWS_AT_ONCE)
        yield from ((row.user_id, row.reference) for row in session.execute(query))


def record_of(session: Session, row: RetirementRow) -> Retirement:
    """A stored retirement in the words of the rule book, worked out again from its lot."""
    lot = session.get_one(LotRow, row.lot_id)
    interval = GramInterval(row.start_g, row.end_g)
    return record_retirement(get_project(session, lot.project_id), offer_of(lot), interval, row.retired_at, row.purpose)


def _retire_portion(
    session: Session, user_id: str, reference: str, portion: Portion, purpose: str, at: datetime
) -> None:
    moved = move(session, portion.lot_id, "retire", portion.grams, reference, at)
    if moved is None:
        raise Refusal("internal.hold_not_backed", lot_id=portion.lot_id)
    lot = session.get_one(LotRow, portion.lot_id)
    project, offer = get_project(session, lot.project_id), offer_of(lot)
    interval = GramInterval(moved.retired_g - portion.grams, moved.retired_g)
    made = record_retirement(project, offer, interval, at, purpose)
    row = {
        "user_id": user_id,
        "id": ids.new_id("retirement"),
        "reference": reference,
        "lot_id": portion.lot_id,
        "start_g": interval.start_g,
        "end_g": interval.end_g,
        "serials": made.serials,
        "purpose": purpose,
        "document_sha256": project.sha256,
        "retired_at": at,
    }
    enqueue_write(session, _RETIRE, row)
    _owe_serials(session, offer, interval, at)


def _owe_serials(session: Session, offer: LotOffer, interval: GramInterval, at: datetime) -> None:
    """The units whose first gram is in `interval` become due; the lot's row is locked by the movement before."""
    from_unit = -(-interval.start_g // GRAMS_PER_UNIT)
    units = -(-interval.end_g // GRAMS_PER_UNIT) - from_unit
    if units:
        row = {
            "lot_id": offer.lot_id,
            "from_unit": from_unit,
            "units": units,
            "serials": offer.block.part(from_unit, units).text,
            "state": DUE,
            "registry_reference": None,
            "due_at": at,
            "asked_at": None,
            "confirmed_at": None,
        }
        enqueue_write(session, _OWE, row)
