"""The chart of accounts: which accounts there are, whose they are, and how far each may go.

An account that fits no pattern does not exist. A person's account keeps a balance row with its bounds; a system
account has no row that all writers would share: its balance is a sum.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

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
    Pattern("lapsed"),  # never collected
    Pattern("expired"),  # collected, never spent
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


def points(user_id: str) -> str:
    """The account of what `user_id` can spend."""
    return f"user:{user_id}:points"


def pending(user_id: str) -> str:
    """The account of what `user_id` was credited and has not collected."""
    return f"user:{user_id}:points:pending"


def owed(user_id: str) -> str:
    """The account of what `user_id` owes; its balance is zero or below."""
    return f"user:{user_id}:points:owed"


def issuance(methodology_id: str) -> str:
    """The account a methodology's points come from."""
    return f"issuance:{methodology_id}"


def spent(purpose: str) -> str:
    """The account of what was spent for `purpose`."""
    return f"spent:{purpose}"


def transit(gift: str) -> str:
    """The account one gift passes through."""
    return f"transit:{gift}"


LAPSED = "lapsed"
EXPIRED = "expired"


def account(name: str) -> Account:
    """The account called `name`; raise `ValueError` when the chart has none."""
    if found := find_account(name):
        return found
    raise ValueError(f"no account {name!r}: it fits none of {', '.join(pattern.text for pattern in CHART)}")


@lru_cache(maxsize=4096)
def find_account(name: str) -> Account | None:
    """The account called `name`, or None when the chart has none."""
    for pattern, form in _FORMS:
        if found := form.fullmatch(name):
            return Account(name, found.groupdict().get("owner"), pattern.floor, pattern.ceiling)
    return None


def _form(pattern: Pattern) -> re.Pattern[str]:
    escaped = re.escape(pattern.text)
    return re.compile(escaped.replace(r"\{id\}", f"(?P<owner>{_NAME})").replace(r"\{\}", _NAME))


_FORMS = tuple((pattern, _form(pattern)) for pattern in CHART)
