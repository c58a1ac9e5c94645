"""Versions that took another one's place lately: for whoever tells people what that changes for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.methodology.models import APPROVED, MethodologyVersion


@dataclass(frozen=True)
class Change:
    """A version that counts from `effective_on` in place of those before it; `sha256` is its approved content hash."""

    version_id: str
    methodology_id: str
    version: int
    sha256: str
    effective_on: date


def list_changes_since(session: Session, instant: datetime) -> list[Change]:
    """The changes approved at `instant` or later, the earliest approval first."""
    row = MethodologyVersion
    wanted = (
        select(row.id, row.methodology_id, row.version, row.content_sha256, row.effective_on)
        .where(row.status == APPROVED, row.version > 1, row.approved_at >= instant, row.effective_on.is_not(None))
        .order_by(row.approved_at, row.id)
    )
    return [Change(*found) for found in session.execute(wanted)]
