"""Reviewing a version: its page, comments on its lines, and the decision.

Every decision is the rule book's own verb, bound to the hash that the reviewer's form carries; nothing is decided here.
To request changes is to reject a version and to open its draft again. The author hears of every outcome.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from backend.console import sql
from backend.console.domain import LineComment, LineShown, WorkingDraft, line_sha256
from backend.console.models import LONGEST_LINE
from backend.console.service.drafts import annotate, follow_decision
from backend.methodology import service as methodology
from backend.methodology.domain import MethodologyState, VersionStatus
from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.data import ids
from backend.platform.data.batch import fetch
from backend.platform.data.transactions import touched
from calculators import ExampleOutcome, NoChange, Row, draw_formula

APPROVED, REJECTED, CHANGES = "approved", "rejected", "changes"


@dataclass(frozen=True)
class VersionListed:
    """One version in the history of a methodology: what became of it, when, by whom and why."""

    version: int
    sha256: str
    status: str
    state: str
    authors: Sequence[str]
    decided_by: str | None
    effective_on: date | None
    ended_on: date | None
    reason: str | None


@dataclass(frozen=True)
class VersionPage:
    """A version with everything a reviewer looks at before deciding."""

    methodology_id: str
    version: int
    sha256: str
    status: str
    state: str
    authors: Sequence[str]
    described: Mapping[str, Any]
    formulas: Sequence[str]
    figures: Sequence[Row]
    no_change: Sequence[NoChange]
    effects: methodology.Effects
    examples: Sequence[ExampleOutcome]
    lines: Sequence[LineShown]
    elsewhere: Sequence[LineComment]
    history: Sequence[VersionListed]
    draft: WorkingDraft | None


def list_states(session: Session) -> Sequence[MethodologyState]:
    """Every methodology as it stands today."""
    return methodology.list_states(session, get_today(session))


def get_version_page(session: Session, methodology_id: str, version: int) -> VersionPage:
    """One version in any state; raise `not_found.methodology_version`."""
    view = methodology.get_any_version(session, methodology_id, version)
    comments = fetch(session, sql.comments_question(methodology_id)).all()
    lines, elsewhere = annotate(view.stored.document, (), comments)
    effects = methodology.get_effects(session, methodology_id, version)
    history = list_history(session, methodology_id)
    return VersionPage(
        methodology_id=methodology_id,
        version=version,
        sha256=view.stored.content_sha256,
        status=view.stored.status,
        state=next(one.state for one in history if one.version == version),
        authors=view.stored.authors,
        described=view.described,
        formulas=[draw_formula(name, text) for name, text in view.described["formulas"].items() if text],
        figures=view.figures,
        no_change=view.no_change,
        effects=effects,
        examples=effects.examples,
        lines=lines,
        elsewhere=elsewhere,
        history=history,
        draft=fetch(session, sql.draft_of_version(methodology_id, version)).one_or_none(),
    )


def list_history(session: Session, methodology_id: str) -> list[VersionListed]:
    """Every version of a methodology, the latest first."""
    versions = methodology.list_versions(session, methodology_id)
    today = get_today(session)
    begun = [one.effective_on for one in versions if one.status == "approved" and one.effective_on is not None]
    current = max((day for day in begun if day <= today), default=None)
    return [
        VersionListed(
            version=one.version,
            sha256=one.content_sha256,
            status=one.status,
            state=_state_of(one.status, one.effective_on, current, today),
            authors=one.authors,
            decided_by=one.closed_by or one.approved_by,
            effective_on=one.effective_on,
            ended_on=one.ended_on,
            reason=one.closing_reason,
        )
        for one in reversed(versions)
    ]


def approve(
    session: Session, reviewer_id: str, methodology_id: str, version: int, sha256: str, effective_on: date | None
) -> None:
    """Approve exactly the content whose hash the form carries; raises as the rule book's own verb does.

    The first of two approvals that are needed decides nothing yet: the draft stays in review.
    """
    decided = methodology.approve(session, reviewer_id, methodology_id, version, sha256, effective_on)
    if decided.status == VersionStatus.APPROVED:
        follow_decision(session, methodology_id, version, reopened=False, kind=APPROVED)


def reject(session: Session, reviewer_id: str, methodology_id: str, version: int, reason: str) -> None:
    """Close a version for good, saying why; raise `methodology.decided`."""
    methodology.reject(session, reviewer_id, methodology_id, version, reason)
    follow_decision(session, methodology_id, version, reopened=False, kind=REJECTED)


def request_changes(session: Session, reviewer_id: str, methodology_id: str, version: int, reason: str) -> None:
    """Close a version and give its draft back to its author, saying what to change; raise `methodology.decided`."""
    methodology.reject(session, reviewer_id, methodology_id, version, reason)
    follow_decision(session, methodology_id, version, reopened=True, kind=CHANGES)


def comment(session: Session, author_id: str, methodology_id: str, version: int, line: int, words: str) -> None:
    """Say something about the text of a line of a version; raise `not_found` for a line it does not have."""
    lines = methodology.get_version(session, methodology_id, version).document.splitlines()
    if not 1 <= line <= len(lines):
        raise Refusal("not_found")
    row = {
        "id": ids.new_id("line_comment"),
        "methodology_id": methodology_id,
        "line_sha256": line_sha256(lines[line - 1]),
        "line": lines[line - 1][:LONGEST_LINE],
        "words": words,
        "written_by": author_id,
        "written_at": clock.database_now(session),
        "settled_by": None,
    }
    session.execute(sql.INSERT_COMMENT, row)


def settle_comment(session: Session, user_id: str, methodology_id: str, comment_id: str) -> None:
    """Take an open comment off the lines; raise `not_found` for any other."""
    asked = {"wanted": comment_id, "of_methodology": methodology_id, "by": user_id}
    if touched(session, sql.SETTLE_COMMENT, asked) == 0:
        raise Refusal("not_found")


def _state_of(status: str, effective_on: date | None, current: date | None, today: date) -> str:
    """What a version is called: an approved one is scheduled, in force, or superseded."""
    if status != "approved" or effective_on is None:
        return {"draft": "in_review"}.get(status, status)
    if effective_on > today:
        return "scheduled"
    return "in_force" if effective_on == current else "superseded"


def get_today(session: Session) -> date:
    """The civil day in UTC by the database's clock."""
    return clock.local_day(clock.database_now(session), "UTC")
