"""Looking at a piece again: its metadata, and a link that opens its file for some minutes.

A link names the piece, its owner and the instant it ends, under a keyed hash; it needs no sign-in, so that a phone's
viewer can open it, and nobody can make one or prolong it.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.activities.service.evidence.kinds import GPS_TRACE
from backend.activities.service.evidence.upload import CONTENT, EVIDENCE, read_facts
from backend.platform.core import clock
from backend.platform.core.context import settings
from backend.platform.core.errors import Refusal
from backend.platform.data.paging import Page, Window
from backend.platform.privacy.vault import KeyErased, the_vault

LINK_LIVES = timedelta(minutes=5)
PURPOSE = "evidence.link"
VIEWS = {"image/jpeg": "pictures", "application/geo+json": "traces"}
SHOWN = ("started_at", "ended_at", "distance_m", "gap_s", "fixes", "value", "unit", "read_at", "width", "height")

INSTANTS = ("started_at", "ended_at", "read_at")
_read = datetime.fromisoformat


def get_evidence(session: Session, user_id: str, evidence_id: str) -> dict[str, Any]:
    """One piece with a link to its file; raise `not_found.evidence`."""
    row = get_row(session, user_id, evidence_id)
    return _view(session, row) | {"link": _link(session, row)}


def list_evidence(session: Session, user_id: str, window: Window) -> Page[dict[str, Any]]:
    """A person's pieces, the newest first, without links."""
    wanted = select(EVIDENCE).where(EVIDENCE.c.user_id == user_id)
    if window.after:
        wanted = wanted.where(EVIDENCE.c.id < window.after[0])
    wanted = wanted.order_by(EVIDENCE.c.id.desc()).limit(window.limit + 1)
    found = [dict(row) for row in session.execute(wanted).mappings()]
    page = window.cut(found, "id")
    return Page([_view(session, row) | {"link": None} for row in page.items], page.next_cursor)


def get_row(session: Session, user_id: str, evidence_id: str) -> dict[str, Any]:
    """The row of a piece; raise `not_found.evidence`."""
    wanted = select(EVIDENCE).where(EVIDENCE.c.user_id == user_id, EVIDENCE.c.id == evidence_id)
    row = session.execute(wanted).mappings().one_or_none()
    if row is None:
        raise Refusal("not_found.evidence")
    return dict(row)


def open_link(session: Session, ticket: str, media: str) -> dict[str, Any]:
    """The row that a link's ticket opens as `media`; raise `not_found.evidence` for a false or old one."""
    parts = ticket.split(".")
    if len(parts) == 4 and hmac.compare_digest(parts[3].encode(), _signature(*parts[:3]).encode()):
        user_id, evidence_id, ends = parts[:3]
        row = get_row(session, user_id, evidence_id)
        if row["media"] == media and clock.database_now(session) < datetime.fromtimestamp(int(ends), UTC):
            return row
    raise Refusal("not_found.evidence")


def unseal_content(session: Session, row: Mapping[str, Any], sealed: bytes) -> bytes:
    """The file; raise `not_found.evidence` when its owner was erased."""
    try:
        return the_vault().unseal(session, row["sealed_for"], CONTENT, sealed)
    except KeyErased as error:
        raise Refusal("not_found.evidence") from error


def _view(session: Session, row: Mapping[str, Any]) -> dict[str, Any]:
    facts = read_facts(session, row)
    shown = facts.get("measured", facts) if row["tier"] == GPS_TRACE else facts
    return {
        **{name: row[name] for name in ("id", "user_id", "tier", "created_at", "activity_id", "media", "size")},
        "is_attested": row["attested_by"] != row["user_id"],
        "is_kept": row["media"] is None or row["kept_at"] is not None,
        "is_coarsened": row["coarsened_at"] is not None,
        "shows": {name: _read(shown[name]) if name in INSTANTS else shown[name] for name in SHOWN if name in shown},
    }


def _link(session: Session, row: Mapping[str, Any]) -> dict[str, Any] | None:
    if row["kept_at"] is None:
        return None
    ends_at = clock.database_now(session) + LINK_LIVES
    signed = row["user_id"], row["id"], str(int(ends_at.timestamp()))
    ticket = ".".join((*signed, _signature(*signed)))
    return {"url": f"{settings().public_url}/v1/evidence/{VIEWS[row['media']]}/{ticket}", "ends_at": ends_at}


def _signature(*parts: str) -> str:
    return the_vault().keyed_hash(PURPOSE, ".".join(parts))
