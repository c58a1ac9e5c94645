"""The statements that read and change issued statements; a row becomes a domain object here."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Column, CompoundSelect, LargeBinary, Row, Select, bindparam, func, select, union_all

from backend.platform.data.transactions import Base
from backend.portfolio.domain import IssuedStatement, RevocationReason, StatementState, StoredStatement
from backend.portfolio.models import StatementNumber, StatementRow

# Rows that nobody may change, an erasure included: what is sealed in them opens with no key any more.
WRITTEN_ONCE = frozenset({"decisions"})

STATEMENTS, NUMBERS = StatementRow.__table__, StatementNumber.__table__

_LISTED = [column for column in STATEMENTS.columns if column.name != "sealed_file"]
_IS_PERIOD = (STATEMENTS.c.user_id == bindparam("person"), STATEMENTS.c.period == bindparam("of_period"))

INSERT = STATEMENTS.insert()
INSERT_NUMBER = NUMBERS.insert()
VALID_OF_PERIOD = select(STATEMENTS).where(*_IS_PERIOD, STATEMENTS.c.state == StatementState.VALID)
LED_TO = select(NUMBERS.c.user_id, NUMBERS.c.statement_id).where(NUMBERS.c.number == bindparam("of_number"))
ONE = select(STATEMENTS).where(STATEMENTS.c.user_id == bindparam("person"), STATEMENTS.c.id == bindparam("of_id"))
LISTED = (
    select(*_LISTED)
    .where(STATEMENTS.c.user_id == bindparam("person"))
    .order_by(STATEMENTS.c.id.desc())
    .limit(bindparam("at_most"))
)
LISTED_AFTER = LISTED.where(STATEMENTS.c.id < bindparam("last_id"))
LAST_REVISION = select(func.max(STATEMENTS.c.revision)).where(*_IS_PERIOD)
REPLACE_VALID = (
    STATEMENTS.update()
    .where(*_IS_PERIOD, STATEMENTS.c.state == StatementState.VALID)
    .values(state=StatementState.REPLACED.value, closed_at=bindparam("now"))
)
# One of any number of revocations finds it not revoked yet; `returning`, for a row count is not the same everywhere.
REVOKE = (
    STATEMENTS.update()
    .where(
        STATEMENTS.c.user_id == bindparam("person"),
        STATEMENTS.c.id == bindparam("of_id"),
        STATEMENTS.c.state != StatementState.REVOKED,
    )
    .values(state=StatementState.REVOKED.value, because=bindparam("reason"), closed_at=bindparam("now"))
    .returning(STATEMENTS.c.id)
)
EMPTY = STATEMENTS.update().where(STATEMENTS.c.user_id == bindparam("person")).values(sealed_file=b"", shows_name=False)
PAGE = select(STATEMENTS).where(STATEMENTS.c.id > bindparam("last_id")).order_by(STATEMENTS.c.id)
PAGE = PAGE.limit(bindparam("at_most"))
LOST_NUMBERS = select(STATEMENTS.c.number).where(STATEMENTS.c.number.not_in(select(NUMBERS.c.number)))
OF_PERSON = select(STATEMENTS).where(STATEMENTS.c.user_id == bindparam("person"))


def read_issued(row: Row[*tuple[Any, ...]]) -> IssuedStatement:
    """The statement in a row that lacks its file."""
    return IssuedStatement(**_columns(row))


def read_stored(row: Row[*tuple[Any, ...]]) -> StoredStatement:
    """The statement in a row, with its sealed file."""
    return StoredStatement(**_columns(row))


@cache
def sealed_columns() -> tuple[Column[Any], ...]:
    """Every column of the project in which something of a person lies sealed."""
    return tuple(
        column
        for table in Base.metadata.sorted_tables
        if "user_id" in table.columns and table.name not in WRITTEN_ONCE
        for column in table.columns
        if column.name.startswith("sealed") and isinstance(column.type, LargeBinary)
    )


def holders_of(column: Column[Any]) -> Select[tuple[str]]:
    """For whom something lies sealed in a column."""
    return select(column.table.c.user_id).where(func.length(column) > 0)


@cache
def holders_of_any() -> CompoundSelect[tuple[str]]:
    """For whom something lies sealed in any column of the project."""
    return union_all(*map(holders_of, sealed_columns()))


def _columns(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    columns = dict(row._mapping)
    reason = columns["because"]
    return columns | {
        "state": StatementState(columns["state"]),
        "because": None if reason is None else RevocationReason(reason),
    }
