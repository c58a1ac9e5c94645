"""Column types that mean the same on SQLite and PostgreSQL, and the stamp a statement gives its row by itself."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, BigInteger, ColumnElement, DateTime, Integer, String, bindparam, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import NullType, TypeDecorator

from backend.platform.data import ids

# An identifier of ours, prefix included.
Id = String(ids.LENGTH)

# Grams, points, minor units: 64 bits everywhere.
WholeNumber = BigInteger().with_variant(Integer(), "sqlite")

# A document we never search inside by column.
Document = JSON().with_variant(JSONB(), "postgresql")


class UtcInstant(TypeDecorator[datetime]):
    """An aware instant in UTC. A naive one is refused: it would mean another moment on another machine."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its time zone")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        instant: datetime = value
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


class DecimalText(TypeDecorator[Decimal]):
    """An exact decimal kept as text: SQLite would read a NUMERIC through a float."""

    impl = String(60)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        return None if value is None else format(value, "f")

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


class DatabaseInstant(ColumnElement[datetime]):
    """The database's own instant, written by the statement itself, in the form in which `UtcInstant` keeps one."""

    inherit_cache = True
    type = UtcInstant()


@compiles(DatabaseInstant, "postgresql")
def _on_postgresql(_element: DatabaseInstant, _compiler: SQLCompiler, **_options: Any) -> str:
    return "now()"


@compiles(DatabaseInstant, "sqlite")
def _on_sqlite(_element: DatabaseInstant, _compiler: SQLCompiler, **_options: Any) -> str:
    return "(strftime('%Y-%m-%d %H:%M:%f', 'now') || '000')"  # the driver writes microseconds


class NameLock(ColumnElement[Any]):
    """Takes a lock on a name, which waits for whoever has it and lasts until the transaction ends.

    Nothing on SQLite, which has one writer at a time. Two names may share a lock: nothing may follow from having it.
    """

    inherit_cache = True
    type = NullType()

    def __init__(self, name: ColumnElement[str]) -> None:
        self.name = name

    def get_children(self, **_options: Any) -> tuple[ColumnElement[str]]:
        """The parameter inside, for the library."""
        return (self.name,)


@compiles(NameLock, "postgresql")
def _lock_on_postgresql(element: NameLock, compiler: SQLCompiler, **_options: Any) -> str:
    return f"pg_advisory_xact_lock(hashtextextended({compiler.process(element.name)}, 0))"


@compiles(NameLock, "sqlite")
def _lock_on_sqlite(_element: NameLock, _compiler: SQLCompiler, **_options: Any) -> str:
    return "NULL"


def stamped_by_database(parameter: str) -> ColumnElement[datetime]:
    """The value of a column that the statement stamps where the parameter of this name is None."""
    return func.coalesce(bindparam(parameter, type_=UtcInstant()), DatabaseInstant())
