"""Is this number a statement of ours, and does it still hold? For anyone; and revoking one, for operators."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from sqlalchemy.orm import Session

from backend.inbox import service as inbox
from backend.platform.core import clock, i18n
from backend.platform.core.errors import Refusal
from backend.platform.privacy import audit, signed_documents
from backend.portfolio import sql
from backend.portfolio.domain import (
    RevocationReason,
    StatementState,
    StatementVerdict,
    StoredStatement,
    VerdictProblem,
)
from backend.portfolio.service.statements.storage import find_by_number, find_file_of
from offsets import Genuine, NotGenuine, OffsetRefused, canonical, check_statement, read_keys, read_number

NOTE_KIND = "statement.revoked"
AT_ONCE = 200
_LONGEST_ECHO = 40


def verify(session: Session, typed: str) -> StatementVerdict:
    """The verdict on a number as somebody typed it. Nothing personal is said but the name its holder shows."""
    try:
        number = read_number(typed)
    except OffsetRefused:
        return StatementVerdict(typed[:_LONGEST_ECHO], is_genuine=False, problem=VerdictProblem.NOT_A_NUMBER)
    statement = find_by_number(session, number)
    if statement is None:
        return StatementVerdict(number, is_genuine=False, problem=VerdictProblem.UNKNOWN)
    file = find_file_of(session, statement)
    genuine = _check(statement, file) if file else None
    problem = _problem_of(statement, is_forged=bool(file) and genuine is None)
    return StatementVerdict(
        number=number,
        is_genuine=problem is None,
        problem=problem,
        period=statement.period,
        sha256=statement.sha256,
        holder=genuine.name if genuine and statement.shows_name else None,
        issued_at=statement.issued_at,
        closed_at=statement.closed_at,
        because=statement.because,
    )


def revoke(session: Session, typed: str, *, because: RevocationReason, note: str, who: str) -> StatementVerdict:
    """Take a statement back, with an audit entry and a note to its holder; return the verdict.

    Revoking it again changes nothing. Raises `not_found.statement`.
    """
    try:
        statement = find_by_number(session, read_number(typed))
    except OffsetRefused:
        statement = None
    if statement is None:
        raise Refusal("not_found.statement")
    change = {
        "person": statement.user_id,
        "of_id": statement.id,
        "reason": because.value,
        "now": clock.database_now(session),
    }
    if session.execute(sql.REVOKE, change).first():
        facts = {"subject": statement.number, "reason": note, "about": statement.user_id, "because": because.value}
        audit.record(session, who=who, action="statement.revoked", **facts)
        _notify(session, statement, because)
    return verify(session, statement.number)


def find_holders(session: Session, typed: str) -> list[str]:
    """Whose statement a number is, as somebody typed it; nobody's where there is none."""
    try:
        stored = find_by_number(session, read_number(typed))
    except OffsetRefused:
        return []
    return [] if stored is None else [stored.user_id]


def broken_statements(session: Session) -> Iterator[str]:
    """Stored statements that are not what was signed, or that their number does not lead to."""
    last = ""
    while statements := _page(session, last):
        for statement in statements:
            file = find_file_of(session, statement)
            if file is not None and _check(statement, file) is None:
                yield f"statement {statement.number} is not what was signed"
        last = statements[-1].id
    for number in session.scalars(sql.LOST_NUMBERS):
        yield f"nothing leads to statement {number}"


def _page(session: Session, last: str) -> list[StoredStatement]:
    rows = session.execute(sql.PAGE, {"last_id": last, "at_most": AT_ONCE})
    return [sql.read_stored(row) for row in rows]


def _problem_of(statement: StoredStatement, *, is_forged: bool) -> VerdictProblem | None:
    if is_forged:
        return VerdictProblem.SIGNATURE
    return None if statement.state is StatementState.VALID else VerdictProblem(statement.state.value)


def _check(statement: StoredStatement, file: bytes) -> Genuine | None:
    """The file checked by its signature, its number and its fingerprint; None when it is not what was issued."""
    try:
        genuine = check_statement(file, read_keys(signed_documents.public_keys()))
    except NotGenuine:
        return None
    facts = genuine.facts or {}
    sha256 = hashlib.sha256(canonical(facts)).hexdigest()
    return genuine if facts.get("number") == statement.number and sha256 == statement.sha256 else None


def _notify(session: Session, statement: StoredStatement, because: RevocationReason) -> None:
    words = {one.key: i18n.text("statement_because", because.value, language=one) for one in i18n.list_offered()}
    facts = {"number": statement.number, "period": statement.period, "because": words}
    inbox.notify(session, statement.user_id, NOTE_KIND, facts, reference=f"revoked:{statement.number}")
