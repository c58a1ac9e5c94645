"""Grams that move within a lot: one conditional UPDATE and its movement. The only place that changes a lot."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from backend.platform.data.transactions import enqueue_write
from backend.registry.domain import LotChange, Movement
from backend.registry.models import LotMovement, LotRow
from offsets import MOVEMENTS

_LOTS = LotRow.__table__
_MOVE = (
    update(_LOTS)
    .where(
        _LOTS.c.lot_id == bindparam("lot"),
        _LOTS.c.available_g + bindparam("to_available") >= 0,
        _LOTS.c.held_g + bindparam("to_held") >= 0,
    )
    .values(
        available_g=_LOTS.c.available_g + bindparam("to_available"),
        held_g=_LOTS.c.held_g + bindparam("to_held"),
        retired_g=_LOTS.c.retired_g + bindparam("to_retired"),
        movements=_LOTS.c.movements + 1,
    )
    .returning(_LOTS.c.movements, _LOTS.c.retired_g)
)
_RECORD = LotMovement.__table__.insert()


def move(session: Session, lot_id: str, kind: str, grams: int, reference: str, at: datetime) -> LotChange | None:
    """Move `grams` within a lot as `kind` says; None when the lot does not have them. Locks the lot's row."""
    available, held, retired = MOVEMENTS[kind]
    changed = session.execute(
        _MOVE,
        {
            "lot": lot_id,
            "to_available": available * grams,
            "to_held": held * grams,
            "to_retired": retired * grams,
        },
    ).one_or_none()
    if changed is None:
        return None
    record(session, changed.movements, Movement(lot_id, kind, grams, reference, at))
    return LotChange(changed.movements, changed.retired_g)


def record(session: Session, number: int, movement: Movement) -> None:
    """Write down the movement that has just been made in a lot, the `number`-th there."""
    row = {
        "lot_id": movement.lot_id,
        "number": number,
        "kind": movement.kind,
        "grams": movement.grams,
        "reference": movement.reference,
        "moved_at": movement.at,
    }
    enqueue_write(session, _RECORD, row)
