"""Proofs: codes sent to an address, login challenges, and passkeys."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.platform.data.columns import Id, UtcInstant
from backend.platform.data.table_kinds import directory_table
from backend.platform.data.transactions import Base


class OneTimeCode(Base):
    """Directory: the one living code for an address and a purpose; it leads to someone only once it is used."""

    __tablename__ = "one_time_codes"

    address_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20), primary_key=True)
    # whom the proof is for: a signed-in person proves an address, a guardian answers for a child; else ""
    subject: Mapped[str] = mapped_column(String(30), primary_key=True)
    user_id: Mapped[str | None] = mapped_column(Id)
    secret_hash: Mapped[str] = mapped_column(String(64))
    attempts_left: Mapped[int] = mapped_column(Integer)
    expires_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        Index(None, "expires_at"),
        directory_table(
            "address_hash",
            "the keyed hash of the address a code was sent to",
            leads={"user_id": "users.user_id"},
        ),
    )


class LoginChallenge(Base):
    """Directory: a sign-in under way, found by the hash of the secret its device was given; used once."""

    __tablename__ = "ceremonies"

    secret_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))  # passkey.register, passkey.sign_in, oidc:<provider>
    user_id: Mapped[str | None] = mapped_column(Id)  # of whoever began it signed in
    challenge: Mapped[str] = mapped_column(String(200))  # what the authenticator signs; the nonce of a provider
    state_hash: Mapped[str | None] = mapped_column(String(64))  # of the `state` a provider must hand back
    verifier: Mapped[str | None] = mapped_column(String(200))  # PKCE, known only to us until the exchange
    redirect_uri: Mapped[str | None] = mapped_column(String(500))
    expires_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        Index(None, "expires_at"),
        directory_table(
            "secret_hash",
            "the hash of the secret a device was given as its sign-in began",
            leads={"user_id": "users.user_id"},
        ),
    )


class Passkey(Base):
    """One passkey of one person."""

    __tablename__ = "passkeys"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    credential_hash: Mapped[str] = mapped_column(String(64))  # of the credential id, as in `identities`
    credential_id: Mapped[bytes] = mapped_column(LargeBinary)  # random, made by the authenticator
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)  # goes up, or stays 0 where the authenticator has none
    sealed_label: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcInstant)
    used_at: Mapped[datetime | None] = mapped_column(UtcInstant)

    __table_args__ = (
        ForeignKeyConstraint(["user_id"], ["users.user_id"]),
        Index("uq_passkeys_credential", "user_id", "credential_hash", unique=True),
    )
