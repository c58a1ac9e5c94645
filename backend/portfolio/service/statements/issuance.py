"""Issuing a statement: composed, numbered, signed and stored, once its period is over; the same file ever after.

Before that there is a draft, unsigned. A statement may be issued anew, under another name or because the record has
changed since: the one before is then replaced, and says so to whoever asks by its number.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.ledger import service as ledger
from backend.platform.core import clock
from backend.platform.core.context import policy
from backend.platform.core.errors import Refusal
from backend.platform.core.i18n import Language
from backend.platform.data import ids
from backend.platform.data.paging import Page, Window, by_id
from backend.platform.data.transactions import enqueue_write, flush_writes
from backend.platform.privacy import signed_documents
from backend.portfolio import sql
from backend.portfolio.domain import IssuedStatement, Period, StatementState, StatementVerdict
from backend.portfolio.service.statements.content import compose, read_period
from backend.portfolio.service.statements.proof import verify
from backend.portfolio.service.statements.storage import find_file_of, find_valid, seal_file
from backend.profiles import service as profiles
from backend.profiles.domain import Profile
from offsets import ENTROPY_BYTES, STATEMENT, canonical, clean_name, commit_name, make_number, write_file

SALT_BYTES = 16
LISTED = by_id("statement")


@dataclass(frozen=True)
class _NewStatement:
    """A statement that is about to be stored: the facts as signed, the file, and who may read the name in it."""

    user_id: str
    period: Period
    facts: dict[str, Any]
    file: bytes
    shows_name: bool
    issued_at: datetime


def find_file(session: Session, user_id: str, text: str) -> bytes | None:
    """The file of the valid statement of a period; its draft while it lasts; None when one is to be issued.

    Raises `not_found.statement` for what is no period, has not begun, or was over before the person came.
    """
    period = read_period(text)
    statement = find_valid(session, user_id, period.text)
    if statement is not None:
        return find_file_of(session, statement)
    profile, now = profiles.get_profile(session, user_id), clock.database_now(session)
    _check_lived(session, user_id, period, profile, now)
    if period.ends_at(profile.zone) <= now:
        return None
    facts, _ = compose(session, user_id, period, now)
    return write_file(facts | {"number": None, "issued_at": None, "holder_commitment": None}, None, None)


def print_statement(file: bytes, language: Language) -> bytes:
    """The PDF of a statement's file."""
    # what draws a paper is a twentieth of the time to start, and few requests ask for one
    from backend.portfolio.service.statements import pdf

    return pdf.print_statement(file, language)


def issue(session: Session, user_id: str, text: str) -> bytes:
    """Issue the statement of a period that is over and return its file; the valid one when there is one already.

    It bears the name its owner is shown by, readable for them and whoever they give the file to.
    """
    period = read_period(text)
    ledger.open_book(session, user_id)  # one at a time, and no entry comes between the facts and the head
    statement = find_valid(session, user_id, period.text)
    file = find_file_of(session, statement) if statement else None
    return file or _issue(session, user_id, period, profiles.find_display_name(session, user_id), shows_name=False)


def issue_anew(session: Session, user_id: str, text: str, *, name: str | None, shows_name: bool) -> StatementVerdict:
    """Issue the statement of a period under this name, or none, in place of the valid one, which is replaced.

    `shows_name`: whether the name is told to whoever asks by the number, as the returned verdict shows it.
    """
    period = read_period(text)
    ledger.open_book(session, user_id)
    file = _issue(session, user_id, period, name, shows_name=shows_name)
    return verify(session, json.loads(file)["statement"]["number"])


def list_statements(session: Session, user_id: str, window: Window) -> Page[IssuedStatement]:
    """Every statement that was issued to `user_id`, the latest first."""
    parameters = {"person": user_id, "at_most": window.limit + 1}
    after = window.after(LISTED)
    if after is not None:
        rows = session.execute(sql.LISTED_AFTER, parameters | {"last_id": after[0]})
    else:
        rows = session.execute(sql.LISTED, parameters)
    return window.cut([sql.read_issued(row) for row in rows], LISTED)


def _issue(session: Session, user_id: str, period: Period, name: str | None, *, shows_name: bool) -> bytes:
    now = clock.database_now(session)
    composed, profile = compose(session, user_id, period, now)
    _check_lived(session, user_id, period, profile, now)
    if period.ends_at(profile.zone) > now:
        raise Refusal("statements.not_over", period=period.text, until=period.last_on.isoformat())
    holder = {"name": clean_name(name), "salt": secrets.token_hex(SALT_BYTES)} if name else None
    facts = composed | {
        "number": make_number(secrets.token_bytes(ENTROPY_BYTES)),
        "issued_at": now.astimezone(UTC).isoformat(timespec="seconds"),
        "holder_commitment": holder and commit_name(holder["name"], bytes.fromhex(holder["salt"])),
    }
    # through JSON once, so that what is signed is what everybody reads
    facts = json.loads(json.dumps(facts))
    file = write_file(facts, signed_documents.sign(facts, STATEMENT), holder)
    _store(session, _NewStatement(user_id, period, facts, file, shows_name and holder is not None, now))
    return file


def _store(session: Session, new: _NewStatement) -> None:
    of_period = {"person": new.user_id, "of_period": new.period.text}
    session.execute(sql.REPLACE_VALID, of_period | {"now": new.issued_at})
    last = session.scalar(sql.LAST_REVISION, of_period) or 0
    row = {
        "user_id": new.user_id,
        "id": ids.new_id("statement"),
        "number": new.facts["number"],
        "period": new.period.text,
        "revision": last + 1,
        "sha256": hashlib.sha256(canonical(new.facts)).hexdigest(),
        "sealed_file": seal_file(session, new.user_id, new.file),
        "shows_name": new.shows_name,
        "state": StatementState.VALID.value,
        "because": None,
        "issued_at": new.issued_at,
        "closed_at": None,
    }
    enqueue_write(session, sql.INSERT, row)
    enqueue_write(
        session, sql.INSERT_NUMBER, {"number": row["number"], "user_id": new.user_id, "statement_id": row["id"]}
    )
    flush_writes(session)


def _check_lived(session: Session, user_id: str, period: Period, profile: Profile, now: datetime) -> None:
    came_on = clock.local_day(accounts.get_account(session, user_id).created_at, profile.zone)
    # what was done shortly before may have been logged late
    begins_on = came_on - timedelta(days=policy().activities.oldest_days)
    if period.last_on < begins_on or period.begins_at(profile.zone) > now:
        raise Refusal("not_found.statement")
