"""The tables of the portfolio: statements as they were issued, and the way from a number to one of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from backend.platform.data.columns import Id, UtcInstant
from backend.platform.data.table_kinds import directory_table
from backend.platform.data.transactions import Base

LONGEST_NUMBER = 20

_VALID = text("state = 'valid'")


class StatementRow(Base):
    """A statement that was issued. What was signed never changes; it may be replaced by a later one, or revoked."""

    __tablename__ = "statements"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(String(LONGEST_NUMBER))
    period: Mapped[str] = mapped_column(String(7))  # 2026-11, or 2026
    revision: Mapped[int] = mapped_column(Integer)  # 1 for the first statement of the period
    sha256: Mapped[str] = mapped_column(String(64))  # of the facts as they were signed
    sealed_file: Mapped[bytes] = mapped_column(LargeBinary)  # facts, signature and name; empty after erasure
    shows_name: Mapped[bool] = mapped_column(Boolean)  # to whoever asks by the number
    state: Mapped[str] = mapped_column(String(10))
    because: Mapped[str | None] = mapped_column(String(40))  # a code; what an operator wrote stands in the audit trail
    issued_at: Mapped[datetime] = mapped_column(UtcInstant)
    closed_at: Mapped[datetime | None] = mapped_column(UtcInstant)

    __table_args__ = (
        ForeignKeyConstraint(["user_id"], ["users.user_id"]),
        UniqueConstraint("user_id", "period", "revision"),
        CheckConstraint("state IN ('valid', 'replaced', 'revoked')", name="state"),
        CheckConstraint("(state = 'valid') = (closed_at IS NULL)", name="closed"),
        CheckConstraint("(state = 'revoked') = (because IS NOT NULL)", name="says_why"),
        Index("uq_statements_valid", "user_id", "period", unique=True, sqlite_where=_VALID, postgresql_where=_VALID),
    )


class StatementNumber(Base):
    """Directory: from the number printed on a statement to the statement."""

    __tablename__ = "statement_numbers"

    number: Mapped[str] = mapped_column(String(LONGEST_NUMBER), primary_key=True)
    user_id: Mapped[str] = mapped_column(Id)
    statement_id: Mapped[str] = mapped_column(Id)

    __table_args__ = (
        directory_table("number", "the number printed on a statement", leads={"statement_id": "statements.id"}),
    )
