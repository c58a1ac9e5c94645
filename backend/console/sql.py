"""The statements of the console, built once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import bindparam, select

from backend.console.domain import ConsoleSession, DraftState, LineComment, SecondFactor, WorkingDraft
from backend.console.models import ConsoleSessionRow, LineCommentRow, SecondFactorRow, WorkingDraftRow
from backend.platform.data.batch import Question, read_as
from backend.platform.data.upsert import replace_columns, upsert

_SESSIONS, _FACTORS = ConsoleSessionRow.__table__, SecondFactorRow.__table__
_DRAFTS, _COMMENTS = WorkingDraftRow.__table__, LineCommentRow.__table__

# Sign-ins by cookie.
_BY_SECRET = _SESSIONS.c.secret_hash == bindparam("of_secret")
_FOUND_SESSION = select(
    _SESSIONS.c.user_id, _SESSIONS.c.session_id, _SESSIONS.c.expires_at, _SESSIONS.c.second_factor_at
).where(_BY_SECRET)
INSERT_SESSION = _SESSIONS.insert()
NOTE_SECOND_FACTOR = _SESSIONS.update().where(_BY_SECRET).values(second_factor_at=bindparam("now"))
DROP_SESSION = _SESSIONS.delete().where(_BY_SECRET)
DROP_SESSIONS_OF = _SESSIONS.delete().where(_SESSIONS.c.user_id == bindparam("owner"))
DROP_EXPIRED_SESSIONS = _SESSIONS.delete().where(_SESSIONS.c.expires_at <= bindparam("now"))

# Second factors.
_OF_OWNER = _FACTORS.c.user_id == bindparam("owner")
_FACTOR = select(_FACTORS.c.user_id, _FACTORS.c.sealed_secret, _FACTORS.c.confirmed_at, _FACTORS.c.last_step).where(
    _OF_OWNER
)
# one that counts is never replaced by offering another
OFFER_FACTOR = upsert(
    _FACTORS,
    key=["user_id"],
    changes=replace_columns(_FACTORS, "sealed_secret", "created_at"),
    where=_FACTORS.c.confirmed_at.is_(None),
)
# a code is taken once: the step it is of lies behind the last one that was taken
TAKE_STEP = (
    _FACTORS.update().where(_OF_OWNER, _FACTORS.c.last_step < bindparam("step")).values(last_step=bindparam("step"))
)
CONFIRM_FACTOR = (
    _FACTORS.update().where(_OF_OWNER, _FACTORS.c.confirmed_at.is_(None)).values(confirmed_at=bindparam("now"))
)
DROP_FACTOR = _FACTORS.delete().where(_OF_OWNER)
FACTOR_DATES = select(_FACTORS.c.created_at, _FACTORS.c.confirmed_at).where(_OF_OWNER)

# Drafts in writing.
_DRAFT = select(_DRAFTS).where(_DRAFTS.c.id == bindparam("wanted"))
_LIVING = select(_DRAFTS).where(_DRAFTS.c.state != DraftState.CLOSED).order_by(_DRAFTS.c.id)
_OF_VERSION = select(_DRAFTS).where(
    _DRAFTS.c.methodology_id == bindparam("of_methodology"), _DRAFTS.c.version == bindparam("number")
)
INSERT_DRAFT = _DRAFTS.insert()
_AS_READ = (
    _DRAFTS.c.id == bindparam("wanted"),
    _DRAFTS.c.revision == bindparam("read_revision"),
    _DRAFTS.c.state == bindparam("read_state"),
)
_NEXT_REVISION: dict[str, Any] = {"revision": _DRAFTS.c.revision + 1, "changed_at": bindparam("now")}
WRITE_DRAFT = (
    _DRAFTS.update()
    .where(*_AS_READ)
    .values(document=bindparam("text"), methodology_id=bindparam("named"), **_NEXT_REVISION)
)
MOVE_DRAFT = (
    _DRAFTS.update().where(*_AS_READ).values(state=bindparam("next"), version=bindparam("number"), **_NEXT_REVISION)
)

# Comments on lines.
_COMMENTS_OF = (
    select(_COMMENTS).where(_COMMENTS.c.methodology_id == bindparam("of_methodology")).order_by(_COMMENTS.c.id)
)
INSERT_COMMENT = _COMMENTS.insert()
SETTLE_COMMENT = (
    _COMMENTS.update()
    .where(
        _COMMENTS.c.id == bindparam("wanted"),
        _COMMENTS.c.methodology_id == bindparam("of_methodology"),
        _COMMENTS.c.settled_by.is_(None),
    )
    .values(settled_by=bindparam("by"))
)

read_session: Callable[[Mapping[str, Any]], ConsoleSession] = read_as(ConsoleSession)
read_factor: Callable[[Mapping[str, Any]], SecondFactor] = read_as(SecondFactor)
read_comment: Callable[[Mapping[str, Any]], LineComment] = read_as(LineComment)


def read_draft(row: Mapping[str, Any]) -> WorkingDraft:
    """A draft in writing as the domain says it."""
    return WorkingDraft(**{**row, "state": DraftState(row["state"])})


def session_question(secret_hash: str) -> Question[ConsoleSession]:
    """The sign-in that a cookie stands for."""
    return Question(_FOUND_SESSION, {"of_secret": secret_hash}, read_session)


def factor_question(user_id: str) -> Question[SecondFactor]:
    """The second factor of one person."""
    return Question(_FACTOR, {"owner": user_id}, read_factor)


def draft_question(draft_id: str) -> Question[WorkingDraft]:
    """One draft in writing."""
    return Question(_DRAFT, {"wanted": draft_id}, read_draft)


def living_drafts() -> Question[WorkingDraft]:
    """Every draft that is written or reviewed, the oldest first."""
    return Question(_LIVING, {}, read_draft)


def draft_of_version(methodology_id: str, version: int) -> Question[WorkingDraft]:
    """The draft that was last submitted as a version."""
    return Question(_OF_VERSION, {"of_methodology": methodology_id, "number": version}, read_draft)


def comments_question(methodology_id: str) -> Question[LineComment]:
    """Every comment on a methodology, the oldest first."""
    return Question(_COMMENTS_OF, {"of_methodology": methodology_id}, read_comment)
