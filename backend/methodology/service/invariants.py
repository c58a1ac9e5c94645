"""What must hold for every version at any time; each check returns the rows that break it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from sqlalchemy.orm import Session

from backend.methodology import sql
from backend.methodology.models import MethodologyVersion
from calculators import bundle_sha256


def broken_reviews(session: Session) -> list[str]:
    """Versions whose hash is not that of their content, or whose approval is not of that hash by another person."""
    return [
        f"{version.methodology_id} version {version.version}: {fault}"
        for version in session.scalars(sql.EVERY)
        for fault in _faults(version)
    ]


def broken_intervals(session: Session) -> list[str]:
    """Methodologies where two versions count from the same day, so that their intervals overlap."""
    begun = [version for version in session.scalars(sql.EVER_IN_FORCE) if version.ended_on != version.effective_on]
    return list(_overlaps(begun))


def _faults(version: MethodologyVersion) -> list[str]:
    faults = []
    if bundle_sha256(version.document, version.figures) != version.content_sha256:
        faults.append("its content has another hash")
    if version.approved_by is not None:
        if version.approved_sha256 != version.content_sha256:
            faults.append("the approval is of other content")
        if version.approved_by in version.authors:
            faults.append("it was approved by one of its authors")
    faults += _faults_of_two(version)
    return faults


def _faults_of_two(version: MethodologyVersion) -> list[str]:
    """What is wrong with the first of two approvals, or with its absence where two were needed."""
    first, needed = version.first_approved_by, (version.exposure or {}).get("approvers", 1)
    if first is None:
        lacks = needed > 1 and version.approved_by is not None
        return ["it was approved by one person where two are needed"] if lacks else []
    faults = []
    if version.first_approved_sha256 != version.content_sha256:
        faults.append("the first approval is of other content")
    if first == version.approved_by or first in version.authors:
        faults.append("it was first approved by its author or by its second approver")
    return faults


def _overlaps(begun: Sequence[MethodologyVersion]) -> list[str]:
    # each interval ends where the next begins, so only two first days on one day can overlap
    return [
        f"{later.methodology_id}: versions {earlier.version} and {later.version} both begin on {later.effective_on}"
        for earlier, later in pairwise(begun)
        if (earlier.methodology_id, earlier.effective_on) == (later.methodology_id, later.effective_on)
    ]
