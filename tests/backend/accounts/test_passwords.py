"""Hashing: bounded, so that a crowd at the door waits instead of exhausting the machine."""

from __future__ import annotations

import threading
import time

import pytest

from backend.platform.core.errors import Refusal
from backend.platform.privacy import passwords
from backend.platform.privacy.passwords import Passwords


class Watched(Passwords):
    """Counts how many hashes are being computed at the same time."""

    def __init__(self) -> None:
        super().__init__("cheap")
        self.running, self.most, self._lock = 0, 0, threading.Lock()
        self._hasher = self

    def verify(self, _stored, _password):
        with self._lock:
            self.running += 1
            self.most = max(self.most, self.running)
        time.sleep(0.02)
        with self._lock:
            self.running -= 1


def most_at_once(parallel) -> int:
    watched = Watched()
    assert parallel(8, lambda _: watched.matches("stored", "password")).results == [True] * 8
    return watched.most


@pytest.mark.concurrency
def test_no_more_than_a_few_hashes_are_computed_at_once(parallel):
    assert most_at_once(parallel) <= passwords.AT_ONCE


@pytest.mark.concurrency
def test_without_the_bound_everyone_hashes_at_once(parallel, monkeypatch):
    monkeypatch.setattr(passwords, "AT_ONCE", 8)
    assert most_at_once(parallel) > 2


def test_who_waits_too_long_is_told_to_come_back(monkeypatch):
    monkeypatch.setattr(passwords, "PATIENCE_S", 0.01)
    hashing = Passwords("cheap")
    with hashing._place(), hashing._place(), pytest.raises(Refusal) as refused:
        hashing.hash("one too many")
    assert (refused.value.code, refused.value.facts) == ("service.busy", {"retry_after_s": 2})


def test_a_real_hash_is_argon2id_and_an_older_one_is_renewed():
    assert Passwords("normal").hash("correct horse").startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert Passwords("normal").is_outdated(Passwords("cheap").hash("correct horse"))
