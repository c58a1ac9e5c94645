"""What accounts talk about: a person's access, the ways in, devices, consents. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class AccessStatus(StrEnum):
    """What a person may do at all. Only `ACTIVE` may act."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    AWAITING_GUARDIAN = "awaiting_guardian"
    MERGED = "merged"  # a guest whose record went to an account
    LEAVING = "leaving"  # asked to be erased
    ERASED = "erased"


class MergeState(StrEnum):
    """What became of the question whether a guest's record comes along to an account."""

    ASKED = "asked"
    BROUGHT = "brought"
    LEFT = "left"


PASSKEY = "passkey"  # the kind of identity that a device makes by itself


class Channel(StrEnum):
    """How a code reaches a person."""

    EMAIL = "email"
    PHONE = "phone"


class SessionEnd(StrEnum):
    """Why a session was closed."""

    SIGNED_OUT = "signed_out"
    REUSED = "reused"  # a refresh token was used twice
    REVOKED = "revoked"
    REPLACED = "replaced"
    PASSWORD_CHANGED = "password"
    LEFT = "left"  # the account was closed


class LinkKind(StrEnum):
    """What accounts of one circle may share."""

    HOUSEHOLD = "household"
    DEVICE = "device"
    METER = "meter"
    ADDRESS = "address"
    PAYMENT = "payment"


@dataclass(frozen=True)
class StoredUser:
    """One person's row. Everything personal is sealed under their own key, and empty after erasure."""

    user_id: str
    access_status: str
    is_guest: bool  # nobody can sign in to it from a second device yet
    password_hash: str | None
    sealed_email: bytes | None
    sealed_phone: bytes | None
    sealed_birth: bytes | None
    sealed_guardian: bytes | None
    created_at: datetime
    suspended_at: datetime | None
    leaving_at: datetime | None


@dataclass(frozen=True)
class IdentityOwner:
    """Whom an identity leads to, and whether they have proved that it is theirs."""

    user_id: str
    is_verified: bool


@dataclass(frozen=True)
class StoredSession:
    """One sign-in on one device, as it is kept: the name the device gave itself is sealed."""

    user_id: str
    id: str
    opened_by: str
    sealed_device: bytes | None
    opened_at: datetime
    used_at: datetime
    closed_at: datetime | None
    closed_because: str | None


@dataclass(frozen=True)
class OpenedSession:
    """Since when somebody is signed in on a device, and what tells whether they are shown as a guest."""

    opened_at: datetime
    is_guest: bool
    sealed_email: bytes | None


@dataclass(frozen=True)
class SessionAccess:
    """What a person may do at all, and when the session in which they want to was closed."""

    access_status: str
    closed_at: datetime | None


@dataclass(frozen=True)
class PresentedToken:
    """A refresh token as the directory knows it: whose it is, and whether it was used."""

    user_id: str
    session_id: str
    spent_at: datetime | None
    expires_at: datetime


@dataclass(frozen=True)
class RefreshedSession:
    """What decides whether a session may be carried on; `is_guest` as its person is shown."""

    closed_at: datetime | None
    access_status: str
    is_guest: bool


@dataclass(frozen=True)
class StoredPasskey:
    """One passkey as it is kept."""

    user_id: str
    id: str
    credential_hash: str
    credential_id: bytes
    public_key: bytes
    sign_count: int
    sealed_label: bytes | None
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class RecordedConsent:
    """One decision about one text; rows are only ever added, and the latest of a kind holds."""

    kind: str
    version: str
    is_given: bool
    decided_at: datetime


@dataclass(frozen=True)
class Account:
    """What a person may know of their own account."""

    user_id: str
    is_guest: bool
    email: str | None
    email_verified: bool
    phone: str | None
    phone_verified: bool
    has_password: bool
    roles: frozenset[str]
    created_at: datetime


@dataclass(frozen=True)
class Tokens:
    """What a device gets: who it acts for, a short access token, and the one refresh token to use next."""

    user_id: str
    session_id: str
    access_token: str
    expires_in_s: int
    refresh_token: str
    refresh_expires_at: datetime
    is_guest: bool
    guest_question: str | None = None  # the token that answers whether a guest's record comes along
    token_type: str = "Bearer"


@dataclass(frozen=True)
class Device:
    """One signed-in device as its owner sees it."""

    id: str
    device: str | None
    opened_by: str
    opened_at: datetime
    used_at: datetime
    is_current: bool


@dataclass(frozen=True)
class Registration:
    """What somebody tells us when they register. `agreed` maps a consent to the version that was shown."""

    born: str
    guardian_email: str | None
    agreed: Mapping[str, str]
    device: str | None

    @classmethod
    def of(cls, body: Mapping[str, Any], device: str | None) -> Registration:
        """The registration in a body, or in its part of that name."""
        return cls(body["born"], body["guardian_email"], body["consents"], device)

    @classmethod
    def find(cls, body: Mapping[str, Any]) -> Registration | None:
        """The registration a sign-in brings along for somebody new, or None."""
        part = body["registration"]
        return None if part is None else cls.of(part, body["device"])


@dataclass(frozen=True)
class CodeSignIn:
    """A code somebody typed: where it was sent, on which device it came back, and what a new account needs."""

    channel: str
    address: str
    code: str
    device: str | None
    registration: Registration | None


@dataclass(frozen=True)
class Credentials:
    """What is stored for whoever tries to sign in; empty when nobody is behind the e-mail."""

    user_id: str
    password_hash: str | None


@dataclass(frozen=True)
class Proof:
    """A password that matched: whose, against which hash, and a stronger hash when theirs has aged."""

    user_id: str
    password_hash: str
    newer_hash: str | None


@dataclass(frozen=True)
class MergeAnswer:
    """What became of a guest's record."""

    guest_id: str
    brought: bool


@dataclass(frozen=True)
class ConsentText:
    """A text somebody may agree to: its current version, who decides, and where to read it."""

    kind: str
    version: str
    required: bool
    by: str
    title: Mapping[str, str]
    path: str


@dataclass(frozen=True)
class Decision:
    """What someone decided last about one kind; `is_current` when it was about the text in force."""

    kind: str
    version: str
    is_given: bool
    is_current: bool
    decided_at: datetime


@dataclass(frozen=True)
class PasskeyOptions:
    """What the device hands to its authenticator, and the secret that ties the second step to it."""

    ceremony: str
    options: Mapping[str, Any]


@dataclass(frozen=True)
class PasskeyShown:
    """One passkey as its owner sees it."""

    id: str
    label: str | None
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class ProviderSignIn:
    """What goes along to the provider, and the secret that stays on the device."""

    ceremony: str
    state: str
    nonce: str
    verifier: str
    redirect_uri: str

    def authorization_parameters(self) -> dict[str, str]:
        """What the provider's authorization URL is made of."""
        return self.exchange_parameters() | {"state": self.state}

    def exchange_parameters(self) -> dict[str, str]:
        """What proves to the provider, and to us, that the code belongs to this sign-in."""
        return {"nonce": self.nonce, "verifier": self.verifier, "redirect_uri": self.redirect_uri}


@dataclass(frozen=True)
class StoredChallenge:
    """A login challenge as its second step finds it."""

    challenge: str
    user_id: str | None = None  # of whoever began it signed in
    state_hash: str | None = None
    verifier: str | None = None
    redirect_uri: str | None = None
