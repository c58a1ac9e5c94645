"""One effect per `Idempotency-Key`, and the first answer again, byte for byte.

The answer is stored by one INSERT in the very transaction that has the effect, and the key is its primary key: of two
requests one commits. The first round trip of the transaction asks whether the caller may act at all, takes a lock on
the key and looks for an answer, and is judged in that order. So a retry stops there; and while the first request runs,
PostgreSQL lets the second wait. When the first commits, the second comes to the INSERT in vain, or to a refusal by what
the first did: either way it is undone and answered with what is stored. When the first rolls back, the second is the
first. So there is no half-done state to repair after a crash. Answers are sealed under the user's own key. A retry has
written nothing, so it commits nothing: a rollback would cost the connection every statement that it has prepared.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

from flask import g, request
from sqlalchemy import CursorResult, Index, Integer, LargeBinary, String, and_, bindparam, outerjoin, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Mapped, Session, mapped_column

from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.data.columns import DatabaseInstant, Id, NameLock, UtcInstant, stamped_by_database
from backend.platform.data.transactions import (
    Base,
    Rows,
    ask_along,
    drop_unsent_writes,
    enqueue_write,
    in_transaction,
    is_lock_timeout,
)
from backend.platform.data.upsert import insert_absent
from backend.platform.privacy.vault import the_vault

KEY = "Idempotency-Key"
MAX_KEY = 255
PURPOSE = "idempotency"
# Two forms of a compressed answer by their first byte: an old one, and one with the words that answers share.
PACKED, WORDED = b"\x00", b"\x01"
WORDS = Path(__file__).with_name("answer_words_1.txt").read_bytes()  # of the second form, for ever
RAW, PACKING_LEVEL, MEMORY, SHORTEST_PACKED = -15, 4, 8, 300
BODY_SHA256 = "body_sha256"  # of the request, where whoever read the body says it

T = TypeVar("T")
Admit = Callable[[Session], None]  # refuses, at once or with the next round trip, whoever may not act any more


class StoredAnswer(Base):
    """The answer to one request of one user, kept for its retries."""

    __tablename__ = "stored_answers"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(MAX_KEY), primary_key=True)
    request_sha256: Mapped[str] = mapped_column(String(64))  # of operation and body: another body is a mistake
    status: Mapped[int | None] = mapped_column(Integer)
    sealed_body: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcInstant)

    # tiny on PostgreSQL, where answers lie in the order of time; whoever drops old ones reads by it
    __table_args__ = (Index(None, "created_at", postgresql_using="brin"),)


class Answer(NamedTuple):
    """Bytes on the wire and their status."""

    status: int
    body: bytes


class _AlreadyClaimed(Exception):
    """Another request with this key has committed; `kept` is the row it stored, where it was read."""

    def __init__(self, kept: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.kept = kept


_TABLE = StoredAnswer.__table__
_STAMPED = {"created_at": stamped_by_database("created")}
_INSERT = insert_absent(_TABLE).values(_STAMPED)
_OF_KEY = (_TABLE.c.user_id == bindparam("owner"), _TABLE.c.key == bindparam("request_key"))
_FINISH = (
    _TABLE.update()
    .where(*_OF_KEY, _TABLE.c.status.is_(None))
    .values(status=bindparam("answer_status"), sealed_body=bindparam("answer_body"))
)
_FIND = select(_TABLE).where(*_OF_KEY)
_TAKEN = select(NameLock(bindparam("lock_name", type_=String())).label("taken")).subquery("claim")
# The lock, the time, and what is stored: one row. What was stored while it waited for the lock is not seen.
_CLAIM = select(
    _TAKEN.c.taken,
    DatabaseInstant().label("now"),
    *(_TABLE.c[name] for name in ("request_sha256", "status", "sealed_body")),
).select_from(outerjoin(_TAKEN, _TABLE, and_(*_OF_KEY)))


def answer_once(user_id: str, work: Callable[[Session], Answer | Refusal], *, admit: Admit) -> Answer | Refusal:
    """Run `work` in one transaction, once per key of this request, and return its answer or the stored one.

    Whom `admit` refuses is given neither.
    Without a key, `work` simply runs. A `Refusal` it returns is no answer to keep: what it wrote stays, the key is
    free again. Raises `idempotency.mismatch` (same key, other request), `idempotency.running` (the first has not
    finished within the lock timeout), and whatever `work` raises, in which case nothing is kept.
    """
    key = _key_of_request()
    if key is None or not user_id:
        return in_transaction(lambda session: _admitted(session, admit, work))
    asked = _Asked(user_id, key, _request_digest())

    def claimed(session: Session) -> Answer | Refusal | dict[str, Any]:
        admit(session)
        _claim(session, asked)
        try:
            answer = work(session)
        except _AlreadyClaimed as claim:
            if claim.kept is None or not drop_unsent_writes(session):
                raise
            return _opened(session, asked, claim.kept)
        if isinstance(answer, Refusal):
            _refuse_stored(session, asked)
        else:
            _keep(session, asked, answer.status, answer.body)
        return answer

    answer = _once(asked, claimed, admit)
    if isinstance(answer, dict):
        raise Refusal("idempotency.running", retry_after_s=1)
    return answer


class Steps(NamedTuple):
    """An endpoint in two steps: `begin(session)` has the effect and returns a few facts; `finish(facts)` answers.

    `finish` runs with no transaction open, so it may ask other systems; after a crash it runs again with the same
    facts, and must then come to the same effect.
    """

    begin: Callable[[Session], dict[str, Any]]
    finish: Callable[[dict[str, Any]], Any]


def answer_in_steps(
    user_id: str,
    begin: Callable[[Session], dict[str, Any]],
    finish: Callable[[dict[str, Any]], Answer],
    *,
    admit: Admit,
) -> Answer:
    """Begin once per key of this request, finish as often as it takes, and keep the first answer.

    Whom `admit` refuses begins nothing and is given no answer.
    Raises as `answer_once` does; what `finish` raises is not kept, so the same key may try to finish again.
    """
    key = _key_of_request()
    if key is None or not user_id:
        return finish(in_transaction(lambda session: _admitted(session, admit, begin)))
    asked = _Asked(user_id, key, _request_digest())

    def claimed(session: Session) -> dict[str, Any]:
        admit(session)
        _claim(session, asked)
        facts = begin(session)
        _keep(session, asked, None, json.dumps(facts).encode())
        return facts

    def keep_first(session: Session) -> Answer:
        kept = {"answer_status": answer.status, "answer_body": _sealed(session, asked, answer.body)}
        session.execute(_FINISH, asked.parameters | kept)
        stored = _stored(session, asked)
        return stored if isinstance(stored, Answer) else answer

    facts = _once(asked, claimed, admit)
    if isinstance(facts, Answer):
        return facts
    answer = finish(facts)
    return in_transaction(keep_first)


@dataclass(frozen=True)
class _Asked:
    """A request by its key, and the hash of what it asks for."""

    user_id: str
    key: str
    digest: str

    @property
    def parameters(self) -> dict[str, Any]:
        return {"owner": self.user_id, "request_key": self.key}


def _admitted(session: Session, admit: Admit, work: Callable[[Session], T]) -> T:
    admit(session)
    return work(session)


def _once(asked: _Asked, claimed: Callable[[Session], T], admit: Admit) -> T | Answer | dict[str, Any]:
    """What `claimed` returns in a transaction of its own, or what another request with this key has stored."""
    try:
        return _in_claim(claimed)
    except _AlreadyClaimed as claim:
        kept = claim.kept
        if kept is None:
            return in_transaction(lambda session: _stored(session, asked), read_only=True)
        return in_transaction(lambda session: _opened(session, asked, kept), read_only=True)
    except (Refusal, IntegrityError) as refusal:
        if isinstance(refusal, Refusal) and refusal.code == "idempotency.running":
            raise
        # what refused it may be what the first request did, which has committed since the key was looked at
        # or that the caller may not act any more: then no answer is theirs
        stored = in_transaction(
            lambda session: _admitted(session, admit, lambda admitted: _find_stored(admitted, asked)), read_only=True
        )
        if stored is None:
            raise
        return stored


def _in_claim(claimed: Callable[[Session], T]) -> T:
    try:
        return in_transaction(claimed)
    except OperationalError as error:
        if is_lock_timeout(error):
            raise Refusal("idempotency.running", retry_after_s=1) from error
        raise
    except Refusal as refusal:
        # SQLite has one writer: the first request with this key cannot be told from any other, the remedy is the same
        if refusal.code == "service.busy":
            raise Refusal("idempotency.running", retry_after_s=1) from refusal
        raise


def _claim(session: Session, asked: _Asked) -> None:
    """Lock the key with the first round trip of the transaction, and stop it where an answer is stored."""
    parameters = asked.parameters | {"lock_name": f"{asked.user_id} {asked.key}"}
    ask_along(session, _CLAIM, parameters, _refuse_claimed, tells_now=True)
    the_vault().expect(session, asked.user_id)


def _refuse_claimed(rows: Rows) -> None:
    if rows[0]["request_sha256"] is not None:
        raise _AlreadyClaimed(rows[0])


def _refuse_stored(session: Session, asked: _Asked) -> None:
    """Let a refusal that is returned undo what it wrote, where another request with this key has committed."""
    if session.execute(_FIND, asked.parameters).first() is not None:
        raise _AlreadyClaimed


def _keep(session: Session, asked: _Asked, status: int | None, body: bytes) -> None:
    """Store an answer, or facts without a status, unless another request with this key was first."""
    row = {
        "user_id": asked.user_id,
        "key": asked.key,
        "request_sha256": asked.digest,
        "status": status,
        "sealed_body": _sealed(session, asked, body),
        "created": clock.set_database_instant(),
    }
    enqueue_write(session, _INSERT, row, rows=1, otherwise=_AlreadyClaimed)


def _sealed(session: Session, asked: _Asked, plain: bytes) -> bytes:
    return the_vault().seal(session, asked.user_id, PURPOSE, _packed(plain))


def _stored(session: Session, asked: _Asked) -> Answer | dict[str, Any]:
    """The answer kept under a key, or the facts of a request that has begun and not yet finished."""
    stored = _find_stored(session, asked)
    if stored is None:
        raise Refusal("idempotency.running", retry_after_s=1)
    return stored


def _find_stored(session: Session, asked: _Asked) -> Answer | dict[str, Any] | None:
    row = session.execute(_FIND, asked.parameters).mappings().one_or_none()
    return None if row is None else _opened(session, asked, dict(row))


def _opened(session: Session, asked: _Asked, row: Mapping[str, Any]) -> Answer | dict[str, Any]:
    if row["request_sha256"] != asked.digest:
        raise Refusal("idempotency.mismatch")
    plain = _unpacked(the_vault().unseal(session, asked.user_id, PURPOSE, row["sealed_body"]))
    if row["status"] is not None:
        return Answer(row["status"], plain)
    facts: dict[str, Any] = json.loads(plain)
    return facts


def _packed(plain: bytes) -> bytes:
    """Compressed where that is shorter. No answer begins with a mark: neither JSON nor a text of ours does."""
    if len(plain) < SHORTEST_PACKED:
        return plain
    packer = zlib.compressobj(PACKING_LEVEL, zlib.DEFLATED, RAW, MEMORY, zlib.Z_DEFAULT_STRATEGY, WORDS)
    return WORDED + packer.compress(plain) + packer.flush()


def _unpacked(kept: bytes) -> bytes:
    if kept.startswith(WORDED):
        return zlib.decompressobj(RAW, WORDS).decompress(kept[len(WORDED) :])
    return zlib.decompress(kept[len(PACKED) :]) if kept.startswith(PACKED) else kept


def _key_of_request() -> str | None:
    key = request.headers.get(KEY)
    if key is not None and (not 1 <= len(key) <= MAX_KEY or not key.isprintable()):
        raise Refusal("idempotency.key_invalid", maximum_length=MAX_KEY)
    return key


def _request_digest() -> str:
    asked = f"?{request.query_string.decode(errors='replace')}" if request.query_string else ""
    operation = f"{request.method} {request.path}{asked}\n".encode()
    # a file was read once, and not into memory
    body = g.get(BODY_SHA256) or request.get_data(cache=True)
    return hashlib.sha256(operation + body).hexdigest()


def forget(session: Session, user_id: str) -> None:
    """Drop every stored answer of one person."""
    session.execute(_TABLE.delete().where(_TABLE.c.user_id == user_id))


def drop_older_than(session: Session, instant: datetime) -> int:
    """Drop answers nobody will retry for any more; return how many."""
    dropped = session.execute(_TABLE.delete().where(_TABLE.c.created_at < instant))
    return cast("CursorResult[Any]", dropped).rowcount
