"""The outbox: what must happen afterwards, written in the transaction that caused it.

A row says which topic, whose it is and the facts. The jobs slice hands each row to the handler of its topic, at least
once and in order per person. A slice names its handlers in its `wiring`, in one of two ways:

    handle(app, "activities.settled", verb)     verb(session, user_id, facts), in the transaction that removes the row
    deliver(app, "mail.send", call)             call(user_id, facts), with no transaction open: it may talk to the world

A row that keeps failing goes to the dead letters with its reason, and the person's next row proceeds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask
from sqlalchemy import Index, Integer, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from backend.platform.core import clock
from backend.platform.data import ids
from backend.platform.data.columns import Document, Id, UtcInstant
from backend.platform.data.transactions import Base, enqueue_write

Facts = dict[str, Any]


class OutboxRow(Base):
    """One thing that must still happen; deleted when its handler has succeeded."""

    __tablename__ = "outbox"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    topic: Mapped[str] = mapped_column(String(80))
    facts: Mapped[Facts] = mapped_column(Document)
    due_at: Mapped[datetime] = mapped_column(UtcInstant)  # with `id` the order of one person's rows
    not_before: Mapped[datetime] = mapped_column(UtcInstant)  # later than `due_at` while taken, and after a failure
    attempts: Mapped[int] = mapped_column(Integer)

    __table_args__ = (Index(None, "not_before", "due_at", "id"),)


@dataclass(frozen=True)
class Handler:
    """What to do with the rows of one topic; exactly one of the two is given."""

    verb: Callable[[Session, str, Facts], object] | None = None
    call: Callable[[str, Facts], object] | None = None


_INSERT = OutboxRow.__table__.insert().values(
    due_at=clock.stamped_by_database("due"), not_before=clock.stamped_by_database("due")
)


def send(session: Session, user_id: str, topic: str, facts: Facts, due_at: datetime | None = None) -> str:
    """Put a row in the outbox, in this transaction; return its id. `facts` hold ids, never personal data.

    Due at once by the database's clock, which is the one that rows are taken by; `due_at` is an instant of that clock.
    """
    row_id = ids.new_id("outbox")
    row = {
        "user_id": user_id,
        "id": row_id,
        "topic": topic,
        "facts": facts,
        "due": due_at or clock.set_database_instant(),
        "attempts": 0,
    }
    enqueue_write(session, _INSERT, row)
    return row_id


def forget(session: Session, user_id: str) -> None:
    """Drop every row of one person: whoever is erased has nothing left to be done."""
    session.execute(OutboxRow.__table__.delete().where(OutboxRow.user_id == user_id))


def handle(app: Flask, topic: str, verb: Callable[[Session, str, Facts], object]) -> None:
    """Let `verb` have the rows of `topic`; its effect commits together with the row's removal."""
    _register(app, topic, Handler(verb=verb))


def deliver(app: Flask, topic: str, call: Callable[[str, Facts], object]) -> None:
    """Let `call` have the rows of `topic`; it may be called again for a row it had already delivered."""
    _register(app, topic, Handler(call=call))


def handlers(app: Flask) -> dict[str, Handler]:
    """The handler of every topic."""
    known: dict[str, Handler] = app.extensions.setdefault("carbon.outbox_handlers", {})
    return known


def _register(app: Flask, topic: str, handler: Handler) -> None:
    if topic in handlers(app):
        raise ValueError(f"outbox topic {topic!r} has a handler already")
    handlers(app)[topic] = handler
