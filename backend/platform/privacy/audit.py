"""The audit trail: who did what to the installation, when and why. Append-only, by a trigger on either engine.

An entry is written in the transaction of the act itself, so that there is no act without its entry. What it says about
a person, its reason and facts, is sealed under that person's key and stands apart: the entry stays for ever, those
words go when their time is over or the person is erased.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask import g, has_request_context
from sqlalchemy import Index, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from backend.platform.core import clock
from backend.platform.data import ids
from backend.platform.data.columns import Document, Id, UtcInstant
from backend.platform.data.table_kinds import local_table
from backend.platform.data.transactions import Base, enqueue_write, touched
from backend.platform.privacy.vault import KeyErased, the_vault

LONGEST_NAME = 120
LONGEST_REASON = 500
EXPORTED_AT_ONCE = 500


class AuditEntry(Base):
    """One act of an operator or of the person on call."""

    __tablename__ = "audit_entries"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcInstant)
    who: Mapped[str] = mapped_column(String(LONGEST_NAME))  # a user's id, or the name given on the command line
    action: Mapped[str] = mapped_column(String(80))  # "switch.on", "role.granted", …
    subject: Mapped[str] = mapped_column(String(200))  # what was acted upon
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON))  # empty where it is about a person: see AuditDetail
    facts: Mapped[dict[str, Any]] = mapped_column(Document)  # ids and figures, never personal data
    request_id: Mapped[str] = mapped_column(String(64))  # empty for an act on the command line

    __table_args__ = (Index(None, "subject", "id"), local_table("what operators did to the whole installation"))


class AuditDetail(Base):
    """What one entry says about a person, sealed for them."""

    __tablename__ = "audit_details"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)  # whom the entry is about
    id: Mapped[str] = mapped_column(Id, primary_key=True)  # the entry's, which no row can leave
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    recorded_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (Index(None, "recorded_at"),)


PURPOSE = "audit"

_DETAILS = AuditDetail.__table__
_INSERT = AuditEntry.__table__.insert()
_DETAIL = _DETAILS.insert()


def record(
    session: Session, *, who: str, action: str, subject: str, reason: str, about: str | None = None, **facts: Any
) -> str:
    """Write one entry in this transaction and return its id; raise `ValueError` without a usable name or reason.

    `about` is the person it is about, by default the `subject` where that is one. Of somebody who was erased, the
    entry keeps no words.
    """
    if not 0 < len(who.strip()) <= LONGEST_NAME or not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise ValueError(f"an act needs a name (to {LONGEST_NAME} characters) and a reason (to {LONGEST_REASON})")
    entry_id, at = ids.new_id("audit"), clock.database_now(session)
    person = next((one for one in (about, subject) if one and ids.is_id("user", one)), None)
    enqueue_write(
        session,
        _INSERT,
        {
            "id": entry_id,
            "at": at,
            "who": who,
            "action": action,
            "subject": subject,
            "reason": "" if person else reason,
            "facts": {} if person else facts,
            "request_id": g.get("request_id", "") if has_request_context() else "",
        },
    )
    if person:
        _keep_words(session, person, entry_id, {"reason": reason, "facts": facts}, at)
    return entry_id


def list_entries(session: Session, limit: int, subject: str | None = None) -> list[tuple[AuditEntry, str]]:
    """The latest entries with their reasons, of one subject where it is given; no reason where its words are gone."""
    query = (
        select(AuditEntry, AuditDetail)
        .outerjoin(AuditDetail, AuditDetail.id == AuditEntry.id)
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    )
    found = session.execute(query if subject is None else query.where(AuditEntry.subject == subject))
    return [(entry, _words(session, detail)["reason"] if detail else entry.reason) for entry, detail in found]


def export(session: Session, user_id: str, after: str = "") -> Iterator[dict[str, Any]]:
    """What operators did about one person and why, behind the id `after`; not who they are."""
    entries = AuditEntry.__table__
    query = (
        select(entries.c.id, entries.c.at, entries.c.action, _DETAILS.c.user_id, _DETAILS.c.sealed)
        .join(_DETAILS, _DETAILS.c.id == entries.c.id)
        .where(_DETAILS.c.user_id == user_id)
        .order_by(entries.c.id)
        .limit(EXPORTED_AT_ONCE)
    )
    while rows := session.execute(query.where(entries.c.id > after)).all():
        for row in rows:
            yield {"id": row.id, "at": row.at, "action": row.action, **_words(session, row)}
        after = rows[-1].id


def forget(session: Session, user_id: str) -> None:
    """Drop every word about one person; the bare entries stay."""
    session.execute(_DETAILS.delete().where(_DETAILS.c.user_id == user_id))


def drop_words_before(session: Session, instant: datetime) -> int:
    """Drop the words about people that were written before `instant`; return of how many entries."""
    return touched(session, _DETAILS.delete().where(_DETAILS.c.recorded_at < instant))


def _keep_words(session: Session, user_id: str, entry_id: str, words: dict[str, Any], at: datetime) -> None:
    try:
        sealed = the_vault().seal(session, user_id, PURPOSE, json.dumps(words).encode())
    except KeyErased:
        return
    enqueue_write(session, _DETAIL, {"user_id": user_id, "id": entry_id, "sealed": sealed, "recorded_at": at})


def _words(session: Session, detail: Any) -> dict[str, Any]:
    try:
        words: dict[str, Any] = json.loads(the_vault().unseal(session, detail.user_id, PURPOSE, detail.sealed))
    except KeyErased:
        return {"reason": "", "facts": {}}
    return words
