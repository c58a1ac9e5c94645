"""Passwords: Argon2id hashes, with a bound on how many are computed at once.

One hash takes 64 MiB and about 90 ms on purpose, so a crowd at the door must wait rather than exhaust the machine.
Never call this inside a transaction: SQLite's only writer would wait with it. Touches no database.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from backend.platform.core import context
from backend.platform.core.errors import Refusal

AT_ONCE = 2
PATIENCE_S = 5.0
# Argon2 takes any length; a bound keeps a megabyte of password from costing a second.
MAXIMUM_LENGTH = 256


class Passwords:
    """Hashing with one profile: "normal" protects real passwords, "cheap" is for tests."""

    def __init__(self, profile: str) -> None:
        self._hasher = PasswordHasher() if profile == "normal" else PasswordHasher(1, 8, 1)
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._nobody = self._hasher.hash("a password that nobody has")

    def hash(self, password: str) -> str:
        """A fresh salted hash of `password`; raise `service.busy` when too many are being made."""
        with self._place():
            return self._hasher.hash(password)

    def matches(self, stored: str | None, password: str) -> bool:
        """Whether `stored` is a hash of `password`. Without a stored hash it costs the same and is False."""
        with self._place():
            try:
                self._hasher.verify(stored or self._nobody, password)
            except (VerificationError, InvalidHashError):
                return False
        return stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Whether `stored` was made with weaker parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(timeout=PATIENCE_S):
            raise Refusal("service.busy", retry_after_s=2)
        try:
            yield
        finally:
            self._places.release()


def the_passwords() -> Passwords:
    """The hashing of the current application."""
    made: Passwords = context.remembered("passwords", lambda: Passwords(context.settings().password_profile))
    return made
