"""Looking for an earlier track from which a new one was made: under the cells it passed, in the last months.

Bounded: a cell keeps `SLOTS` sketches a month, and at most `MOST_COMPARED_BYTES` of sketches are compared. Two copies
that arrive at the same moment do not see one another; each is seen by the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from backend.activities.domain import EvidencePiece
from backend.activities.service.evidence.inspect import Piece
from backend.activities.sql import evidence as sql
from backend.platform.core import clock
from backend.platform.core.context import policy
from backend.platform.data.batch import read_rows
from backend.platform.data.transactions import enqueue_writes, touched
from backend.platform.privacy.vault import the_vault
from calculators import LEAST_SHARE, likeness

CELL, SLOT = "activities.trace_cell", "activities.trace_slot"
SLOTS = 64
CELLS_KEPT, CELLS_ASKED = 6, 12
MONTHS = 3  # the current one and those before it
MOST_ROWS = 600
MOST_COMPARED_BYTES = 240_000  # 500 half-hour tracks: below a second even for a track of three hours


@dataclass(frozen=True)
class Sketch:
    """What is kept of an earlier track, and whose it was."""

    user_id: str
    evidence_id: str
    sketch: bytes


@dataclass(frozen=True)
class LookAlike:
    """The earlier track or picture that a new one was most likely made from, and how much of it."""

    user_id: str
    evidence_id: str
    percent: int


def list_sketches(session: Session, piece: Piece) -> list[Sketch]:
    """The sketches with which a new track is to be compared, the newest first."""
    if piece.windows is None:
        return []
    hashes = [
        _hashed(month, cell)
        for month in months_until(clock.database_now(session), MONTHS)
        for cell in _chosen(piece, CELLS_ASKED)
    ]
    rows = read_rows(session, sql.sketches_in(hashes, MOST_ROWS), lambda row: Sketch(**row))
    kept, size = {}, 0
    for one in rows:
        size += 0 if one.evidence_id in kept else len(one.sketch)
        if size > MOST_COMPARED_BYTES:
            break
        kept[one.evidence_id] = one
    return list(kept.values())


def most_alike(piece: Piece, sketches: Sequence[Sketch]) -> LookAlike | None:
    """The one of earlier sketches that a new track is made from; None where it is its own."""
    if piece.windows is None or not sketches:
        return None
    shares = [likeness(piece.windows, one.sketch) for one in sketches]
    share, position = max(zip(shares, range(len(shares)), strict=True))
    if share < LEAST_SHARE:
        return None
    return LookAlike(sketches[position].user_id, sketches[position].evidence_id, round(100 * share))


def keep_sketch(session: Session, piece: Piece, stored: EvidencePiece) -> None:
    """Have later tracks compared with this one, queued."""
    if piece.windows is None:
        return
    slot = int(the_vault().keyed_hash(SLOT, stored.id)[:8], 16) % SLOTS
    (month,) = months_until(stored.created_at, 1)
    hashes = sorted(_hashed(month, cell) for cell in _chosen(piece, CELLS_KEPT))
    enqueue_writes(session, [sql.keep_sketch(stored, one, slot, piece.sketch) for one in hashes])


def drop_old_look_alikes(session: Session, limit: int) -> int:
    """Drop up to `limit` sketches and as many outlines by which nothing is looked for any more; return how many."""
    kept = timedelta(days=policy().activities.look_alikes_kept_days)
    before = clock.database_now(session) - kept
    return max(touched(session, statement) for statement in sql.look_alikes_before(before, limit))


def months_until(now: datetime, count: int) -> list[str]:
    """The current month and those before it, the latest first."""
    last = now.year * 12 + now.month - 1
    return [f"{number // 12}-{number % 12 + 1:02}" for number in range(last, last - count, -1)]


def _chosen(piece: Piece, most: int) -> list[str]:
    """The first cell and those with the least hashes: a part of a way mostly chooses what the whole has chosen."""
    first, *others = piece.cells
    return [first, *sorted(others, key=lambda cell: the_vault().keyed_hash(CELL, cell))[: most - 1]]


def _hashed(month: str, cell: str) -> str:
    return the_vault().keyed_hash(CELL, f"{month} {cell}")
