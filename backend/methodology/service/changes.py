"""Versions that took another one's place lately: for whoever tells people what that changes for them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.methodology.domain import VersionChange, VersionStatus
from backend.methodology.models import MethodologyVersion


def list_changes_since(session: Session, instant: datetime) -> list[VersionChange]:
    """The changes approved at `instant` or later, the earliest approval first."""
    row = MethodologyVersion
    wanted = (
        select(row.id, row.methodology_id, row.version, row.content_sha256, row.effective_on)
        .where(
            row.status == VersionStatus.APPROVED,
            row.version > 1,
            row.approved_at >= instant,
            row.effective_on.is_not(None),
        )
        .order_by(row.approved_at, row.id)
    )
    return [
        VersionChange(version_id, methodology_id, version, sha256, effective_on)
        for version_id, methodology_id, version, sha256, effective_on in session.execute(wanted)
        if effective_on is not None
    ]
