"""Four eyes: somebody submits exact content, somebody else approves exactly that content.

What was decided is never changed; the database refuses it too. A new version begins on a day that has begun nowhere
yet, so that no activity already logged would have had another version.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy.orm import Session

from backend.methodology import sql
from backend.methodology.domain import VersionStatus
from backend.methodology.models import MethodologyVersion
from backend.methodology.service.exposure import review_exposure
from backend.methodology.service.in_force import read_content
from backend.platform.core import clock
from backend.platform.core.errors import InvalidFields, Refusal, invalid_field
from backend.platform.data import ids
from backend.platform.privacy import audit
from calculators import (
    DocumentProblem,
    DocumentRefused,
    Methodology,
    Tables,
    bundle_sha256,
    check_methodology,
    freeze,
    load_library,
    parse_methodology,
    run_examples,
)

EARLIEST_ZONE = "Pacific/Kiritimati"  # UTC+14: where every civil day begins first
# A phone's clock may run ahead, and an approval takes a moment to commit.
MARGIN = timedelta(hours=1)


def submit_draft(session: Session, author_id: str, document: str, tables: Tables | None = None) -> MethodologyVersion:
    """A new draft of the methodology that `document` describes, with the figures it can reach pinned to it.

    The figures are those of `tables` (default: the shipped ones). Everyone who submitted a draft since the last
    approval counts as an author of this one, for it may hold their words. Raises `request.invalid` with the line and
    remedy of every problem, and `methodology.nothing_changed` for what was approved last already.
    """
    tables = tables or load_library().tables
    methodology = _checked(document, tables)
    figures = freeze(methodology, tables)
    versions = _lock_versions(session, methodology.id)
    _check_novelty(versions, bundle_sha256(methodology.text, figures))
    draft = MethodologyVersion(
        id=ids.new_id("methodology_version"),
        methodology_id=methodology.id,
        version=1 + max((known.version for known in versions), default=0),
        content_sha256=bundle_sha256(methodology.text, figures),
        document=methodology.text,
        figures=figures,
        submitted_by=author_id,
        authors=_authors(versions, author_id),
        created_at=clock.database_now(session),
        status=VersionStatus.DRAFT,
    )
    session.add(draft)
    session.flush()
    _note(session, author_id, "submitted", draft, "submitted for review")
    return draft


def approve(
    session: Session,
    reviewer_id: str,
    methodology_id: str,
    version: int,
    sha256: str,
    effective_on: date | None = None,
) -> MethodologyVersion:
    """Put a draft in force from `effective_on` (default: the first day that has begun nowhere yet).

    Where its exposure rises so much that two must approve, the first approval leaves it a draft, and the second one, by
    somebody else and of the same content, puts it in force. `sha256` is the content hash the reviewer has read. Raises
    `methodology.four_eyes`, `methodology.other_content`, `methodology.decided`, `methodology.second_approver`,
    `methodology.examples_fail`, or `request.invalid` for a day that cannot be.
    """
    versions = _lock_versions(session, methodology_id)
    draft = _only(versions, version)
    if draft.status != VersionStatus.DRAFT:
        raise Refusal("methodology.decided", status_now=draft.status)
    if reviewer_id in draft.authors:
        raise Refusal("methodology.four_eyes")
    if sha256 != draft.content_sha256:
        raise Refusal("methodology.other_content", sha256=draft.content_sha256)
    if reviewer_id == draft.first_approved_by:
        raise Refusal("methodology.second_approver")
    _check_examples(draft)
    first_day, review = _first_day(session, versions, effective_on), review_exposure(session, draft)
    draft.exposure = review.record()
    if review.approvers > 1 and draft.first_approved_by is None:
        return _approve_first(session, draft, reviewer_id, sha256)
    draft.effective_on = first_day
    draft.status = VersionStatus.APPROVED
    draft.approved_by = reviewer_id
    draft.approved_sha256 = sha256
    draft.approved_at = clock.database_now(session)
    session.flush()
    _note(session, reviewer_id, "approved", draft, f"counts from {draft.effective_on}")
    return draft


def _approve_first(session: Session, draft: MethodologyVersion, reviewer_id: str, sha256: str) -> MethodologyVersion:
    draft.first_approved_by = reviewer_id
    draft.first_approved_sha256 = sha256
    draft.first_approved_at = clock.database_now(session)
    session.flush()
    _note(session, reviewer_id, "first_approved", draft, "a second approver is needed")
    return draft


def reject(session: Session, reviewer_id: str, methodology_id: str, version: int, reason: str) -> MethodologyVersion:
    """Close a draft that will not be approved, saying why; its author may do so too. Raises `methodology.decided`."""
    draft = _only(_lock_versions(session, methodology_id), version)
    if draft.status != VersionStatus.DRAFT:
        raise Refusal("methodology.decided", status_now=draft.status)
    _close(session, draft, VersionStatus.REJECTED, reviewer_id, reason)
    return draft


def withdraw(
    session: Session,
    reviewer_id: str,
    methodology_id: str,
    version: int,
    reason: str,
    ended_on: date | None = None,
) -> MethodologyVersion:
    """End an approved version without a successor; `ended_on` is the first day on which nothing counts.

    A version that has not begun ends on its own first day: it never counts, and the one before goes on. Raises
    `methodology.not_approved`, or `request.invalid` for a day that has begun.
    """
    approved = _only(_lock_versions(session, methodology_id), version)
    if approved.status != VersionStatus.APPROVED or approved.effective_on is None:
        raise Refusal("methodology.not_approved", status_now=approved.status)
    earliest = first_open_day(session)
    if ended_on is not None and ended_on < earliest:
        raise invalid_field("ended_on", "day_begun", earliest=earliest.isoformat())
    approved.ended_on = max(ended_on or earliest, approved.effective_on)
    _close(session, approved, VersionStatus.WITHDRAWN, reviewer_id, reason)
    return approved


def get_version(session: Session, methodology_id: str, version: int) -> MethodologyVersion:
    """One version, whatever became of it; raise `not_found.methodology_version`."""
    found = session.scalars(sql.ONE, {"wanted": methodology_id, "number": version}).one_or_none()
    if found is None:
        raise Refusal("not_found.methodology_version")
    return found


def list_authors(session: Session, methodology_id: str, version: int) -> list[str]:
    """Everyone who wrote any of one version; nobody for a version that is not there."""
    return session.scalar(sql.AUTHORS_OF_ONE, {"wanted": methodology_id, "number": version}) or []


def list_versions(session: Session, methodology_id: str) -> Sequence[MethodologyVersion]:
    """Every version of a methodology in any state, the first one first."""
    return session.scalars(sql.OF_METHODOLOGY, {"wanted": methodology_id}).all()


def list_open_authors(session: Session) -> list[str]:
    """Everyone who wrote any of a draft that waits for a reviewer."""
    return sorted({author for authors in session.scalars(sql.AUTHORS_OF_DRAFTS) for author in authors})


def first_open_day(session: Session) -> date:
    """The first civil day that has begun nowhere on Earth, and begins nowhere within the hour."""
    return clock.local_day(clock.database_now(session) + MARGIN, EARLIEST_ZONE) + timedelta(days=1)


def _lock_versions(session: Session, methodology_id: str) -> Sequence[MethodologyVersion]:
    return session.scalars(sql.LOCK_OF_METHODOLOGY, {"wanted": methodology_id}).all()


def find_faults(document: str, tables: Tables | None = None) -> Sequence[DocumentProblem]:
    """What `submit_draft` would refuse in a document, each with its line; nothing where it may be submitted."""
    try:
        methodology = parse_methodology(document)
    except DocumentRefused as refused:
        return refused.problems
    return tuple(check_methodology(methodology, tables or load_library().tables))


def _checked(document: str, tables: Tables) -> Methodology:
    problems = find_faults(document, tables)
    if problems:
        raise InvalidFields([_field(problem) for problem in problems])
    return parse_methodology(document)


def _check_novelty(versions: Sequence[MethodologyVersion], sha256: str) -> None:
    """Refuse content that counts already, or will: whoever approved it would decide nothing."""
    approved = [known for known in versions if known.status == VersionStatus.APPROVED]
    if approved and approved[-1].content_sha256 == sha256:
        raise Refusal("methodology.nothing_changed", version_now=approved[-1].version)


def _only(versions: Sequence[MethodologyVersion], version: int) -> MethodologyVersion:
    for known in versions:
        if known.version == version:
            return known
    raise Refusal("not_found.methodology_version")


def _authors(versions: Sequence[MethodologyVersion], author_id: str) -> list[str]:
    approved = [known.version for known in versions if known.approved_by is not None]
    last = max(approved, default=0)
    since = {author for known in versions if known.version > last for author in known.authors}
    return sorted(since | {author_id})


def _first_day(session: Session, versions: Sequence[MethodologyVersion], wanted: date | None) -> date:
    earliest = first_open_day(session)
    decided = [known for known in versions if known.effective_on is not None]
    chosen = wanted or earliest
    # only the very first version may count for days that have begun: before it nothing counted
    if decided and chosen < earliest:
        raise invalid_field("effective_on", "day_begun", earliest=earliest.isoformat())
    if any(known.effective_on == chosen and known.status == VersionStatus.APPROVED for known in decided):
        raise invalid_field("effective_on", "day_taken")
    return chosen


def _check_examples(draft: MethodologyVersion) -> None:
    methodology, tables = read_content(draft.content_sha256, draft.document, draft.figures)
    failing = [outcome.name for outcome in run_examples(methodology, tables) if not outcome.passed]
    if failing:
        raise Refusal("methodology.examples_fail", examples=failing)


def _close(session: Session, version: MethodologyVersion, status: str, by: str, reason: str) -> None:
    version.status = status
    version.closed_by = by
    version.closed_at = clock.database_now(session)
    version.closing_reason = reason
    session.flush()
    _note(session, by, status, version, reason)


def _note(session: Session, who: str, act: str, version: MethodologyVersion, reason: str) -> None:
    audit.record(
        session,
        who=who,
        action=f"methodology.{act}",
        subject=f"{version.methodology_id} version {version.version}",
        reason=reason,
        content_sha256=version.content_sha256,
    )


def _field(problem: DocumentProblem) -> dict[str, str]:
    return {"field": f"document.{problem.path}", "code": "document", "message": str(problem)}
