"""Taking the positions away from a track; its figures and its hash stay.

Once its activity is decided, or as soon as its owner no longer agrees that positions are used.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.activities.domain import EvidencePiece
from backend.activities.service.evidence.inspect import write_track
from backend.activities.service.evidence.links import unseal_content
from backend.activities.service.evidence.upload import LOCATION, seal_content
from backend.activities.sql import evidence as sql
from backend.platform.core import clock
from backend.platform.core.context import policy
from backend.platform.data.batch import fetch
from backend.platform.data.transactions import enqueue_writes
from backend.platform.ops import outbox
from calculators import GEOJSON, coarsen, read_trace

TOPIC_COARSEN = "evidence.coarsen"


def coarsen_later(session: Session, user_id: str, pieces: Iterable[EvidencePiece], now: datetime) -> None:
    """Have the positions of the tracks among `pieces` taken away once nobody needs them to decide, queued."""
    due_at = now + timedelta(days=policy().activities.coarsen_after_days)
    for piece in pieces:
        if piece.is_track:
            outbox.enqueue(session, user_id, TOPIC_COARSEN, {"evidence_id": piece.id}, due_at)


def find_to_coarsen(session: Session, user_id: str, evidence_id: str) -> EvidencePiece | None:
    """A track whose positions nobody needs any more; None while somebody still decides, or it is done."""
    return fetch(session, sql.piece_to_coarsen(user_id, evidence_id)).one_or_none()


def list_withdrawn_tracks(session: Session, user_id: str) -> list[EvidencePiece]:
    """The tracks whose positions are stored of somebody who no longer agrees that positions are used."""
    if accounts.has_consent(session, user_id, LOCATION):
        return []
    return fetch(session, sql.kept_tracks(user_id)).all()


def coarsened(session: Session, piece: EvidencePiece, sealed: bytes) -> bytes:
    """The file of a track as it may stay, sealed."""
    trace = read_trace(unseal_content(session, piece, sealed), GEOJSON)
    fixes = [(fix.longitude, fix.latitude, fix.at.isoformat()) for fix in coarsen(trace)]
    return seal_content(session, str(piece.sealed_for), write_track(fixes))


def mark_coarsened(session: Session, piece: EvidencePiece) -> None:
    """Note that the positions are gone."""
    enqueue_writes(session, [sql.set_coarsened(piece, clock.database_now(session))])
