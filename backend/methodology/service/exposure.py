"""What somebody could earn under a version, and whether that needs a second approver.

One function measures it for everybody who asks: the page, the API, the command, and the guard at the approval. A rise
is held against the last version in force that two people approved, so that many small rises add up, and against the one
in force; what is only scheduled counts for neither. Who wrote a version changes nothing. Reads, writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy.orm import Session

from backend.methodology import sql
from backend.methodology.domain import Content, ExposureReview, MeasuredVersion, VersionStatus
from backend.methodology.models import MethodologyVersion
from backend.methodology.service.in_force import list_in_force, read_content
from backend.platform.core import clock
from backend.platform.core.context import policy
from calculators import MeasuredRule, exposure_beside, measure_exposure

A_YEAR = "_year"  # how the figures of a year end


def review_exposure(session: Session, draft: MethodologyVersion) -> ExposureReview:
    """The exposure of a version, and by how many people it must be approved."""
    today = clock.local_day(clock.database_now(session), "UTC")
    begun = _begun(session.scalars(sql.OF_METHODOLOGY, {"wanted": draft.methodology_id}).all(), today)
    in_force = [one for one in list_in_force(session, today) if one.methodology_id != draft.methodology_id]
    others = [_measure(Content(one.methodology, one.tables), today) for one in in_force]
    now = next((one for one in begun[-1:] if one.ended_on is None or one.ended_on > today), None)
    reviewed = next((one for one in reversed(begun) if one.first_approved_by is not None), None)
    measured = {one.version: _measured(one, others, today) for one in (draft, now, reviewed) if one is not None}
    then = measured[draft.version]
    before = None if now is None else measured[now.version]
    approved = None if reviewed is None else measured[reviewed.version]
    return ExposureReview(then, before, approved, list_rises(then, before, approved), draft.first_approved_by)


def list_rises(then: MeasuredVersion, now: MeasuredVersion | None, reviewed: MeasuredVersion | None) -> tuple[str, ...]:
    """The figures that need a second approver: above what is in force, and far above what two people approved."""
    at_now, approved = _before(then, now), _before(then, reviewed)
    return tuple(
        name
        for name, amount in then.figures().items()
        if amount > at_now[name] and amount - min(at_now[name], approved[name]) >= _most_rise(name)
    )


def _before(then: MeasuredVersion, version: MeasuredVersion | None) -> Mapping[str, int]:
    """The figures that a rise is held against: without a version nothing alone, which says it all."""
    if version is not None:
        return version.figures()
    alone = then.alone.figures()
    return {**dict.fromkeys(alone, 0), **{f"beside_{name}": then.figures()[f"beside_{name}"] for name in alone}}


def _most_rise(figure: str) -> int:
    allowed = policy().second_approver
    return allowed.rise_a_year if figure.endswith(A_YEAR) else allowed.rise_a_day


def _begun(versions: Sequence[MethodologyVersion], today: date) -> list[MethodologyVersion]:
    """The versions that count or counted, by the day they began."""
    ever = [
        one
        for one in versions
        if one.status in (VersionStatus.APPROVED, VersionStatus.WITHDRAWN)
        and one.effective_on is not None
        and one.effective_on <= today
        and one.ended_on != one.effective_on
    ]
    return sorted(ever, key=lambda one: one.effective_on or date.min)


def _measured(version: MethodologyVersion, others: Sequence[MeasuredRule], today: date) -> MeasuredVersion:
    rule = _measure(read_content(version.content_sha256, version.document, version.figures), today)
    beside = exposure_beside(rule, others, policy().unattested)
    return MeasuredVersion(version.version, rule.exposure, beside)


def _measure(content: Content, today: date) -> MeasuredRule:
    # by the figures of the month, so that a process measures each content once a month
    return measure_exposure(content.methodology, content.tables, policy().unattested, today.replace(day=1))
