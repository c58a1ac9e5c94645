"""A key per person: what is sealed here becomes unreadable for ever when that key is erased.

Each user has a random data key, wrapped by a key derived from the installation's secret. Sealing is AES-256-GCM bound
to the owner and a purpose. `keyed_hash` makes the values of directories: equal inputs meet, nobody can guess back.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import time
from collections import OrderedDict

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app
from sqlalchemy import LargeBinary, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from backend.platform.data.columns import Id
from backend.platform.data.transactions import Base, enqueue_write

NONCE_BYTES = 12
KEPT_KEYS = 10_000
KEPT_S = 60.0


class DataKey(Base):
    """One person's wrapped data key; deleting the row is what erasure means."""

    __tablename__ = "data_keys"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)


_INSERT = DataKey.__table__.insert()
_SELECT = select(DataKey.wrapped).where(DataKey.user_id == bindparam("user_id"))


class KeyErased(LookupError):
    """The person's data key is gone: what was sealed with it is gone too."""


class Vault:
    """One installation's keys. `secret` is the installation's secret text."""

    def __init__(self, secret: str) -> None:
        self._wrapping = AESGCM(_derive(secret, "wrap"))
        self._hashing = _derive(secret, "directory")
        self._kept: OrderedDict[str, tuple[float, AESGCM]] = OrderedDict()

    def make_key(self, session: Session, user_id: str) -> None:
        """Give a new person a data key, in this transaction."""
        key = AESGCM.generate_key(256)
        nonce = os.urandom(NONCE_BYTES)
        wrapped = nonce + self._wrapping.encrypt(nonce, key, user_id.encode())
        enqueue_write(session, _INSERT, {"user_id": user_id, "wrapped": wrapped})

    def erase_key(self, session: Session, user_id: str) -> None:
        """Destroy a person's data key, in this transaction."""
        session.execute(DataKey.__table__.delete().where(DataKey.user_id == user_id))
        self._kept.pop(user_id, None)

    def seal(self, session: Session, user_id: str, purpose: str, plain: bytes) -> bytes:
        """`plain` encrypted for `user_id` and `purpose`; raise `KeyErased`."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._key(session, user_id).encrypt(nonce, plain, _bound(user_id, purpose))

    def unseal(self, session: Session, user_id: str, purpose: str, sealed: bytes) -> bytes:
        """What was sealed; raise `KeyErased` when the key is gone, `ValueError` when the bytes were changed."""
        try:
            return self._key(session, user_id).decrypt(
                sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _bound(user_id, purpose)
            )
        except InvalidTag as error:
            raise ValueError("sealed bytes do not open with this owner and purpose") from error

    def keyed_hash(self, purpose: str, value: str) -> str:
        """A hash of `value` that only this installation can make, as 64 hex digits."""
        return hmac.new(self._hashing, f"{purpose}\x00{value}".encode(), hashlib.sha256).hexdigest()

    def _key(self, session: Session, user_id: str) -> AESGCM:
        kept = self._kept.get(user_id)
        # a short life, so that a key erased by another process is forgotten here too
        if kept is not None and time.monotonic() - kept[0] < KEPT_S:
            return kept[1]
        wrapped = session.execute(_SELECT, {"user_id": user_id}).scalar_one_or_none()
        if wrapped is None:
            raise KeyErased(user_id)
        key = AESGCM(self._wrapping.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], user_id.encode()))
        self._kept[user_id] = (time.monotonic(), key)
        while len(self._kept) > KEPT_KEYS:
            self._kept.popitem(last=False)
        return key


def the_vault() -> Vault:
    """The vault of the current application."""
    vault: Vault = current_app.extensions["carbon.vault"]
    return vault


def _derive(secret: str, purpose: str) -> bytes:
    return hmac.new(secret.encode(), f"carbon/{purpose}".encode(), hashlib.sha256).digest()


def _bound(user_id: str, purpose: str) -> bytes:
    return f"{user_id}\x00{purpose}".encode()
