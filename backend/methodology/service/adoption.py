"""The shipped library becomes versions: drafts by the author `library`, approved under a named reviewer.

Adopting again does nothing for documents and figures that have not changed; what has changed becomes a new version
from the first open day on.
"""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy.orm import Session

from backend.methodology import sql
from backend.methodology.domain import AdoptedVersion, VersionStatus
from backend.methodology.service.reviews import approve, first_open_day, submit_draft
from backend.platform.core import clock
from calculators import Methodology, bundle_sha256, freeze, load_library
from config import load_policy

LIBRARY = "library"


def adopt_library(session: Session, reviewer_id: str) -> list[AdoptedVersion]:
    """Approve every shipped document under `reviewer_id`, and say what became of each.

    What needs a second approver waits until another reviewer adopts it too. A methodology nobody had before counts from
    the oldest day that may still be logged.
    """
    library = load_library()
    return [
        _adopt(session, reviewer_id, methodology, freeze(methodology, library.tables))
        for methodology in library.methodologies.values()
    ]


def _adopt(session: Session, reviewer_id: str, methodology: Methodology, figures: str) -> AdoptedVersion:
    known = session.scalars(sql.OF_METHODOLOGY, {"wanted": methodology.id}).all()
    sha256 = bundle_sha256(methodology.text, figures)
    current = [version for version in known if version.content_sha256 == sha256]
    for version in current:
        # approved once is enough: where operators have replaced it since, theirs is the newer word
        if version.effective_on is not None:
            return AdoptedVersion(methodology.id, version.version, version.effective_on, is_new=False)
    waiting = [version for version in current if version.status == VersionStatus.DRAFT]
    draft = waiting[-1] if waiting else submit_draft(session, LIBRARY, methodology.text)
    if draft.first_approved_by == reviewer_id:
        return AdoptedVersion(methodology.id, draft.version, None, is_new=False)
    is_first = not any(version.status == VersionStatus.APPROVED for version in known)
    effective_on = _oldest_open_day(session) if is_first else first_open_day(session)
    approved = approve(session, reviewer_id, methodology.id, draft.version, sha256, effective_on)
    return AdoptedVersion(
        methodology.id, approved.version, approved.effective_on, is_new=approved.effective_on is not None
    )


def _oldest_open_day(session: Session) -> date:
    """The oldest civil day that anyone anywhere may still log."""
    last_zone = "Etc/GMT+12"
    return clock.local_day(clock.database_now(session), last_zone) - timedelta(
        days=load_policy().activities.oldest_days
    )
