"""What must always hold in the registry, as queries that return no row and recomputations that find no difference."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from backend.registry.models import (
    CertificateNumber,
    CertificateRow,
    HoldRow,
    LotMovement,
    LotRow,
    RetirementRow,
    SerialDue,
)
from backend.registry.service.certificates import problem_of
from backend.registry.service.projects import offer_of
from offsets import GRAMS_PER_UNIT, MOVEMENTS, GramInterval, OffsetRefused, SerialBlock, serials_behind

Finding = dict[str, Any]
# What a gram of each kind of movement does to available, held and retired.
_FACTORS = [{kind: by[place] for kind, by in MOVEMENTS.items()} for place in range(3)]


def verify(session: Session) -> Iterator[Finding]:
    """Everything that does not hold: lots, blocks, movements, holds, intervals, serials, certificates. Reads only."""
    for lot in session.scalars(select(LotRow).order_by(LotRow.lot_id)):
        yield from _lot(session, lot)
    yield from _overlapping_blocks(session)
    yield from _certificates(session)


def _lot(session: Session, lot: LotRow) -> Iterator[Finding]:
    if lot.available_g + lot.held_g + lot.retired_g != lot.issued_g:
        yield {"lot_id": lot.lot_id, "broken": "available + held + retired = issued"}
    if lot.issued_g != (lot.last_unit - lot.first_unit + 1) * GRAMS_PER_UNIT:
        yield {"lot_id": lot.lot_id, "broken": "issued grams are those of the block"}
    if _moved(session, lot.lot_id) != (lot.available_g, lot.held_g, lot.retired_g, lot.movements):
        yield {"lot_id": lot.lot_id, "broken": "the movements sum to the lot"}
    held = session.scalar(select(func.coalesce(func.sum(HoldRow.grams), 0)).where(HoldRow.lot_id == lot.lot_id))
    if held != lot.held_g:
        yield {"lot_id": lot.lot_id, "broken": "the holds sum to what is held", "holds_g": held}
    try:
        block = offer_of(lot).block
    except OffsetRefused as refused:
        yield {"lot_id": lot.lot_id, "broken": f"the block reads as its registry writes one ({refused.code})"}
    else:
        yield from _intervals(session, lot, block)
    yield from _dues(session, lot)


def _moved(session: Session, lot_id: str) -> tuple[int, ...]:
    sums = [
        func.coalesce(func.sum(LotMovement.grams * case(_FACTORS[place], value=LotMovement.kind)), 0)
        for place in range(3)
    ]
    return tuple(
        session.execute(
            select(*sums, func.coalesce(func.max(LotMovement.number), 0)).where(LotMovement.lot_id == lot_id)
        ).one()
    )


def _intervals(session: Session, lot: LotRow, block: SerialBlock) -> Iterator[Finding]:
    """Retired intervals follow one another from zero to the cursor, and each names the serials behind it."""
    cursor = 0
    for row in session.scalars(
        select(RetirementRow).where(RetirementRow.lot_id == lot.lot_id).order_by(RetirementRow.start_g)
    ):
        if row.start_g != cursor:
            yield {"retirement_id": row.id, "broken": "intervals follow one another", "expected_g": cursor}
        if row.serials != serials_behind(block, GramInterval(row.start_g, row.end_g)).text:
            yield {"retirement_id": row.id, "broken": "the serials are those behind the interval"}
        cursor = row.end_g
    if cursor != lot.retired_g:
        yield {"lot_id": lot.lot_id, "broken": "the intervals end at what is retired", "cursor_g": cursor}


def _dues(session: Session, lot: LotRow) -> Iterator[Finding]:
    """Every unit of which a gram was sold is due upstream or retired there, once."""
    unit = 0
    for due in session.scalars(select(SerialDue).where(SerialDue.lot_id == lot.lot_id).order_by(SerialDue.from_unit)):
        if due.from_unit != unit:
            yield {"lot_id": lot.lot_id, "from_unit": due.from_unit, "broken": "dues follow one another"}
        unit = due.from_unit + due.units
    if unit != -(-lot.retired_g // GRAMS_PER_UNIT):
        yield {"lot_id": lot.lot_id, "broken": "sold units are due or retired upstream", "units": unit}


def _overlapping_blocks(session: Session) -> Iterator[Finding]:
    rows = session.scalars(select(LotRow).order_by(LotRow.registry_id, LotRow.series, LotRow.first_unit)).all()
    for before, after in pairwise(rows):
        same = (before.registry_id, before.series) == (after.registry_id, after.series)
        if same and after.first_unit <= before.last_unit:
            yield {"lot_ids": [before.lot_id, after.lot_id], "broken": "blocks of one series do not overlap"}


def _certificates(session: Session) -> Iterator[Finding]:
    for row in session.scalars(select(CertificateRow).order_by(CertificateRow.number)):
        problem = problem_of(session, row)
        if problem is not None:
            yield {"certificate": row.number, "broken": f"the certificate verifies ({problem})"}
        found = session.get(CertificateNumber, row.number)
        if found is None or (found.user_id, found.certificate_id) != (row.user_id, row.id):
            yield {"certificate": row.number, "broken": "the directory leads to the certificate"}
