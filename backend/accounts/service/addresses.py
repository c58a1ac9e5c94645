"""Addresses: e-mails and phone numbers, read one way, and the directory that leads from each to its person.

A registered address leads to whoever registered it first. Proof of possession beats a registration:
see `mark_proved`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from sqlalchemy import ColumnElement, bindparam, delete, select, update
from sqlalchemy.orm import Session

from backend.accounts.domain import Channel
from backend.accounts.models import Identity
from backend.accounts.service import circles
from backend.platform.core import clock
from backend.platform.core.errors import invalid_field
from backend.platform.data.upsert import insert_absent
from backend.platform.privacy.vault import the_vault

# What every mail server accepts in practice; the proof is the mail that arrives, not the pattern.
_EMAIL = re.compile(r"[^\s@<>\"(),:;\\]{1,64}@[^\s@<>\"(),:;\\]{1,185}\.[^\s@<>\"(),:;\\.]{2,63}\Z")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}\Z", re.ASCII)
_PHONE_FILLERS = re.compile(r"[\s().-]")

_TABLE = Identity.__table__
_REGISTER = insert_absent(_TABLE).returning(_TABLE.c.user_id)
_FIND = select(_TABLE.c.user_id, _TABLE.c.verified_at).where(
    _TABLE.c.kind == bindparam("kind"), _TABLE.c.value_hash == bindparam("value_hash")
)


@dataclass(frozen=True)
class Address:
    """An e-mail or phone number: `shown` as typed, `value` as compared."""

    channel: str
    shown: str
    value: str

    @property
    def hash(self) -> str:
        """The key of this address in the directories."""
        return the_vault().keyed_hash(self.channel, self.value)


@dataclass(frozen=True)
class IdentityOwner:
    """Whom an identity leads to, and whether they have proved that it is theirs."""

    user_id: str
    is_verified: bool


def read_email(text: str, field: str = "email") -> Address:
    """`text` as an e-mail address: NFKC, case folded. Raises `request.invalid` for `field`."""
    shown = unicodedata.normalize("NFKC", text).strip()
    if not _EMAIL.match(shown):
        raise invalid_field(field, "not_an_email")
    return Address(Channel.EMAIL, shown, shown.casefold())


def read_phone(text: str, field: str = "phone") -> Address:
    """`text` as a phone number with its country, `+8613800138000`. Raises `request.invalid` for `field`."""
    shown = unicodedata.normalize("NFKC", text).strip()
    value = _PHONE_FILLERS.sub("", shown)
    if not _PHONE.match(value):
        raise invalid_field(field, "not_a_phone")
    return Address(Channel.PHONE, shown, value)


def read_address(channel: str, text: str, field: str = "address") -> Address:
    """`text` as an address of `channel`. Raises `request.invalid` for `field`."""
    return read_email(text, field) if channel == Channel.EMAIL else read_phone(text, field)


def find_owner(session: Session, kind: str, value_hash: str) -> IdentityOwner | None:
    """Whom an identity leads to, or None."""
    row = session.execute(_FIND, {"kind": kind, "value_hash": value_hash}).one_or_none()
    return None if row is None else IdentityOwner(row.user_id, row.verified_at is not None)


def register_identity(session: Session, user_id: str, kind: str, value_hash: str, *, verified: bool = False) -> bool:
    """Let an identity lead to `user_id` unless it already leads to someone; return whether it does now."""
    now = clock.database_now(session)
    row = {
        "kind": kind,
        "value_hash": value_hash,
        "user_id": user_id,
        "claimed_at": now,
        "verified_at": now if verified else None,
    }
    return session.execute(_REGISTER, row).one_or_none() is not None


def mark_proved(session: Session, user_id: str, address: Address) -> None:
    """Record that the person an address leads to has proved that it is theirs."""
    link_mailbox(session, user_id, address)
    session.execute(
        update(_TABLE).where(_is(address), _TABLE.c.user_id == user_id).values(verified_at=clock.database_now(session))
    )


def take_over_unproved(session: Session, user_id: str, address: Address) -> bool:
    """Let an address that somebody only registered lead to `user_id`, who proved it; return whether it does now."""
    now = clock.database_now(session)
    taken = session.execute(
        update(_TABLE)
        .where(_is(address), _TABLE.c.verified_at.is_(None))
        .values(user_id=user_id, claimed_at=now, verified_at=now)
        .returning(_TABLE.c.user_id)
    )
    return taken.one_or_none() is not None


def link_mailbox(session: Session, user_id: str, address: Address) -> None:
    """Let accounts whose addresses reach one mailbox share an allowance: `ann+2@example.org` is `ann@example.org`."""
    name, at, domain = address.value.partition("@")
    mailbox = name.partition("+")[0] + at + domain if at else name
    circles.link(session, user_id, circles.LinkKind.ADDRESS, mailbox)


def has_identity(session: Session, user_id: str) -> bool:
    """Whether anything leads to this person: an address, a passkey, a provider."""
    return session.scalar(select(_TABLE.c.kind).where(_TABLE.c.user_id == user_id).limit(1)) is not None


def drop_other_addresses(session: Session, user_id: str, address: Address) -> None:
    """Free every other address of the same channel that leads to a person."""
    session.execute(
        delete(_TABLE).where(
            _TABLE.c.user_id == user_id, _TABLE.c.kind == address.channel, _TABLE.c.value_hash != address.hash
        )
    )


def drop_other_identities(session: Session, user_id: str, address: Address) -> None:
    """Drop every identity of a person but `address`: whoever registered it without proof loses their ways in."""
    session.execute(delete(_TABLE).where(_TABLE.c.user_id == user_id, ~_is(address)))


def _is(address: Address) -> ColumnElement[bool]:
    return (_TABLE.c.kind == address.channel) & (_TABLE.c.value_hash == address.hash)
