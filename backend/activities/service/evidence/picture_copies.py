"""Looking for an earlier picture from which a new one was made: under its coarse outlines, then stroke for stroke.

Bounded: a band of an outline keeps `SLOTS` pictures a month, and `MOST_COMPARED` files are opened, those with the
nearest outlines. Two copies that arrive at the same moment do not see one another; each is seen by the next.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.activities.domain import EvidencePiece
from backend.activities.service.evidence.inspect import Piece
from backend.activities.service.evidence.look_alikes import LookAlike, months_until
from backend.activities.service.evidence.picture_likeness import (
    LEAST_SHARE,
    bands_to_ask,
    distance,
    fine_of,
    plane_of_jpeg,
    share_alike,
)
from backend.activities.sql import evidence as sql
from backend.platform.core import clock
from backend.platform.data.batch import Batch, read_rows
from backend.platform.data.transactions import enqueue_writes
from backend.platform.privacy.vault import the_vault

BAND, SLOT = "activities.picture_band", "activities.picture_slot"
SLOTS = 128
MONTHS = 3  # the current one and those before it
MOST_ROWS = 2000
MOST_COMPARED = 12


@dataclass(frozen=True)
class _Kept:
    user_id: str
    evidence_id: str
    fine: bytes


def list_earlier_pictures(session: Session, piece: Piece) -> list[EvidencePiece]:
    """The earlier pictures with which a new one is to be compared, the most likely first; none for no picture."""
    if piece.plane is None:
        return []
    months = months_until(clock.database_now(session), MONTHS)
    bands = bands_to_ask(piece.plane)
    asked = [_hashed(month, band) for month in months for band in bands]
    fine = fine_of(piece.plane)
    nearest: dict[tuple[str, str], int] = {}
    for one in read_rows(session, sql.outlines_in(asked, MOST_ROWS), lambda row: _Kept(**row)):
        of = one.user_id, one.evidence_id
        nearest[of] = min(distance(fine, one.fine), nearest.get(of, 256))
    batch = Batch(session)
    chosen = sorted(nearest, key=lambda of: (nearest[of], of))[:MOST_COMPARED]
    handles = [batch.fetch(sql.piece_question(*of)) for of in chosen]
    batch.run()
    found = (handle.one_or_none() for handle in handles)
    return [one for one in found if one is not None and one.is_kept and one.media is not None]


def most_alike_picture(piece: Piece, earlier: Iterable[tuple[EvidencePiece, bytes]]) -> LookAlike | None:
    """The first of earlier pictures, each with its file, that a new one was made from; None where it is its own."""
    if piece.plane is None:
        return None
    for one, content in earlier:
        share = share_alike(piece.plane, plane_of_jpeg(content))
        if share >= LEAST_SHARE:
            return LookAlike(one.user_id, one.id, round(100 * share))
    return None


def keep_outlines(session: Session, piece: Piece, stored: EvidencePiece) -> None:
    """Have later pictures compared with this one, queued."""
    if not piece.outlines:
        return
    slot = int(the_vault().keyed_hash(SLOT, stored.id)[:8], 16) % SLOTS
    (month,) = months_until(stored.created_at, 1)
    fines = {_hashed(month, band): one.fine for one in piece.outlines for band in one.bands}
    # in one order for everybody: two who take the same slots wait for each other in turn, never in a ring
    enqueue_writes(session, [sql.keep_outline(stored, band, slot, fines[band]) for band in sorted(fines)])


def _hashed(month: str, band: str) -> str:
    return the_vault().keyed_hash(BAND, f"{month} {band}")
