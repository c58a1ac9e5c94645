"""Is this number a statement of ours, and does it still hold? For anyone; and revoking one, for operators."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from backend.inbox import service as inbox
from backend.platform.core import clock, i18n
from backend.platform.core.errors import Refusal
from backend.platform.privacy import audit, signed_documents
from backend.portfolio.models import REVOKED, VALID
from backend.portfolio.service.statements.storage import NUMBERS, STATEMENTS, Row, find_by_number, find_sealed_file
from offsets import Genuine, NotGenuine, OffsetRefused, canonical, check_statement, read_keys, read_number

REASONS = ("computation_error", "wrong_person", "asked_by_holder", "fraud")
TOLD = "statement.revoked"
AT_ONCE = 200


@dataclass(frozen=True)
class Verdict:
    """Whether a number is a statement that holds. `problem` says why not: `not_a_number`, `unknown`, `signature`,
    `replaced` or `revoked` (`because` of what). `sha256` is that of the facts, to compare a copy with.
    """

    number: str
    is_genuine: bool
    problem: str | None
    period: str | None = None
    sha256: str | None = None
    holder: str | None = None
    issued_at: datetime | None = None
    closed_at: datetime | None = None
    because: str | None = None


def verify(session: Session, typed: str) -> Verdict:
    """The verdict on a number as somebody typed it. Nothing personal is said but the name its holder shows."""
    try:
        number = read_number(typed)
    except OffsetRefused:
        return Verdict(typed[:40], is_genuine=False, problem="not_a_number")
    row = find_by_number(session, number)
    if row is None:
        return Verdict(number, is_genuine=False, problem="unknown")
    file = find_sealed_file(session, row)
    found = file and _check(row, file)
    problem = "signature" if file and not found else None if row["state"] == VALID else row["state"]
    return Verdict(
        number=number,
        is_genuine=problem is None,
        problem=problem,
        period=row["period"],
        sha256=row["sha256"],
        holder=found.name if found and row["shows_name"] else None,
        issued_at=row["issued_at"],
        closed_at=row["closed_at"],
        because=row["because"],
    )


def revoke(session: Session, typed: str, *, because: str, note: str, who: str) -> Verdict:
    """Take a statement back for one of `REASONS`, with an audit entry and a note to its holder; return the verdict.

    Revoking it again changes nothing. Raises `not_found.statement`.
    """
    try:
        row = find_by_number(session, read_number(typed))
    except OffsetRefused:
        row = None
    if row is None:
        raise Refusal("not_found.statement")
    this = (STATEMENTS.c.user_id == row["user_id"], STATEMENTS.c.id == row["id"], STATEMENTS.c.state != REVOKED)
    values = {"state": REVOKED, "because": because, "closed_at": clock.database_now(session)}
    if session.execute(update(STATEMENTS).where(*this).values(values)).rowcount:
        facts = {"subject": row["number"], "reason": note, "about": row["user_id"], "because": because}
        audit.record(session, who=who, action="statement.revoked", **facts)
        _tell(session, row, because)
    return verify(session, row["number"])


def broken_statements(session: Session) -> Iterator[str]:
    """Stored statements that are not what was signed, or that their number does not lead to."""
    last = ""
    while rows := _page(session, last):
        for row in rows:
            file = find_sealed_file(session, row)
            if file is not None and _check(row, file) is None:
                yield f"statement {row['number']} is not what was signed"
        last = rows[-1]["id"]
    lost = select(STATEMENTS.c.number).where(STATEMENTS.c.number.not_in(select(NUMBERS.c.number)))
    for number in session.scalars(lost):
        yield f"nothing leads to statement {number}"


def _page(session: Session, last: str) -> list[Row]:
    wanted = select(STATEMENTS).where(STATEMENTS.c.id > last).order_by(STATEMENTS.c.id).limit(AT_ONCE)
    return list(session.execute(wanted).mappings().all())


def _check(row: Row, file: bytes) -> Genuine | None:
    try:
        found = check_statement(file, read_keys(signed_documents.public_keys()))
    except NotGenuine:
        return None
    facts = found.facts or {}
    is_this = facts.get("number") == row["number"] and hashlib.sha256(canonical(facts)).hexdigest() == row["sha256"]
    return found if is_this else None


def _tell(session: Session, row: Row, because: str) -> None:
    words = {one.key: i18n.text("statement_because", because, language=one) for one in i18n.list_offered()}
    facts = {"number": row["number"], "period": row["period"], "because": words}
    inbox.notify(session, row["user_id"], TOLD, facts, reference=f"revoked:{row['number']}")
