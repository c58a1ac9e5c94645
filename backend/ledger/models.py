"""The tables of the ledger. Entries and postings are append-only by triggers on either engine (migration 0004).

A person's *book* is all rows with their `user_id`; its head row is locked by whoever posts, so a book has one writer
at a time and books do not wait for each other.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKeyConstraint, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.platform.data.columns import Document, Id, UtcInstant, WholeNumber
from backend.platform.data.table_kinds import local_table
from backend.platform.data.transactions import Base

LONGEST_REFERENCE = 200
LONGEST_ACCOUNT = 120


class EntryRow(Base):
    """One business fact in one person's book. Never changed, never deleted."""

    __tablename__ = "ledger_entries"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    sequence: Mapped[int] = mapped_column(WholeNumber)  # 1, 2, 3 … without a gap within the book
    reference: Mapped[str] = mapped_column(String(LONGEST_REFERENCE))  # names the business fact, by its maker
    kind: Mapped[str] = mapped_column(String(40))  # a word for people and filters
    facts: Mapped[dict[str, Any]] = mapped_column(Document)  # why: ids and whole numbers, never personal data
    reverses: Mapped[str | None] = mapped_column(Id)  # the entry this one takes back
    occurred_at: Mapped[datetime] = mapped_column(UtcInstant)  # when the fact happened
    posted_at: Mapped[datetime] = mapped_column(UtcInstant)  # when the ledger learnt of it
    content_sha256: Mapped[str] = mapped_column(String(64))  # of kind, postings, facts, reverses: what is claimed
    previous_sha256: Mapped[str] = mapped_column(String(64))  # the `sha256` of the entry before
    sha256: Mapped[str] = mapped_column(String(64))  # over all of the above: the chain

    __table_args__ = (
        UniqueConstraint("user_id", "reference"),
        UniqueConstraint("user_id", "sequence"),
        UniqueConstraint("user_id", "reverses"),  # taken back at most once
        ForeignKeyConstraint(["user_id", "reverses"], ["ledger_entries.user_id", "ledger_entries.id"]),
        CheckConstraint("sequence > 0", name="sequence"),
        # tiny on PostgreSQL, where entries lie in the order of time anyway; the roll-up reads by day
        Index(None, "posted_at", postgresql_using="brin"),
    )


class PostingRow(Base):
    """Points that moved: out of `source`, into `destination`. Balanced by its shape.

    Written with its entry and never changed: no key leads there, the invariants look for one without (ADR 0121).
    """

    __tablename__ = "ledger_postings"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    entry_id: Mapped[str] = mapped_column(Id, primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)  # 0, 1, … in the entry
    source: Mapped[str] = mapped_column(String(LONGEST_ACCOUNT))
    destination: Mapped[str] = mapped_column(String(LONGEST_ACCOUNT))
    amount: Mapped[int] = mapped_column(WholeNumber)

    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("source <> destination", name="moves"),
    )


class HeadRow(Base):
    """The end of one person's chain; the row that everyone who posts into the book locks first.

    It alone refers to the person: it is written once, so the reference costs a posting nothing.
    """

    __tablename__ = "ledger_heads"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    sequence: Mapped[int] = mapped_column(WholeNumber)  # of the last entry, 0 in an empty book
    sha256: Mapped[str] = mapped_column(String(64))  # of the last entry

    __table_args__ = (ForeignKeyConstraint(["user_id"], ["users.user_id"]),)


class BalanceRow(Base):
    """What lies on one account of one person: the sum of its postings, kept so that nobody has to add them up."""

    __tablename__ = "ledger_balances"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    account: Mapped[str] = mapped_column(String(LONGEST_ACCOUNT), primary_key=True)
    balance: Mapped[int] = mapped_column(WholeNumber)


class DaySumRow(Base):
    """What one UTC day changed on one system account. No request writes here: a job adds up each day that is over."""

    __tablename__ = "ledger_day_sums"

    account: Mapped[str] = mapped_column(String(LONGEST_ACCOUNT), primary_key=True)
    posted_on: Mapped[date] = mapped_column(Date, primary_key=True)
    change: Mapped[int] = mapped_column(WholeNumber)

    __table_args__ = (local_table("what a day changed on the accounts of the installation, added up by a job"),)


class RolledDayRow(Base):
    """A UTC day whose postings are all in `ledger_day_sums`; days are rolled up in order, without a gap."""

    __tablename__ = "ledger_rolled_days"

    posted_on: Mapped[date] = mapped_column(Date, primary_key=True)
    entries: Mapped[int] = mapped_column(WholeNumber)  # how many were posted that day
    verified_at: Mapped[datetime | None] = mapped_column(UtcInstant)  # when its sums were compared with its postings

    __table_args__ = (local_table("which days those sums cover"),)


class CheckpointRow(Base):
    """How far one person's book was verified, so that the next look begins there. Nothing is decided by it."""

    __tablename__ = "ledger_checkpoints"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    sequence: Mapped[int] = mapped_column(WholeNumber)  # of the last entry that was verified
    sha256: Mapped[str] = mapped_column(String(64))  # of that entry
    balances: Mapped[dict[str, int]] = mapped_column(Document)  # what lay on each account behind that entry
    verified_at: Mapped[datetime] = mapped_column(UtcInstant)
