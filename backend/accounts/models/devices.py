"""Devices: one session per sign-in, and the refresh tokens that carry it on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.platform.data.columns import Id, UtcInstant
from backend.platform.data.table_kinds import directory_table
from backend.platform.data.transactions import Base


class DeviceSession(Base):
    """One sign-in on one device: the family of its refresh tokens."""

    __tablename__ = "device_sessions"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    opened_by: Mapped[str] = mapped_column(String(40))  # password, code, passkey, guest, oidc:<provider>
    sealed_device: Mapped[bytes | None] = mapped_column(LargeBinary)  # the name the device gave itself
    opened_at: Mapped[datetime] = mapped_column(UtcInstant)
    used_at: Mapped[datetime] = mapped_column(UtcInstant)  # of the last refresh
    closed_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    closed_because: Mapped[str | None] = mapped_column(String(20))

    __table_args__ = (ForeignKeyConstraint(["user_id"], ["users.user_id"]),)


class RefreshToken(Base):
    """Directory: from the hash of a refresh token to its session. Spent ones stay, to know a reused one."""

    __tablename__ = "refresh_tokens"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(Id)
    session_id: Mapped[str] = mapped_column(Id)
    issued_at: Mapped[datetime] = mapped_column(UtcInstant)
    expires_at: Mapped[datetime] = mapped_column(UtcInstant)
    spent_at: Mapped[datetime | None] = mapped_column(UtcInstant)

    __table_args__ = (
        Index(None, "user_id", "session_id"),
        Index(None, "expires_at"),
        directory_table("token_hash", "the hash of a refresh token", leads={"session_id": "device_sessions.id"}),
    )
