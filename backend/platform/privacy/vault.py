"""A key per person: what is sealed here becomes unreadable for ever when that key is erased.

Each user has a random data key, wrapped by a master key. Sealing is AES-256-GCM bound to the owner and a purpose.
`keyed_hash` makes the values of directories: equal inputs meet, nobody can guess back. Its key is kept wrapped as well,
so that the values stay when the master is exchanged.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import time
from collections import OrderedDict
from threading import Lock

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app
from sqlalchemy import Index, LargeBinary, String, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from backend.platform.data.columns import Id
from backend.platform.data.table_kinds import reference_table
from backend.platform.data.transactions import Base, Rows, ask_along, enqueue_write, in_transaction
from backend.platform.privacy.master_keys import LONGEST_NAME, NONCE_BYTES, UNNAMED, MasterKeys, WrappedKey

KEPT_KEYS = 10_000
KEPT_S = 60.0


class DataKey(Base):
    """One person's wrapped data key; deleting the row is what erasure means."""

    __tablename__ = "data_keys"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    wrapped_by: Mapped[str] = mapped_column(String(LONGEST_NAME), server_default=UNNAMED)  # the name of the master

    __table_args__ = (Index(None, "wrapped_by"),)


class DirectoryKey(Base):
    """The wrapped key of the keyed hashes of all directories. It has one row."""

    __tablename__ = "directory_keys"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    wrapped_by: Mapped[str] = mapped_column(String(LONGEST_NAME))

    __table_args__ = (reference_table("the wrapped key of the directories' hashes, one for the whole installation"),)


DIRECTORY = "directory"  # the owner that its key is bound to
_INSERT = DataKey.__table__.insert()
_SELECT = select(DataKey.wrapped, DataKey.wrapped_by).where(DataKey.user_id == bindparam("user_id"))
_DIRECTORY_KEY = select(DirectoryKey.wrapped, DirectoryKey.wrapped_by).where(DirectoryKey.version == 1)


class KeyErased(LookupError):
    """The person's data key is gone: what was sealed with it is gone too."""


class Vault:
    """One installation's keys; `masters` wrap them."""

    def __init__(self, masters: MasterKeys) -> None:
        self.masters = masters
        self._directory_key: bytes | None = None
        self._opening = Lock()
        self._kept: OrderedDict[str, tuple[float, AESGCM]] = OrderedDict()

    def make_key(self, session: Session, user_id: str) -> None:
        """Give a new person a data key, in this transaction."""
        made = self.masters.current.wrap(user_id, AESGCM.generate_key(256))
        enqueue_write(session, _INSERT, {"user_id": user_id, "wrapped": made.wrapped, "wrapped_by": made.wrapped_by})

    def erase_key(self, session: Session, user_id: str) -> None:
        """Destroy a person's data key, in this transaction."""
        session.execute(DataKey.__table__.delete().where(DataKey.user_id == user_id))
        self._kept.pop(user_id, None)

    def expect(self, session: Session, user_id: str) -> None:
        """Read a person's key with the next round trip, for who will seal or unseal in this transaction."""

        def learn(rows: Rows) -> None:
            if rows:
                self._keep(user_id, WrappedKey(**rows[0]))

        if self._kept_key(user_id) is None:
            ask_along(session, _SELECT, {"user_id": user_id}, learn)

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
        key = self._directory_key or self.open_directory()
        return hmac.new(key, f"{purpose}\x00{value}".encode(), hashlib.sha256).hexdigest()

    def open_directory(self) -> bytes:
        """The key of the directories; the first to ask reads it, in a transaction of its own."""
        with self._opening:
            if self._directory_key is None:
                kept = in_transaction(lambda session: session.execute(_DIRECTORY_KEY).one(), read_only=True)
                self._directory_key = self.masters.unwrap(DIRECTORY, WrappedKey(*kept))
            return self._directory_key

    def _key(self, session: Session, user_id: str) -> AESGCM:
        key = self._kept_key(user_id)
        if key is not None:
            return key
        wrapped = session.execute(_SELECT, {"user_id": user_id}).one_or_none()
        if wrapped is None:
            raise KeyErased(user_id)
        return self._keep(user_id, WrappedKey(*wrapped))

    def _kept_key(self, user_id: str) -> AESGCM | None:
        kept = self._kept.get(user_id)
        # a short life, so that a key erased by another process is forgotten here too
        return kept[1] if kept is not None and time.monotonic() - kept[0] < KEPT_S else None

    def _keep(self, user_id: str, wrapped: WrappedKey) -> AESGCM:
        key = AESGCM(self.masters.unwrap(user_id, wrapped))
        self._kept[user_id] = (time.monotonic(), key)
        while len(self._kept) > KEPT_KEYS:
            self._kept.popitem(last=False)
        return key


def the_vault() -> Vault:
    """The vault of the current application."""
    vault: Vault = current_app.extensions["carbon.vault"]
    return vault


def _bound(user_id: str, purpose: str) -> bytes:
    return f"{user_id}\x00{purpose}".encode()
