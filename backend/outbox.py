"""The outbox: what must happen afterwards, written in the transaction that caused it.

A row says which topic, whose it is and the facts. The jobs slice hands each row to the handler of its topic, at least
once, in order per person; handlers are idempotent. A row that keeps failing goes to the dead letters with its reason.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from backend import clock, ids
from backend.columns import Document, Id, UtcInstant
from backend.db import Base, write_later


class OutboxRow(Base):
    """One thing that must still happen; deleted when its handler has committed."""

    __tablename__ = "outbox"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    topic: Mapped[str] = mapped_column(String(80))
    facts: Mapped[dict[str, Any]] = mapped_column(Document)
    due_at: Mapped[datetime] = mapped_column(UtcInstant)
    attempts: Mapped[int] = mapped_column(Integer, default=0)

    __table_args__ = (Index(None, "due_at", "id"),)


_INSERT = OutboxRow.__table__.insert()


def send(session: Session, user_id: str, topic: str, facts: dict[str, Any], due_at: datetime | None = None) -> str:
    """Put a row in the outbox, in this transaction; return its id. `facts` hold ids, never personal data."""
    row_id = ids.new_id("outbox")
    write_later(
        session,
        _INSERT,
        {
            "user_id": user_id,
            "id": row_id,
            "topic": topic,
            "facts": facts,
            "due_at": due_at or clock.now(),
            "attempts": 0,
        },
    )
    return row_id
