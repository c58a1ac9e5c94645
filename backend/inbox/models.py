"""The tables of the inbox: what was told, how a person wants to hear of it, where, and when to be left alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

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

from backend.platform.data.columns import Document, Id, UtcInstant
from backend.platform.data.table_kinds import directory_table
from backend.platform.data.transactions import Base

LONGEST_KIND = 40
LONGEST_REFERENCE = 120

_UNREAD = text("read_at IS NULL")


class NoteRow(Base):
    """One thing that was told. Its words are made when it is read, in the reader's language."""

    __tablename__ = "inbox_notes"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    reference: Mapped[str] = mapped_column(String(LONGEST_REFERENCE))  # names the fact: it is told once
    kind: Mapped[str] = mapped_column(String(LONGEST_KIND))  # a table of kinds.toml
    facts: Mapped[dict[str, Any]] = mapped_column(Document)  # ids, whole numbers, days: never personal data
    sealed_facts: Mapped[bytes | None] = mapped_column(LargeBinary)  # those in somebody's own words
    created_at: Mapped[datetime] = mapped_column(UtcInstant)
    read_at: Mapped[datetime | None] = mapped_column(UtcInstant)

    __table_args__ = (
        UniqueConstraint("user_id", "reference"),
        Index("ix_inbox_notes_unread", "user_id", "id", sqlite_where=_UNREAD, postgresql_where=_UNREAD),
    )


class ChoiceRow(Base):
    """Whether one person wants notes of one kind by mail, and on their phones; without a word, as the kind says."""

    __tablename__ = "inbox_choices"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(LONGEST_KIND), primary_key=True)
    is_mailed: Mapped[bool | None] = mapped_column(Boolean)  # NULL: as the kind says
    is_pushed: Mapped[bool | None] = mapped_column(Boolean)  # the same

    __table_args__ = (ForeignKeyConstraint(["user_id"], ["users.user_id"]),)


class QuietHoursRow(Base):
    """When one person is left alone, in minutes of their own day; both NULL: never. Without a row, the policy's."""

    __tablename__ = "inbox_quiet_hours"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    from_minute: Mapped[int | None] = mapped_column(Integer)
    until_minute: Mapped[int | None] = mapped_column(Integer)  # below `from_minute` when the night lies between

    __table_args__ = (
        ForeignKeyConstraint(["user_id"], ["users.user_id"]),
        CheckConstraint("(from_minute IS NULL) = (until_minute IS NULL)", name="both"),
        CheckConstraint("from_minute BETWEEN 0 AND 1439 AND until_minute BETWEEN 0 AND 1439", name="within_a_day"),
        CheckConstraint("from_minute <> until_minute", name="not_the_whole_day"),
    )


class PushDeviceRow(Base):
    """A signed-in device that wants to be told, one per sign-in: when that ends, so does this."""

    __tablename__ = "push_devices"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)  # of its session
    slot: Mapped[int] = mapped_column(Integer)  # one of as many as a person may have
    service: Mapped[str] = mapped_column(String(20))  # of the port's services.toml
    endpoint_hash: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)  # the subscription, and the key of ours it was made for
    registered_at: Mapped[datetime] = mapped_column(UtcInstant)
    renewed_at: Mapped[datetime] = mapped_column(UtcInstant)  # when the device last said where it is

    __table_args__ = (
        ForeignKeyConstraint(["user_id"], ["users.user_id"]),
        UniqueConstraint("user_id", "slot"),  # so that devices that come at once are never more than allowed
    )


class PushEndpointRow(Base):
    """Directory: whose device an address reaches, by its keyed hash. A phone that changes hands changes its row."""

    __tablename__ = "push_endpoints"

    endpoint_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(Id)
    device_id: Mapped[str] = mapped_column(Id)

    __table_args__ = (
        Index(None, "user_id", "device_id"),
        directory_table(
            "endpoint_hash",
            "the keyed hash of the address at which a push service reaches a device",
            leads={"device_id": "push_devices.id"},
        ),
    )
