"""Retiring: held grams become the next interval of their lot, for ever, and the serials behind them become due."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from backend.platform.core.errors import Refusal
from backend.platform.data import ids
from backend.platform.data.batch import fetch, fetch_one, read_rows
from backend.platform.data.transactions import enqueue_write
from backend.registry import sql
from backend.registry.domain import DUE, Goods, LotOfDocument, StoredRetirement
from backend.registry.domain.recalls import RecalledInterval
from backend.registry.service.holds import take_sound_holds
from backend.registry.service.lot_movements import move
from backend.registry.service.projects import offer_of, read_document
from backend.registry.sql import recalls as recall_sql
from offsets import GRAMS_PER_UNIT, GramInterval, LotOffer, Portion, Retirement, record_retirement


def retire(session: Session, user_id: str, reference: str, purpose: str, at: datetime) -> tuple[Retirement, ...]:
    """Use up what is held for order `reference`; return the records, one per lot. Never undone.

    A second call returns the first one's records. Raises `registry.nothing_held`.
    """
    for portion in take_sound_holds(session, user_id, reference, at):
        _retire_portion(session, user_id, reference, portion, purpose, at)
    records = list_retirements(session, user_id, reference)
    if not records:
        raise Refusal("registry.nothing_held", reference=reference)
    return records


def list_retirements(session: Session, user_id: str, reference: str) -> tuple[Retirement, ...]:
    """The records of an order's retirements, by lot id."""
    stored = fetch(session, sql.retired_with_lots(user_id, reference)).all()
    return tuple(_record_of(retirement, lot) for retirement, lot in stored)


def list_retired_for(session: Session, user_id: str, purpose: str) -> tuple[Retirement, ...]:
    """Everything a person had retired for one purpose and that was not recalled, oldest first."""
    stored = fetch(session, sql.retired_for_purpose(user_id, purpose)).all()
    return tuple(_records_of(session, _without_recalled(session, user_id, stored)))


def list_retired_between(
    session: Session, user_id: str, since: datetime, until: datetime
) -> tuple[tuple[str, Retirement], ...]:
    """What a person had retired from `since` on and before `until`, oldest first, each with its order.

    Without what was recalled.
    """
    stored = _without_recalled(session, user_id, fetch(session, sql.retired_between(user_id, since, until)).all())
    orders = [retirement.reference for retirement in stored]
    return tuple(zip(orders, _records_of(session, stored), strict=True))


def sum_goods(session: Session, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Goods]:
    """What is held, retired and certified for each (user_id, reference) of `keys` that has any, in three statements."""
    asked = {"orders": list(keys)}
    held, retired = (
        {(row[0], row[1]): int(row[2]) for row in session.execute(statement, asked)}
        for statement in (sql.HELD_OF_ORDERS, sql.RETIRED_OF_ORDERS)
    )
    certified = {(row[0], row[1]) for row in session.execute(sql.CERTIFIED_ORDERS, asked)}
    return {
        key: Goods(held.get(key, 0), retired.get(key, 0), key in certified)
        for key in held.keys() | retired.keys() | certified
    }


def list_references(session: Session) -> Iterator[tuple[str, str]]:
    """Every (user_id, reference) that anything is held or retired for, without having all of them in memory."""
    for statement in sql.ORDERS_WITH_GOODS:
        yield from ((row[0], row[1]) for row in session.execute(statement))


def _without_recalled(session: Session, user_id: str, stored: Sequence[StoredRetirement]) -> list[StoredRetirement]:
    """What of some retirements still counts: a recalled part leaves what lies before and behind it."""
    recalled = fetch(session, recall_sql.recalled_of(user_id)).all() if stored else []
    sound = list(stored)
    for one in recalled:
        sound = [piece for retirement in sound for piece in _cut(retirement, one)]
    return sound


def _cut(retirement: StoredRetirement, recalled: RecalledInterval) -> Iterator[StoredRetirement]:
    if retirement.id != recalled.retirement_id:
        yield retirement
        return
    before, behind = min(retirement.end_g, recalled.start_g), max(retirement.start_g, recalled.end_g)
    if retirement.start_g < before:
        yield replace(retirement, end_g=before)
    if behind < retirement.end_g:
        yield replace(retirement, start_g=behind)


def _records_of(session: Session, stored: Sequence[StoredRetirement]) -> list[Retirement]:
    """Stored retirements in the words of the rule book, all lots asked for at once."""
    if not stored:
        return []
    wanted = sql.lots_of_documents(sorted({retirement.lot_id for retirement in stored}))
    lots = {one.lot.lot_id: one for one in read_rows(session, wanted, sql.read_lot_of_document)}
    return [_record_of(retirement, lots[retirement.lot_id]) for retirement in stored]


def _record_of(stored: StoredRetirement, lot: LotOfDocument) -> Retirement:
    """A stored retirement in the words of the rule book, worked out again from its lot."""
    interval = GramInterval(stored.start_g, stored.end_g)
    return record_retirement(read_document(lot), offer_of(lot.lot), interval, stored.retired_at, stored.purpose)


def _retire_portion(
    session: Session, user_id: str, reference: str, portion: Portion, purpose: str, at: datetime
) -> None:
    moved = move(session, portion.lot_id, "retire", portion.grams, reference, at)
    if moved is None:
        raise Refusal("internal.hold_not_backed", lot_id=portion.lot_id)
    lot = fetch_one(session, sql.lot_of_document(portion.lot_id))
    project, offer = read_document(lot), offer_of(lot.lot)
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
    enqueue_write(session, sql.INSERT_RETIREMENT, row)
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
        enqueue_write(session, sql.INSERT_DUE, row)
