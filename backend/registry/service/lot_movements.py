"""Grams that move within a lot: one conditional UPDATE and its movement. The only place that changes a lot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from backend.platform.data.transactions import enqueue_write
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


@dataclass(frozen=True)
class Moved:
    """A movement that happened: its number in the lot, and the lot's cursor after it."""

    number: int
    retired_g: int


def move(session: Session, lot_id: str, kind: str, grams: int, reference: str, at: datetime) -> Moved | None:
    """Move `grams` within a lot as `kind` says; None when the lot does not have them. Locks the lot's row."""
    available, held, retired = MOVEMENTS[kind]
    found = session.execute(
        _MOVE,
        {
            "lot": lot_id,
            "to_available": available * grams,
            "to_held": held * grams,
            "to_retired": retired * grams,
        },
    ).one_or_none()
    if found is None:
        return None
    record(session, lot_id, found.movements, kind, grams, reference, at)
    return Moved(found.movements, found.retired_g)


def record(session: Session, lot_id: str, number: int, kind: str, grams: int, reference: str, at: datetime) -> None:
    """Write the movement that has just happened to a lot."""
    movement = {
        "lot_id": lot_id,
        "number": number,
        "kind": kind,
        "grams": grams,
        "reference": reference,
        "moved_at": at,
    }
    enqueue_write(session, _RECORD, movement)
