"""What the console talks about: sign-ins by cookie, second factors, drafts in writing, comments on lines. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from backend.platform.core.roles import ADMIN, AUDITOR, FINANCE, METHODOLOGIST, REVIEWER, SUPPORT, holders_of

ENROLMENT, CODE = "enrolment", "code"  # the steps of the second factor
OPERATORS = holders_of(SUPPORT, METHODOLOGIST, REVIEWER, FINANCE, AUDITOR, ADMIN)
READERS = holders_of(METHODOLOGIST, REVIEWER, AUDITOR, ADMIN)
WRITERS = holders_of(METHODOLOGIST)
REVIEWERS = holders_of(REVIEWER)
DECIDERS = holders_of(SUPPORT, ADMIN)
JUDGES = holders_of(SUPPORT, ADMIN, AUDITOR)
# Whoever holds one of these decides about others, and shows a second factor first.
APPROVERS = frozenset({REVIEWER, SUPPORT, FINANCE, ADMIN})


class DraftState(StrEnum):
    """Where a draft in writing stands."""

    OPEN = "open"  # its author writes
    IN_REVIEW = "in_review"  # submitted: locked until it is decided, or taken back
    CLOSED = "closed"  # approved, or rejected for good


@dataclass(frozen=True)
class ConsoleSession:
    """A sign-in by cookie, and the session of accounts it rests on: when that ends, this does."""

    user_id: str
    session_id: str
    expires_at: datetime
    second_factor_at: datetime | None


@dataclass(frozen=True)
class SecondFactor:
    """The secret that somebody's authenticator holds, sealed; it counts once a code of it was given."""

    user_id: str
    sealed_secret: bytes
    confirmed_at: datetime | None
    last_step: int


@dataclass(frozen=True)
class WorkingDraft:
    """A document in writing. `version` is the submitted version while it is in review, and the last one before."""

    id: str
    methodology_id: str
    document: str
    revision: int
    state: DraftState
    written_by: str
    version: int | None
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True)
class LineComment:
    """What somebody said about the text of a line; it stays with that text wherever it stands."""

    id: str
    methodology_id: str
    line_sha256: str
    line: str
    words: str
    written_by: str
    written_at: datetime
    settled_by: str | None


@dataclass(frozen=True)
class LineShown:
    """A line of a document as a page shows it: its number, its text, the faults and the comments on it."""

    number: int
    text: str
    sha256: str
    faults: Sequence[str] = ()
    comments: Sequence[LineComment] = ()


@dataclass(frozen=True)
class WaitingKind:
    """One kind of what waits for somebody: how many, and where it is decided."""

    kind: str
    count: int
    to: str
    is_more: bool = False
    items: Sequence[WaitingItem] = ()


@dataclass(frozen=True)
class WaitingItem:
    """One thing that waits: its words, since when, and where it is decided (empty: on the command line)."""

    words: str
    to: str
    since: datetime | None = None


def line_sha256(text: str) -> str:
    """The hash that anchors a comment: of the line's text without the spaces around it."""
    return hashlib.sha256(text.strip().encode()).hexdigest()
