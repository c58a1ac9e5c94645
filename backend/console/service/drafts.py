"""Drafts in writing: a new version from an existing one, its text, the faults at their lines, and the way to review.

What is submitted becomes a version by the rule book's own verb and never changes; while it is in review the draft is
locked. Whoever changes it takes it back first, which closes that version: an approval of its content finds it closed.
Each change names the revision it was made to, so that of two at once one is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from backend.console import sql
from backend.console.domain import DraftState, LineComment, LineShown, WorkingDraft, line_sha256
from backend.inbox import service as inbox
from backend.methodology import service as methodology
from backend.platform.core import clock
from backend.platform.core.errors import InvalidFields, Refusal
from backend.platform.data import ids
from backend.platform.data.batch import fetch
from backend.platform.data.transactions import touched
from calculators import DocumentProblem

TAKEN_BACK = "taken back by its author"


@dataclass(frozen=True)
class DraftView:
    """A draft as its page shows it: its lines with faults and comments, and the comments whose line has changed."""

    draft: WorkingDraft
    lines: Sequence[LineShown]
    elsewhere: Sequence[LineComment]
    faults: Sequence[DocumentProblem] = field(default_factory=tuple)


def begin_draft(session: Session, author_id: str, methodology_id: str, version: int) -> WorkingDraft:
    """A new draft with the text of an existing version; raise `not_found.methodology_version`."""
    source = methodology.get_version(session, methodology_id, version)
    now = clock.database_now(session)
    draft = WorkingDraft(
        id=ids.new_id("working_draft"),
        methodology_id=methodology_id,
        document=source.document,
        revision=1,
        state=DraftState.OPEN,
        written_by=author_id,
        version=None,
        created_at=now,
        changed_at=now,
    )
    session.execute(sql.INSERT_DRAFT, vars(draft))
    return draft


def get_draft(session: Session, draft_id: str) -> WorkingDraft:
    """One draft; raise `not_found`."""
    found = fetch(session, sql.draft_question(draft_id)).one_or_none()
    if found is None:
        raise Refusal("not_found")
    return found


def view_draft(session: Session, draft_id: str) -> DraftView:
    """A draft with the faults of its text at their lines."""
    draft = get_draft(session, draft_id)
    faults = methodology.find_faults(draft.document)
    comments = fetch(session, sql.comments_question(draft.methodology_id)).all()
    lines, elsewhere = annotate(draft.document, faults, comments)
    return DraftView(draft, lines, elsewhere, faults)


def list_drafts(session: Session) -> Sequence[WorkingDraft]:
    """Every draft that is written or reviewed."""
    return fetch(session, sql.living_drafts()).all()


def write_draft(session: Session, author_id: str, draft_id: str, revision: int, document: str) -> None:
    """Put a text in the place of a draft's; raise `console.draft_locked` or `console.draft_changed`."""
    draft = _own(session, author_id, draft_id)
    text = document.replace("\r\n", "\n").rstrip("\n") + "\n"
    asked = {"wanted": draft.id, "read_revision": revision, "read_state": DraftState.OPEN}
    given = {"text": text, "named": draft.methodology_id, "now": clock.database_now(session)}
    _changed(touched(session, sql.WRITE_DRAFT, asked | given), draft)


def submit(session: Session, author_id: str, draft_id: str, revision: int) -> int:
    """Submit a draft for review, as a version of its own; return its number.

    Raises `request.invalid` with the line of each fault, `methodology.nothing_changed` for a text that counts already,
    and `console.draft_locked` or `console.draft_changed`.
    """
    draft = _own(session, author_id, draft_id)
    if draft.state != DraftState.OPEN:
        raise Refusal("console.draft_locked")
    submitted = methodology.submit_draft(session, author_id, draft.document)
    if submitted.methodology_id != draft.methodology_id:
        raise InvalidFields([{"field": "document.id", "code": "not_one_of", "choices": draft.methodology_id}])
    _move(session, draft, revision, DraftState.IN_REVIEW, submitted.version)
    return submitted.version


def take_back(session: Session, author_id: str, draft_id: str, revision: int) -> None:
    """Take a draft out of review to change it; its version is closed. Raises `methodology.decided` where it is late."""
    draft = _own(session, author_id, draft_id)
    if draft.state != DraftState.IN_REVIEW or draft.version is None:
        raise Refusal("console.draft_changed")
    methodology.reject(session, author_id, draft.methodology_id, draft.version, TAKEN_BACK)
    _move(session, draft, revision, DraftState.OPEN, draft.version)


def follow_decision(session: Session, methodology_id: str, version: int, *, reopened: bool, kind: str) -> None:
    """Let the draft behind a decided version follow it, and its author hear of it."""
    stored = methodology.get_version(session, methodology_id, version)
    draft = fetch(session, sql.draft_of_version(methodology_id, version)).one_or_none()
    if draft is not None and draft.state == DraftState.IN_REVIEW:
        _move(session, draft, draft.revision, DraftState.OPEN if reopened else DraftState.CLOSED, version)
    if ids.is_id("user", stored.submitted_by):
        facts = {"methodology": methodology_id, "version": version}
        inbox.notify(session, stored.submitted_by, f"review.{kind}", facts)


def annotate(
    document: str, faults: Sequence[DocumentProblem], comments: Sequence[LineComment]
) -> tuple[list[LineShown], list[LineComment]]:
    """The lines of a text with what is said about each, and the comments whose line is not there any more.

    A comment stands at every line with its text; faults of no line stand at the first.
    """
    open_comments = [comment for comment in comments if comment.settled_by is None]
    shown = []
    for number, text in enumerate(document.splitlines(), start=1):
        anchor = line_sha256(text)
        own = [str(fault) for fault in faults if max(fault.line, 1) == number]
        said = [comment for comment in open_comments if comment.line_sha256 == anchor]
        shown.append(LineShown(number, text, anchor, own, said))
    present = {line.sha256 for line in shown}
    return shown, [comment for comment in open_comments if comment.line_sha256 not in present]


def _own(session: Session, author_id: str, draft_id: str) -> WorkingDraft:
    draft = get_draft(session, draft_id)
    if draft.written_by != author_id:
        raise Refusal("console.not_the_author")
    return draft


def _move(session: Session, draft: WorkingDraft, revision: int, state: DraftState, version: int) -> None:
    asked = {"wanted": draft.id, "read_revision": revision, "read_state": draft.state}
    given = {"next": state, "number": version, "now": clock.database_now(session)}
    _changed(touched(session, sql.MOVE_DRAFT, asked | given), draft)


def _changed(rows: int, draft: WorkingDraft) -> None:
    """Refuse a change that was made to a text nobody has any more."""
    if rows == 0:
        raise Refusal("console.draft_locked" if draft.state != DraftState.OPEN else "console.draft_changed")
