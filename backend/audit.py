"""The audit trail: who did what to the installation, when and why. Append-only, by a trigger on either engine.

An entry is written in the transaction of the act itself, so that there is no act without its entry.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import g, has_request_context
from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from backend import clock, ids
from backend.columns import Document, Id, UtcInstant
from backend.db import Base, write_later

LONGEST_NAME = 120
LONGEST_REASON = 500


class AuditEntry(Base):
    """One act of an operator or of the person on call."""

    __tablename__ = "audit_entries"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcInstant)
    who: Mapped[str] = mapped_column(String(LONGEST_NAME))  # a user's id, or the name given on the command line
    action: Mapped[str] = mapped_column(String(80))  # "switch.on", "role.granted", …
    subject: Mapped[str] = mapped_column(String(200))  # what was acted upon
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON))
    facts: Mapped[dict[str, Any]] = mapped_column(Document)  # ids and figures, never personal data
    request_id: Mapped[str] = mapped_column(String(64))  # empty for an act on the command line

    __table_args__ = (Index(None, "subject", "id"),)


_INSERT = AuditEntry.__table__.insert()


def record(session: Session, *, who: str, action: str, subject: str, reason: str, **facts: Any) -> str:
    """Write one entry in this transaction and return its id; raise `ValueError` without a usable name or reason."""
    if not 0 < len(who.strip()) <= LONGEST_NAME or not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise ValueError(f"an act needs a name (to {LONGEST_NAME} characters) and a reason (to {LONGEST_REASON})")
    entry_id = ids.new_id("audit")
    write_later(
        session,
        _INSERT,
        {
            "id": entry_id,
            "at": clock.now(),
            "who": who,
            "action": action,
            "subject": subject,
            "reason": reason,
            "facts": facts,
            "request_id": g.get("request_id", "") if has_request_context() else "",
        },
    )
    return entry_id
