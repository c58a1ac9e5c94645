"""Whether an activity is believed: what a rule or an operator decided, and what the person says against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class RecordedDecision:
    """A stored decision, by a rule where `decided_by` is None; `found` names every rule that found something."""

    user_id: str
    activity_id: str
    number: int
    outcome: str
    rule: str
    rule_version: int
    found: Mapping[str, Any]
    decided_by: str | None
    sealed_reason: bytes | None
    decided_at: datetime


@dataclass(frozen=True)
class RulePattern:
    """How many of a person's activities a rule found something against, and what they come to, in grams or points."""

    activities: int
    amount: int


@dataclass(frozen=True)
class Appeal:
    """What somebody says, once, against a decision on their activity; `sealed_words` are None once they were erased."""

    user_id: str
    activity_id: str
    sealed_words: bytes | None
    created_at: datetime
    answered_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether nobody has answered it yet."""
        return self.answered_at is None
