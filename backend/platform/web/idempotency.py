"""One effect per `Idempotency-Key`, and the first answer again, byte for byte.

The key is claimed by an INSERT in the very transaction that has the effect: while the first request runs, PostgreSQL
lets the second wait at the unique index; when the first commits, the second finds the stored answer; when the first
rolls back, the second is the first. So there is no half-done state to repair after a crash. Answers are sealed under
the user's own key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple, TypeVar, cast

from flask import request
from sqlalchemy import CursorResult, Index, Integer, LargeBinary, String, bindparam, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, Session, mapped_column

from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.data.columns import Id, UtcInstant, stamped_by_database
from backend.platform.data.transactions import Base, enqueue_write, in_transaction, is_lock_timeout
from backend.platform.data.upsert import insert_absent
from backend.platform.privacy.vault import the_vault

KEY = "Idempotency-Key"
MAX_KEY = 255
PURPOSE = "idempotency"

T = TypeVar("T")


class StoredAnswer(Base):
    """The answer to one request of one user, kept for its retries."""

    __tablename__ = "stored_answers"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(MAX_KEY), primary_key=True)
    request_sha256: Mapped[str] = mapped_column(String(64))  # of operation and body: another body is a mistake
    status: Mapped[int | None] = mapped_column(Integer)
    sealed_body: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (Index(None, "created_at"),)


class Answer(NamedTuple):
    """Bytes on the wire and their status."""

    status: int
    body: bytes


class _AlreadyClaimed(Exception):
    """Another request with this key has committed."""


_TABLE = StoredAnswer.__table__
_STAMPED = {"created_at": stamped_by_database("created")}
_CLAIM = insert_absent(_TABLE).values(_STAMPED)
_KEEP = (
    _TABLE.update()
    .where(_TABLE.c.user_id == bindparam("owner"), _TABLE.c.key == bindparam("request_key"))
    .values(status=bindparam("answer_status"), sealed_body=bindparam("answer_body"))
)
_FINISH = _KEEP.where(_TABLE.c.status.is_(None))
_FREE = _TABLE.delete().where(_TABLE.c.user_id == bindparam("owner"), _TABLE.c.key == bindparam("request_key"))
_FIND = select(_TABLE).where(_TABLE.c.user_id == bindparam("owner"), _TABLE.c.key == bindparam("request_key"))


def answer_once(user_id: str, work: Callable[[Session], Answer | Refusal]) -> Answer | Refusal:
    """Run `work` in one transaction, once per key of this request, and return its answer or the stored one.

    Without a key, `work` simply runs. A `Refusal` it returns is no answer to keep: what it wrote stays, the key is
    free again. Raises `idempotency.mismatch` (same key, other request), `idempotency.running` (the first has not
    finished within the lock timeout), and whatever `work` raises, in which case nothing is kept.
    """
    key = _key_of_request()
    if key is None or not user_id:
        return in_transaction(work)
    digest = _request_digest()

    def claimed(session: Session) -> Answer | Refusal:
        _claim(session, user_id, key, digest)
        answer = work(session)
        mine = {"owner": user_id, "request_key": key}
        if isinstance(answer, Refusal):
            enqueue_write(session, _FREE, mine)
            return answer
        sealed = the_vault().seal(session, user_id, PURPOSE, answer.body)
        enqueue_write(session, _KEEP, mine | {"answer_status": answer.status, "answer_body": sealed})
        return answer

    answer = _claimed_once(claimed)
    if answer is not None:
        return answer
    stored = in_transaction(lambda session: _stored(session, user_id, key, digest), read_only=True)
    if isinstance(stored, Answer):
        return stored
    raise Refusal("idempotency.running", retry_after_s=1)


class Steps(NamedTuple):
    """An endpoint in two steps: `begin(session)` has the effect and returns a few facts; `finish(facts)` answers.

    `finish` runs with no transaction open, so it may ask other systems; after a crash it runs again with the same
    facts, and must then come to the same effect.
    """

    begin: Callable[[Session], dict[str, Any]]
    finish: Callable[[dict[str, Any]], Any]


def answer_in_steps(
    user_id: str, begin: Callable[[Session], dict[str, Any]], finish: Callable[[dict[str, Any]], Answer]
) -> Answer:
    """Begin once per key of this request, finish as often as it takes, and keep the first answer.

    Raises as `answer_once` does; what `finish` raises is not kept, so the same key may try to finish again.
    """
    key = _key_of_request()
    if key is None or not user_id:
        return finish(in_transaction(begin))
    digest, mine = _request_digest(), {"owner": user_id, "request_key": key}

    def sealed(session: Session, plain: bytes) -> bytes:
        return the_vault().seal(session, user_id, PURPOSE, plain)

    def claimed(session: Session) -> dict[str, Any]:
        _claim(session, user_id, key, digest)
        facts = begin(session)
        kept = {"answer_status": None, "answer_body": sealed(session, json.dumps(facts).encode())}
        enqueue_write(session, _KEEP, mine | kept)
        return facts

    def keep_first(session: Session) -> Answer:
        kept = {"answer_status": answer.status, "answer_body": sealed(session, answer.body)}
        session.execute(_FINISH, mine | kept)
        stored = _stored(session, user_id, key, digest)
        return stored if isinstance(stored, Answer) else answer

    facts = _claimed_once(claimed)
    if facts is None:
        stored = in_transaction(lambda session: _stored(session, user_id, key, digest), read_only=True)
        if isinstance(stored, Answer):
            return stored
        facts = stored
    answer = finish(facts)
    return in_transaction(keep_first)


def _claimed_once(claimed: Callable[[Session], T]) -> T | None:
    """What `claimed` returns in a transaction of its own; None when another request had the key before."""
    try:
        return in_transaction(claimed)
    except _AlreadyClaimed:
        return None
    except OperationalError as error:
        if is_lock_timeout(error):
            raise Refusal("idempotency.running", retry_after_s=1) from error
        raise
    except Refusal as refusal:
        # SQLite has one writer: the first request with this key cannot be told from any other, the remedy is the same
        if refusal.code == "service.busy":
            raise Refusal("idempotency.running", retry_after_s=1) from refusal
        raise


def _claim(session: Session, user_id: str, key: str, digest: str) -> None:
    enqueue_write(
        session,
        _CLAIM,
        {
            "user_id": user_id,
            "key": key,
            "request_sha256": digest,
            "status": None,
            "sealed_body": None,
            "created": clock.set_database_instant(),
        },
        rows=1,
        otherwise=_AlreadyClaimed,
    )


def _stored(session: Session, user_id: str, key: str, digest: str) -> Answer | dict[str, Any]:
    """The answer kept under a key, or the facts of a request that has begun and not yet finished."""
    row = session.execute(_FIND, {"owner": user_id, "request_key": key}).mappings().one_or_none()
    if row is None or row["sealed_body"] is None:
        raise Refusal("idempotency.running", retry_after_s=1)
    if row["request_sha256"] != digest:
        raise Refusal("idempotency.mismatch")
    plain = the_vault().unseal(session, user_id, PURPOSE, row["sealed_body"])
    if row["status"] is not None:
        return Answer(row["status"], plain)
    facts: dict[str, Any] = json.loads(plain)
    return facts


def _key_of_request() -> str | None:
    key = request.headers.get(KEY)
    if key is not None and (not 1 <= len(key) <= MAX_KEY or not key.isprintable()):
        raise Refusal("idempotency.key_invalid", maximum_length=MAX_KEY)
    return key


def _request_digest() -> str:
    asked = f"?{request.query_string.decode(errors='replace')}" if request.query_string else ""
    operation = f"{request.method} {request.path}{asked}\n".encode()
    return hashlib.sha256(operation + request.get_data(cache=True)).hexdigest()


def forget(session: Session, user_id: str) -> None:
    """Drop every stored answer of one person."""
    session.execute(_TABLE.delete().where(_TABLE.c.user_id == user_id))


def drop_older_than(session: Session, instant: datetime) -> int:
    """Drop answers nobody will retry for any more; return how many."""
    dropped = session.execute(_TABLE.delete().where(_TABLE.c.created_at < instant))
    return cast("CursorResult[Any]", dropped).rowcount
