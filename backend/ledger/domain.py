"""What the ledger talks about: accounts of the chart, postings, entries and how they are chained.

    content_sha256 = SHA-256 of the canonical JSON of {facts, kind, postings, reverses}
    sha256         = SHA-256 of the canonical JSON of everything else in the entry, with `content_sha256` and
                     the `sha256` of the entry before

Canonical JSON: sorted keys, no spaces, UTF-8. No database, no clock. Changing the form breaks every chain that was ever
written: `docs/` promises it to those who verify a statement.

An account that fits no pattern of the chart does not exist. A person's account keeps a balance row with its bounds; a
system account has no row that all writers would share: its balance is a sum.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

# What the first entry of a book follows.
GENESIS = "0" * 64
LAPSED_ACCOUNT = "lapsed"
EXPIRED_ACCOUNT = "expired"
KEPT_ACCOUNTS = 4096  # names that a process has looked up before

_NAME = r"[A-Za-z0-9_.\-]{1,80}"


@dataclass(frozen=True)
class Pattern:
    """A family of accounts. `{id}` stands for the person who owns the account, `{}` for any other name."""

    text: str
    floor: int | None = None
    ceiling: int | None = None


# A balance is what came in minus what went out: so a debt is an `owed` account below zero.
CHART = (
    Pattern("user:{id}:points", floor=0),  # collected: may be spent, given, or expire
    Pattern("user:{id}:points:pending", floor=0),  # credited, not collected yet
    Pattern("user:{id}:points:owed", ceiling=0),  # taken back after it was spent
    Pattern("issuance:{}"),  # where a methodology's points come from, and go back to
    Pattern("spent:{}"),  # what for
    Pattern("transit:{}"),  # one gift between two people; empty again when both entries are written
    Pattern(LAPSED_ACCOUNT),  # never collected
    Pattern(EXPIRED_ACCOUNT),  # collected, never spent
)


@dataclass(frozen=True)
class Account:
    """One account; `owner` is None for a system account, bounds are None where there is none."""

    name: str
    owner: str | None
    floor: int | None
    ceiling: int | None

    def allows(self, balance: int) -> bool:
        """Whether `balance` lies within the bounds."""
        return (self.floor is None or balance >= self.floor) and (self.ceiling is None or balance <= self.ceiling)


@dataclass(frozen=True)
class PersonAccounts:
    """The accounts of one person: what they can spend, what they have not collected, what they owe (zero or below)."""

    points: str
    pending: str
    owed: str


@lru_cache(maxsize=KEPT_ACCOUNTS)
def accounts_of(user_id: str) -> PersonAccounts:
    """The names of the accounts of `user_id`."""
    points = f"user:{user_id}:points"
    return PersonAccounts(points, f"{points}:pending", f"{points}:owed")


def issuance(methodology_id: str) -> str:
    """The account a methodology's points come from."""
    return f"issuance:{methodology_id}"


def spent(purpose: str) -> str:
    """The account of what was spent for `purpose`."""
    return f"spent:{purpose}"


def transit(gift: str) -> str:
    """The account one gift passes through."""
    return f"transit:{gift}"


@lru_cache(maxsize=KEPT_ACCOUNTS)
def get_account(name: str) -> Account:
    """The account called `name`; raise `ValueError` when the chart has none."""
    if account := find_account(name):
        return account
    raise ValueError(f"no account {name!r}: it fits none of {', '.join(pattern.text for pattern in CHART)}")


@lru_cache(maxsize=KEPT_ACCOUNTS)
def find_account(name: str) -> Account | None:
    """The account called `name`, or None when the chart has none."""
    for pattern, form in _FORMS:
        if match := form.fullmatch(name):
            return Account(name, match.groupdict().get("owner"), pattern.floor, pattern.ceiling)
    return None


def _form(pattern: Pattern) -> re.Pattern[str]:
    escaped = re.escape(pattern.text)
    return re.compile(escaped.replace(r"\{id\}", f"(?P<owner>{_NAME})").replace(r"\{\}", _NAME))


_FORMS = tuple((pattern, _form(pattern)) for pattern in CHART)


@dataclass(frozen=True)
class Posting:
    """Points out of one account into another; `amount` is a whole number above zero."""

    source: str
    destination: str
    amount: int


@dataclass(frozen=True)
class NewEntry:
    """One business fact to be written: `reference` names it, `facts` say why, `reverses` is the entry it takes back."""

    reference: str
    kind: str
    postings: Sequence[Posting]
    facts: Mapping[str, Any]
    occurred_at: datetime
    reverses: str | None = None

    def content_sha256(self) -> str:
        """The hash of what it claims. When it happened is not part of it: a fact told again is the same fact."""
        return content_sha256(self.kind, self.postings, self.facts, self.reverses)


@dataclass(frozen=True)
class Link:
    """What the hash of an entry covers: its place in the book, its content, and the entry before."""

    user_id: str
    entry_id: str
    sequence: int
    reference: str
    occurred_at: datetime
    posted_at: datetime
    content_sha256: str
    previous_sha256: str

    def sha256(self) -> str:
        """The hash of the entry."""
        return _sha256(
            {
                "user_id": self.user_id,
                "id": self.entry_id,
                "sequence": self.sequence,
                "reference": self.reference,
                "occurred_at": _canonical(self.occurred_at),
                "posted_at": _canonical(self.posted_at),
                "content_sha256": self.content_sha256,
                "previous_sha256": self.previous_sha256,
            }
        )


@dataclass(frozen=True)
class PostedEntry:
    """As much of an entry as its reference leads to: enough to tell whether the same fact is told again."""

    id: str
    kind: str
    facts: Mapping[str, Any]
    reverses: str | None
    content_sha256: str


@dataclass(frozen=True)
class BookHead:
    """The last entry of a book: its number and its hash."""

    sequence: int
    sha256: str


@dataclass(frozen=True)
class Opening:
    """What opens a book: its head, none for one that nobody has made yet, and the entry behind the reference."""

    heads: Sequence[BookHead]
    entries: Sequence[PostedEntry] = ()


@dataclass(frozen=True)
class Entry:
    """One entry as it was written, with its postings in order."""

    id: str
    sequence: int
    reference: str
    kind: str
    facts: dict[str, Any]
    reverses: str | None
    occurred_at: datetime
    posted_at: datetime
    sha256: str
    postings: tuple[Posting, ...]


@dataclass(frozen=True)
class Filter:
    """Which entries: None means any. `reference` is how theirs begins, `since` the first instant of posting, `until`
    the first one no longer.
    """

    kind: str | None = None
    account: str | None = None
    reference: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def content_sha256(kind: str, postings: Sequence[Posting], facts: Mapping[str, Any], reverses: str | None) -> str:
    """The hash of what an entry claims."""
    return _sha256(
        {
            "kind": kind,
            "postings": [[posting.source, posting.destination, posting.amount] for posting in postings],
            "facts": facts,
            "reverses": reverses,
        }
    )


def _sha256(document: Mapping[str, Any]) -> str:
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _canonical(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="microseconds")
