"""People, the ways to find them, their roles, what they agreed to, and guests who became part of an account."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Boolean, CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.accounts.domain import AccessStatus, MergeState
from backend.platform.data.columns import Id, UtcInstant
from backend.platform.data.table_kinds import directory_table, reference_table
from backend.platform.data.transactions import Base


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """A CHECK that `column` holds one of `values`, named after the column."""
    return CheckConstraint(f"{column} IN ({', '.join(repr(str(value)) for value in values)})", name=column)


class User(Base):
    """One person. Everything personal is sealed under their own key and empty after erasure."""

    __tablename__ = "users"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    access_status: Mapped[str] = mapped_column("standing", String(20))
    is_guest: Mapped[bool] = mapped_column(Boolean)  # nobody can sign in to it from a second device yet
    password_hash: Mapped[str | None] = mapped_column(String(200))
    sealed_email: Mapped[bytes | None] = mapped_column(LargeBinary)  # as typed; found through `identities`
    sealed_phone: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed_birth: Mapped[bytes | None] = mapped_column(LargeBinary)  # a year or a day, as much as was told
    sealed_guardian: Mapped[bytes | None] = mapped_column(LargeBinary)  # the e-mail of a minor's guardian
    created_at: Mapped[datetime] = mapped_column(UtcInstant)
    suspended_at: Mapped[datetime | None] = mapped_column(UtcInstant)  # why and by whom: the audit trail
    leaving_at: Mapped[datetime | None] = mapped_column(UtcInstant)  # erased when no money is on its way

    __table_args__ = (
        one_of("standing", AccessStatus),
        Index(None, "is_guest", "created_at"),
        Index(None, "leaving_at"),
    )


class Identity(Base):
    """Directory: from an e-mail, phone number, passkey or provider's subject to the person."""

    __tablename__ = "identities"

    kind: Mapped[str] = mapped_column(String(40), primary_key=True)  # email, phone, passkey, oidc:<provider>
    value_hash: Mapped[str] = mapped_column(String(64), primary_key=True)  # keyed: nobody can guess back
    user_id: Mapped[str] = mapped_column(Id)
    claimed_at: Mapped[datetime] = mapped_column(UtcInstant)
    verified_at: Mapped[datetime | None] = mapped_column(UtcInstant)  # possession was proved

    __table_args__ = (
        Index(None, "user_id"),
        directory_table(
            "value_hash",
            "the keyed hash of an e-mail, phone number, passkey or provider's subject",
            leads={"user_id": "users.user_id"},
        ),
    )


class UserRole(Base):
    """A role someone holds beyond `user`, which everyone holds; the audit trail knows who granted it."""

    __tablename__ = "user_roles"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    role: Mapped[str] = mapped_column(String(20), primary_key=True)
    granted_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (ForeignKeyConstraint(["user_id"], ["users.user_id"]),)


class GuestMerge(Base):
    """The one question whether a guest's record comes along to an account, and its answer."""

    __tablename__ = "guest_merges"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)  # the guest: asked once, brought at most once
    account_id: Mapped[str] = mapped_column(Id)  # the account they signed in to
    state: Mapped[str] = mapped_column(String(10))
    token_hash: Mapped[str] = mapped_column(String(64))  # of the token that answers the question
    asked_at: Mapped[datetime] = mapped_column(UtcInstant)
    answered_at: Mapped[datetime | None] = mapped_column(UtcInstant)

    __table_args__ = (
        one_of("state", MergeState),
        Index(None, "account_id"),
        reference_table(
            "asked by the guest and by the account alike; a row a guest, written once or twice",
            leads={"user_id": "users.user_id"},
        ),
    )


class Consent(Base):
    """One decision about one text; rows are only ever added, and the latest per kind is what holds."""

    __tablename__ = "consents"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(30))  # a key of consents.toml
    version: Mapped[str] = mapped_column(String(20))
    is_given: Mapped[bool] = mapped_column(Boolean)
    sealed_by: Mapped[bytes | None] = mapped_column(LargeBinary)  # the guardian's e-mail, where one decided
    decided_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        ForeignKeyConstraint(["user_id"], ["users.user_id"]),
        Index(None, "user_id", "kind", "id"),
    )
