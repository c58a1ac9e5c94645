"""Tables of the console: sign-ins by cookie, second factors, drafts in writing, and comments on lines."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.platform.data.columns import Id, UtcInstant
from backend.platform.data.table_kinds import directory_table, reference_table
from backend.platform.data.transactions import Base

LONGEST_NAME = 80
LONGEST_LINE = 2000


class ConsoleSessionRow(Base):
    """Directory: from the hash of a cookie's secret to the session of accounts that was opened with it."""

    __tablename__ = "console_sessions"

    secret_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(Id)
    session_id: Mapped[str] = mapped_column(Id)
    opened_at: Mapped[datetime] = mapped_column(UtcInstant)
    expires_at: Mapped[datetime] = mapped_column(UtcInstant)
    second_factor_at: Mapped[datetime | None] = mapped_column(UtcInstant)

    __table_args__ = (
        Index(None, "user_id"),
        Index(None, "expires_at"),
        directory_table("secret_hash", "the hash of a cookie's secret", leads={"session_id": "device_sessions.id"}),
    )


class SecondFactorRow(Base):
    """The one authenticator of one person."""

    __tablename__ = "second_factors"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    sealed_secret: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcInstant)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcInstant)  # when a code of it was given first
    last_step: Mapped[int] = mapped_column(BigInteger)  # of the last code taken: none is taken twice


class WorkingDraftRow(Base):
    """A document in writing; what is submitted of it is a version of its own and never changes."""

    __tablename__ = "working_drafts"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    methodology_id: Mapped[str] = mapped_column(String(LONGEST_NAME))
    document: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(Integer)  # one more with each change: a change names the one it was made to
    state: Mapped[str] = mapped_column(String(10))
    written_by: Mapped[str] = mapped_column(Id)
    version: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcInstant)
    changed_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        CheckConstraint("state IN ('open', 'in_review', 'closed')", name="state"),
        CheckConstraint("state <> 'in_review' OR version IS NOT NULL", name="submitted_as_a_version"),
        Index(None, "methodology_id", "version"),
        Index(None, "state"),
        reference_table("documents in writing, of the same rule book for everyone"),
    )


class LineCommentRow(Base):
    """What somebody said about the text of a line."""

    __tablename__ = "line_comments"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    methodology_id: Mapped[str] = mapped_column(String(LONGEST_NAME))
    line_sha256: Mapped[str] = mapped_column(String(64))
    line: Mapped[str] = mapped_column(String(LONGEST_LINE))
    words: Mapped[str] = mapped_column(String(LONGEST_LINE))
    written_by: Mapped[str] = mapped_column(Id)
    written_at: Mapped[datetime] = mapped_column(UtcInstant)
    settled_by: Mapped[str | None] = mapped_column(Id)

    __table_args__ = (
        Index(None, "methodology_id"),
        reference_table("the discussion of the rule book, the same for everyone"),
    )
