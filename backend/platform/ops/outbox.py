"""The outbox: what must happen afterwards, written in the transaction that caused it.

A row says which topic, whose it is and the facts. The jobs slice hands each row to the handler of its topic, at least
once and in order per person and lane. A slice names its handlers in its `wiring`, in one of two ways:

    handle(app, "activities.settled", verb)     verb(session, user_id, facts), in the transaction that removes the row
    deliver(app, "mail.send", call)             call(user_id, facts), with no transaction open: it may talk to the world

A *lane* is a queue of its own with workers of its own, so that no remote system that has stopped answering keeps
anything else waiting. Verbs share one lane; each topic that is delivered has its own, unless it names another, and
`remote` divides a lane further, by the system that a row is for.

A row that keeps failing goes to the dead letters with its reason, and the person's next row proceeds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, current_app
from sqlalchemy import Index, Integer, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from backend.platform.core import clock
from backend.platform.data import ids
from backend.platform.data.columns import Document, Id, UtcInstant, stamped_by_database
from backend.platform.data.transactions import Base, enqueue_write

Facts = dict[str, Any]
Verb = Callable[[Session, str, Facts], object]
Call = Callable[[str, Facts], object]

# The lane of what only writes to our own database.
LOCAL = "local"
# how long a row rests after a failure at most, unless its topic says less
LONGEST_PAUSE = timedelta(minutes=30)
LONGEST_LANE = 120


class OutboxRow(Base):
    """One thing that must still happen; deleted when its handler has succeeded."""

    __tablename__ = "outbox"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    topic: Mapped[str] = mapped_column(String(80))
    # with a default of the database's, so that a process of the version before can still write while we migrate
    lane: Mapped[str] = mapped_column(String(LONGEST_LANE), server_default=LOCAL)
    facts: Mapped[Facts] = mapped_column(Document)
    due_at: Mapped[datetime] = mapped_column(UtcInstant)  # with `id` the order of one person's rows in a lane
    not_before: Mapped[datetime] = mapped_column(UtcInstant)  # later than `due_at` while taken, and after a failure
    attempts: Mapped[int] = mapped_column(Integer)  # how often it was taken
    failures: Mapped[int] = mapped_column(Integer, server_default="0")  # attempts that ended with an error
    first_failed_at: Mapped[datetime | None] = mapped_column(UtcInstant)  # since when it has been tried in vain

    __table_args__ = (
        Index(None, "lane", "not_before", "due_at", "id"),
        Index(None, "user_id", "lane", "due_at", "id"),
    )


@dataclass(frozen=True)
class Handler:
    """What to do with the rows of one topic, in which lane, and how long one that failed rests at most.

    Exactly one of `verb` and `call` is given.
    """

    verb: Verb | None = None
    call: Call | None = None
    lane: str = LOCAL
    longest_pause: timedelta = LONGEST_PAUSE


_INSERT = OutboxRow.__table__.insert().values(due_at=stamped_by_database("due"), not_before=stamped_by_database("due"))


def enqueue(
    session: Session, user_id: str, topic: str, facts: Facts, due_at: datetime | None = None, *, remote: str = ""
) -> str:
    """Put a row in the outbox, in this transaction; return its id. `facts` hold ids, never personal data.

    Due at once by the database's clock, which is the one that rows are taken by; `due_at` is an instant of that clock.
    `remote` names the system the row is for, one of a few, where a topic talks to several: each has its own lane.
    """
    row_id = ids.new_id("outbox")
    lane = _lane_of(topic, remote)
    _insert(session, {"user_id": user_id, "id": row_id, "topic": topic, "facts": facts, "due": due_at, "lane": lane})
    return row_id


def enqueue_again(session: Session, user_id: str, row_id: str, topic: str, facts: Facts, *, lane: str) -> None:
    """Put a row back under its id and into the lane it had, due at once, with all its attempts ahead of it."""
    _insert(session, {"user_id": user_id, "id": row_id, "topic": topic, "facts": facts, "due": None, "lane": lane})


def forget(session: Session, user_id: str) -> None:
    """Drop every row of one person: whoever is erased has nothing left to be done."""
    session.execute(OutboxRow.__table__.delete().where(OutboxRow.user_id == user_id))


def handle(app: Flask, topic: str, verb: Verb, *, lane: str = LOCAL) -> None:
    """Let `verb` have the rows of `topic`; its effect commits together with the row's removal."""
    _register(app, topic, Handler(verb=verb, lane=lane))


def deliver(app: Flask, topic: str, call: Call, *, lane: str = "", longest_pause: timedelta = LONGEST_PAUSE) -> None:
    """Let `call` have the rows of `topic`, in a lane of their own unless another is named.

    It may be called again for a row it had already delivered. `longest_pause`: what somebody waits for is tried again
    that soon, however often it has failed.
    """
    _register(app, topic, Handler(call=call, lane=lane or topic, longest_pause=longest_pause))


def handlers(app: Flask) -> dict[str, Handler]:
    """The handler of every topic."""
    known: dict[str, Handler] = app.extensions.setdefault("carbon.outbox_handlers", {})
    return known


def _lane_of(topic: str, remote: str) -> str:
    handler = current_app.extensions.get("carbon.outbox_handlers", {}).get(topic)
    lane: str = handler.lane if handler else LOCAL
    return f"{lane}:{remote}"[:LONGEST_LANE] if remote else lane


def _insert(session: Session, row: dict[str, Any]) -> None:
    fresh = {"due": row["due"] or clock.set_database_instant(), "attempts": 0, "failures": 0}
    enqueue_write(session, _INSERT, row | fresh)


def _register(app: Flask, topic: str, handler: Handler) -> None:
    if topic in handlers(app):
        raise ValueError(f"outbox topic {topic!r} has a handler already")
    handlers(app)[topic] = handler
