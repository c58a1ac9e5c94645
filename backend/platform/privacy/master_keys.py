"""Master keys: the secrets of the installation that wrap the keys in its database. One wraps, each of them opens.

A wrapped key says by its name which master wrapped it, so that masters can be exchanged while both are in use.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
LONGEST_NAME = 16
UNNAMED = ""  # of keys from before masters had names, all wrapped by the only one of that time


class MasterMissing(LookupError):
    """A key was wrapped by a master that is not configured; its argument is the name of that master."""


@dataclass(frozen=True)
class WrappedKey:
    """A key that only its master opens, and the name of that master."""

    wrapped: bytes
    wrapped_by: str


class MasterKey:
    """One secret of the installation; `name` tells it apart and gives nothing away of it."""

    def __init__(self, secret: str) -> None:
        self.name = _derive(secret, "name").hex()[:LONGEST_NAME]
        self.first_directory_key = _derive(secret, "directory")
        self._wrapping = AESGCM(_derive(secret, "wrap"))

    def wrap(self, owner: str, key: bytes) -> WrappedKey:
        """`key` for the eyes of this master, bound to its owner."""
        nonce = os.urandom(NONCE_BYTES)
        return WrappedKey(nonce + self._wrapping.encrypt(nonce, key, owner.encode()), self.name)

    def find_key(self, owner: str, wrapped: bytes) -> bytes | None:
        """The key that was wrapped; None when another master wrapped it, for another owner, or the bytes changed."""
        try:
            return self._wrapping.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], owner.encode())
        except InvalidTag:
            return None


class MasterKeys:
    """The configured masters: `current` wraps, it and the `others` open."""

    def __init__(self, current: str, others: Sequence[str] = ()) -> None:
        self.current = MasterKey(current)
        self._by_name = {master.name: master for master in (self.current, *map(MasterKey, others))}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all masters, the current one first."""
        return tuple(self._by_name)

    def unwrap(self, owner: str, key: WrappedKey) -> bytes:
        """The key that was wrapped; raise `MasterMissing`, or `ValueError` when the bytes were changed."""
        master = self.find_master(owner, key)
        if master is None:
            raise MasterMissing(key.wrapped_by)
        plain = master.find_key(owner, key.wrapped)
        if plain is None:
            raise ValueError("a wrapped key does not open with its owner and its master")
        return plain

    def find_master(self, owner: str, key: WrappedKey) -> MasterKey | None:
        """The master that opens `key`, None when it is not configured; a key that names none is tried with each."""
        if key.wrapped_by != UNNAMED:
            return self._by_name.get(key.wrapped_by)
        masters = self._by_name.values()
        return next((master for master in masters if master.find_key(owner, key.wrapped) is not None), None)


def _derive(secret: str, purpose: str) -> bytes:
    return hmac.new(secret.encode(), f"carbon/{purpose}".encode(), hashlib.sha256).digest()
