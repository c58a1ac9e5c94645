"""Grams that move within a lot: one conditional UPDATE and its movement. The only place that changes a lot."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from backend.platform.data.batch import fetch
from backend.platform.data.transactions import enqueue_write
from backend.registry import sql
from backend.registry.domain import LotChange, Movement
from offsets import MOVEMENTS


def move(session: Session, lot_id: str, kind: str, grams: int, reference: str, at: datetime) -> LotChange | None:
    """Move `grams` within a lot as `kind` says; None when the lot does not have them. Locks the lot's row."""
    available, held, retired = (sign * grams for sign in MOVEMENTS[kind])
    changed = fetch(session, sql.move(lot_id, available, held, retired)).one_or_none()
    if changed is not None:
        record(session, changed.number, Movement(lot_id, kind, grams, reference, at))
    return changed


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
    enqueue_write(session, sql.RECORD_MOVEMENT, row)
