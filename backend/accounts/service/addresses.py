"""Addresses: e-mails and phone numbers, read one way, and the directory that leads from each to its person.

A registered address leads to whoever registered it first. Proof of possession beats a registration:
see `mark_proved`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.accounts.domain import Channel, IdentityOwner, LinkKind
from backend.accounts.service import circles
from backend.accounts.sql import credentials as sql
from backend.platform.core import clock
from backend.platform.core.errors import invalid_field
from backend.platform.data.batch import fetch
from backend.platform.privacy.vault import the_vault

# What every mail server accepts in practice; the proof is the mail that arrives, not the pattern.
_EMAIL = re.compile(r"[^\s@<>\"(),:;\\]{1,64}@[^\s@<>\"(),:;\\]{1,185}\.[^\s@<>\"(),:;\\.]{2,63}\Z")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}\Z", re.ASCII)
_PHONE_FILLERS = re.compile(r"[\s().-]")


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
    return fetch(session, sql.identity_owner(kind, value_hash)).one_or_none()


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
    return session.execute(sql.REGISTER_IDENTITY, row).one_or_none() is not None


def mark_proved(session: Session, user_id: str, address: Address) -> None:
    """Record that the person an address leads to has proved that it is theirs."""
    link_mailbox(session, user_id, address)
    session.execute(sql.MARK_PROVED, {"owner": user_id, **_key(address), "now": clock.database_now(session)})


def take_over_unproved(session: Session, user_id: str, address: Address) -> bool:
    """Let an address that somebody only registered lead to `user_id`, who proved it; return whether it does now."""
    taker = {"taker": user_id, **_key(address), "now": clock.database_now(session)}
    return session.execute(sql.TAKE_OVER_UNPROVED, taker).one_or_none() is not None


def link_mailbox(session: Session, user_id: str, address: Address) -> None:
    """Let accounts whose addresses reach one mailbox share an allowance: `ann+2@example.org` is `ann@example.org`."""
    name, at, domain = address.value.partition("@")
    mailbox = name.partition("+")[0] + at + domain if at else name
    circles.link(session, user_id, LinkKind.ADDRESS, mailbox)


def has_identity(session: Session, user_id: str) -> bool:
    """Whether anything leads to this person: an address, a passkey, a provider."""
    return session.scalar(sql.ANY_KIND, {"owner": user_id}) is not None


def drop_other_addresses(session: Session, user_id: str, address: Address) -> None:
    """Free every other address of the same channel that leads to a person."""
    session.execute(sql.DROP_OTHER_ADDRESSES, {"owner": user_id, **_key(address)})


def drop_other_identities(session: Session, user_id: str, address: Address) -> None:
    """Drop every identity of a person but `address`: whoever registered it without proof loses their ways in."""
    session.execute(sql.DROP_OTHER_IDENTITIES, {"owner": user_id, **_key(address)})


def _key(address: Address) -> dict[str, str]:
    """The key of an address in the directory."""
    return {"of_kind": address.channel, "of_value": address.hash}
