"""Setting grams aside for an order, and giving them back. Meeting either twice changes nothing the second time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from backend.platform.core.errors import Refusal
from backend.platform.data.batch import fetch
from backend.platform.data.transactions import enqueue_write
from backend.registry import sql
from backend.registry.domain import HeldSums, Holder, Shelf, ShelfLot
from backend.registry.service.lot_movements import move
from backend.registry.service.projects import find_lot_refusal
from backend.registry.sql import recalls as recall_sql
from offsets import Portion, plan_hold


def hold(session: Session, holder: Holder, project_id: str, grams: int, at: datetime) -> tuple[Portion, ...]:
    """Set `grams` of a project aside for the holder's order, oldest vintage first; what is held already stays as it is.

    Refuses with `lots.insufficient_stock` before anything has changed, so the caller may go on without stock.
    """
    known = list_holds(session, holder.user_id, holder.reference)
    if known:
        return known
    shelf = lock_shelf(session, project_id, at)
    planned = plan_hold([(lot.lot_id, lot.available_g) for lot in shelf.lots], grams)
    for portion in sorted(planned, key=lambda item: item.lot_id):
        if move(session, portion.lot_id, "hold", portion.grams, holder.reference, at) is None:
            raise Refusal("internal.plan_not_backed", lot_id=portion.lot_id)
        row = {
            "user_id": holder.user_id,
            "reference": holder.reference,
            "lot_id": portion.lot_id,
            "grams": portion.grams,
            "held_at": at,
            "network": holder.network,
            "is_proved": holder.is_proved,
        }
        enqueue_write(session, sql.INSERT_HOLD, row)
    return planned


def release(session: Session, user_id: str, reference: str, at: datetime) -> int:
    """Give back whatever is still held for `reference`; return the grams."""
    released = 0
    for portion in take_holds(session, user_id, reference):
        if move(session, portion.lot_id, "release", portion.grams, reference, at) is None:
            raise Refusal("internal.hold_not_backed", lot_id=portion.lot_id)
        released += portion.grams
    return released


def list_holds(session: Session, user_id: str, reference: str) -> tuple[Portion, ...]:
    """What is held for `reference` now, by lot id."""
    return tuple(fetch(session, sql.held_for(user_id, reference)).all())


def take_holds(session: Session, user_id: str, reference: str) -> tuple[Portion, ...]:
    """Remove the holds of `reference` and return them by lot id; the grams are the caller's to move."""
    taken = fetch(session, sql.take_held(user_id, reference)).all()
    return tuple(sorted(taken, key=lambda portion: portion.lot_id))


def take_sound_holds(session: Session, user_id: str, reference: str, at: datetime) -> tuple[Portion, ...]:
    """`take_holds`, with what is held of a lot under recall exchanged for other stock of its project.

    Refuses with `lots.insufficient_stock` where there is too little: what was recalled is not delivered.
    """
    grams: Counter[str] = Counter()
    for portion in take_holds(session, user_id, reference):
        project_id = _find_recalled_project(session, portion.lot_id)
        if project_id is None:
            grams[portion.lot_id] += portion.grams
            continue
        if move(session, portion.lot_id, "release", portion.grams, reference, at) is None:
            raise Refusal("internal.hold_not_backed", lot_id=portion.lot_id)
        shelf = lock_shelf(session, project_id, at)
        for other in plan_hold([(lot.lot_id, lot.available_g) for lot in shelf.lots], portion.grams):
            if move(session, other.lot_id, "hold", other.grams, reference, at) is None:
                raise Refusal("internal.plan_not_backed", lot_id=other.lot_id)
            grams[other.lot_id] += other.grams
    return tuple(Portion(lot_id, grams[lot_id]) for lot_id in sorted(grams))


def _find_recalled_project(session: Session, lot_id: str) -> str | None:
    return fetch(session, recall_sql.project_of_recalled_lot(lot_id)).one_or_none()


def lock_shelf(session: Session, project_id: str, at: datetime) -> Shelf:
    """What each lot of a project on sale has, oldest vintage first; none changes until this transaction ends.

    Lots that could not be retired from at `at` are left out: what cannot be delivered is not set aside.
    """
    lots = [
        ShelfLot(lot.lot_id, lot.vintage, lot.available_g)
        for lot in fetch(session, sql.shelf(project_id)).all()
        if find_lot_refusal(lot, at) is None
    ]
    return Shelf(tuple(sorted(lots, key=lambda lot: (lot.vintage, lot.lot_id))))


def sum_holds(session: Session, project_id: str, user_id: str, circle: Sequence[str], network: str | None) -> HeldSums:
    """What is set aside of a project now by one person, their circle, all behind a network, all without an address."""
    asked = {"project": project_id, "person": user_id, "circle": [user_id, *circle], "behind": network}
    row = session.execute(sql.HELD_OF_PROJECT, asked).one()
    return HeldSums(*(int(grams) for grams in row))
