"""Letters: messages on their way, written with the act that caused them and sent afterwards.

A letter may go to an address nobody owns yet, so it belongs to itself: it is sealed with a data key of its own, which
dies when the letter has gone. Writing one costs the same whoever the address belongs to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, LargeBinary, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from backend.platform.core import clock, i18n
from backend.platform.data import ids
from backend.platform.data.columns import Id, UtcInstant
from backend.platform.data.transactions import Base, enqueue_write, in_transaction
from backend.platform.ops import outbox
from backend.platform.privacy.vault import the_vault
from backend.platform.web import json
from backend.ports.message_adapters import the_messenger
from backend.ports.messages import Message

TOPIC = "letters.waiting"  # somebody waits for it at this moment: codes, links, and what comes in their stead
TOPIC_NEWS = "letters.news"  # nobody does; by the thousand, perhaps
PURPOSE = "letter"
# a code is good for ten minutes: once the provider answers again, nobody waits longer than this for its next try
WAITING_PAUSE = timedelta(seconds=10)


class Letter(Base):
    """One message that has not been sent."""

    __tablename__ = "letters"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)  # of its data key: the letter's own
    address_hash: Mapped[str] = mapped_column(String(64))  # so that an erased person's letters can be found
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime] = mapped_column(UtcInstant)  # nobody wants it after that

    __table_args__ = (Index(None, "address_hash"),)


_TABLE = Letter.__table__
_INSERT = _TABLE.insert()


def write(
    session: Session, channel: str, to: str, address_hash: str, kind: str, expires_at: datetime, **facts: Any
) -> None:
    """Write a letter of `kind` (its texts stand in the contexts `letter_subject` and `letter_body`), in this
    transaction and the language of this request."""
    subject, body = (i18n.text(context, kind, **facts) for context in ("letter_subject", "letter_body"))
    _post(session, Message(channel, to, subject, body), address_hash, expires_at, TOPIC)


def post(session: Session, message: Message, address_hash: str, expires_at: datetime) -> None:
    """Put news whose words are made already on their way, in this transaction; letters that somebody waits for
    overtake them."""
    _post(session, message, address_hash, expires_at, TOPIC_NEWS)


def _post(session: Session, message: Message, address_hash: str, expires_at: datetime, topic: str) -> None:
    letter_id = ids.new_id("letter")
    the_vault().make_key(session, letter_id)
    sealed = the_vault().seal(session, letter_id, PURPOSE, json.dumps(asdict(message)))
    row = {"user_id": letter_id, "address_hash": address_hash, "sealed": sealed, "expires_at": expires_at}
    enqueue_write(session, _INSERT, row)
    # mail and phone are two systems: neither waits for the other
    outbox.enqueue(session, letter_id, topic, {}, remote=message.channel)


def deliver(letter_id: str, _facts: Mapping[str, Any]) -> None:
    """Send one letter and destroy it: what the outbox does with both topics. Opens its own transactions.

    Sent at least once: a crash between sending and destroying sends it again. One that has expired is not sent.
    """
    message = in_transaction(lambda session: _read(session, letter_id), read_only=True)
    if message is not None:
        the_messenger().send(message)
    in_transaction(lambda session: _destroy(session, [letter_id]))


def forget(session: Session, address_hashes: list[str]) -> None:
    """Destroy what is on its way to any of these addresses."""
    found = session.scalars(select(_TABLE.c.user_id).where(_TABLE.c.address_hash.in_(address_hashes))).all()
    _destroy(session, list(found))


def drop_expired(session: Session, now: datetime) -> int:
    """Destroy letters nobody wants any more; return how many."""
    expired = list(session.scalars(select(_TABLE.c.user_id).where(_TABLE.c.expires_at < now)))
    _destroy(session, expired)
    return len(expired)


def _read(session: Session, letter_id: str) -> Message | None:
    row = session.execute(select(_TABLE).where(_TABLE.c.user_id == letter_id)).one_or_none()
    if row is None or row.expires_at <= clock.database_now(session):
        return None
    return Message(**json.loads(the_vault().unseal(session, letter_id, PURPOSE, row.sealed)))


def _destroy(session: Session, letter_ids: list[str]) -> None:
    for letter_id in letter_ids:
        the_vault().erase_key(session, letter_id)
    session.execute(delete(_TABLE).where(_TABLE.c.user_id.in_(letter_ids)))
