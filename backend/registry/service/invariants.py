"""What must always hold in the registry, as queries that return no row and recomputations that find no difference."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from sqlalchemy.orm import Session

from backend.platform.data.batch import fetch
from backend.platform.data.slices import unmatched_rows
from backend.platform.ops.invariants import Violation
from backend.registry import sql
from backend.registry.domain import Lot
from backend.registry.service.certificates import problem_of
from backend.registry.service.projects import offer_of
from backend.registry.service.recalls import verify_recalls
from offsets import (
    GRAMS_PER_UNIT,
    GramInterval,
    OffsetRefused,
    SerialBlock,
    get_registry,
    parse_block,
    serials_behind,
)


def verify(session: Session) -> Iterator[Violation]:
    """Everything that does not hold: lots, blocks, movements, holds, intervals, serials, certificates. Reads only."""
    for lot in fetch(session, sql.all_lots()).all():
        yield from _lot(session, lot)
    yield from _overlapping_blocks(session)
    yield from _certificates(session)
    yield from verify_recalls(session)


def _lot(session: Session, lot: Lot) -> Iterator[Violation]:
    if lot.available_g + lot.held_g + lot.retired_g != lot.issued_g:
        yield Violation(lot.lot_id, "available + held + retired = issued")
    if lot.issued_g != (lot.last_unit - lot.first_unit + 1) * GRAMS_PER_UNIT:
        yield Violation(lot.lot_id, "issued grams are those of the block")
    if _moved(session, lot.lot_id) != (lot.available_g, lot.held_g, lot.retired_g, lot.movements):
        yield Violation(lot.lot_id, "the movements sum to the lot")
    held = session.scalar(sql.HELD_OF_LOT, {"of_lot": lot.lot_id})
    if held != lot.held_g:
        yield Violation(lot.lot_id, "the holds sum to what is held", f"holds_g={held}")
    try:
        block = offer_of(lot).block
    except OffsetRefused as refused:
        yield Violation(lot.lot_id, f"the block reads as its registry writes one ({refused.code})")
    else:
        yield from _intervals(session, lot, block)
    yield from _dues(session, lot)


def _moved(session: Session, lot_id: str) -> tuple[int, ...]:
    return tuple(session.execute(sql.MOVED_OF_LOT, {"of_lot": lot_id}).one())


def _intervals(session: Session, lot: Lot, block: SerialBlock) -> Iterator[Violation]:
    """Retired intervals follow one another from zero to the cursor, and each names the serials behind it."""
    cursor = 0
    for retired in fetch(session, sql.retirements_of_lot(lot.lot_id)).all():
        if retired.start_g != cursor:
            yield Violation(retired.id, "intervals follow one another", f"expected_g={cursor}")
        if not _is_written(serials_behind(block, GramInterval(retired.start_g, retired.end_g)), retired.serials):
            yield Violation(retired.id, "the serials are those behind the interval")
        cursor = retired.end_g
    if cursor != lot.retired_g:
        yield Violation(lot.lot_id, "the intervals end at what is retired", f"cursor_g={cursor}")


def _is_written(block: SerialBlock, text: str) -> bool:
    """Whether a text is this block, with or without zeros in front of its numbers."""
    try:
        written = parse_block(get_registry(block.registry_id), text)
    except OffsetRefused:
        return False
    return (written.series, written.first, written.last) == (block.series, block.first, block.last)


def _dues(session: Session, lot: Lot) -> Iterator[Violation]:
    """Every unit of which a gram was sold is due upstream or retired there, once."""
    unit = 0
    for due in fetch(session, sql.dues_of_lot(lot.lot_id)).all():
        if due.from_unit != unit:
            yield Violation(lot.lot_id, "dues follow one another", f"from_unit={due.from_unit}")
        unit = due.from_unit + due.units
    if unit != -(-lot.retired_g // GRAMS_PER_UNIT):
        yield Violation(lot.lot_id, "sold units are due or retired upstream", f"units={unit}")


def _overlapping_blocks(session: Session) -> Iterator[Violation]:
    for before, after in pairwise(fetch(session, sql.lots_by_block()).all()):
        same = (before.registry_id, before.series) == (after.registry_id, after.series)
        if same and after.first_unit <= before.last_unit:
            yield Violation(before.lot_id, "blocks of one series do not overlap", f"lot_id={after.lot_id}")


def _certificates(session: Session) -> Iterator[Violation]:
    for certificate in fetch(session, sql.all_certificates()).all():
        problem = problem_of(session, certificate)
        if problem is not None:
            yield Violation(certificate.number, f"the certificate verifies ({problem})")
    back = {"user_id": "user_id", "id": "certificate_id"}
    for row in unmatched_rows(session, sql.CERTIFICATES, sql.NUMBERS, {"number": "number"}, back):
        yield Violation(row.number, "the directory leads to the certificate")
