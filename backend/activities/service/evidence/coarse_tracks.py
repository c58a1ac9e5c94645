"""Taking the positions away from a track once its activity is decided; its figures and its hash stay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from backend.activities.models import HELD, Activity, Appeal
from backend.activities.service.evidence.inspect import write_track
from backend.activities.service.evidence.kinds import GPS_TRACE
from backend.activities.service.evidence.links import unseal_content
from backend.activities.service.evidence.upload import EVIDENCE, seal_content
from backend.platform.core import clock
from backend.platform.data.transactions import enqueue_write
from calculators import GEOJSON, coarsen, read_trace

_WAITS = select(Activity.id).where(Activity.user_id == bindparam("owner"), Activity.status == HELD)
_APPEALED = select(Appeal.activity_id).where(Appeal.user_id == bindparam("owner"), Appeal.answered_at.is_(None))
_FIND = select(EVIDENCE).where(
    EVIDENCE.c.user_id == bindparam("owner"),
    EVIDENCE.c.id == bindparam("wanted"),
    EVIDENCE.c.tier == GPS_TRACE,
    EVIDENCE.c.kept_at.is_not(None),
    EVIDENCE.c.coarsened_at.is_(None),
    EVIDENCE.c.activity_id.not_in(_WAITS),
    EVIDENCE.c.activity_id.not_in(_APPEALED),
)
_MARK = (
    EVIDENCE.update()
    .where(EVIDENCE.c.user_id == bindparam("owner"), EVIDENCE.c.id == bindparam("wanted"))
    .values(coarsened_at=bindparam("coarsened", type_=EVIDENCE.c.coarsened_at.type))
)


def find_to_coarsen(session: Session, user_id: str, evidence_id: str) -> dict[str, Any] | None:
    """The row of a track whose positions nobody needs any more; None while somebody still decides, or it is done."""
    row = session.execute(_FIND, {"owner": user_id, "wanted": evidence_id}).mappings().one_or_none()
    return None if row is None else dict(row)


def coarsened(session: Session, row: Mapping[str, Any], sealed: bytes) -> bytes:
    """The file of a track as it may stay, sealed."""
    trace = read_trace(unseal_content(session, row, sealed), GEOJSON)
    fixes = [(fix.longitude, fix.latitude, fix.at.isoformat()) for fix in coarsen(trace)]
    return seal_content(session, row["sealed_for"], write_track(fixes))


def mark_coarsened(session: Session, row: Mapping[str, Any]) -> None:
    """Note that the positions are gone."""
    named = {"owner": row["user_id"], "wanted": row["id"], "coarsened": clock.database_now(session)}
    enqueue_write(session, _MARK, named)
