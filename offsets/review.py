"""Documents past their review-by day: first they are due, then they count for less, then not at all.

Promise: judged by the day on which something is said or sold, never by a clock; what is due is listed with its day. The
policy is `library/review.toml`. Touches that file, once.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "library" / "review.toml"


class Review(StrEnum):
    """How a document stands on a day."""

    FRESH = "fresh"
    DUE = "due"  # it stands, and somebody should look
    DEGRADED = "degraded"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Due:
    """One document whose review-by day is over: `kind` is claims, project or species."""

    kind: str
    document_id: str
    review_by: date
    state: Review


def review_on(day: date, review_by: date) -> Review:
    """How a document that is to be reviewed by a day stands on another."""
    degrade_after, stop_after = _policy()
    late = (day - review_by).days
    if late <= 0:
        return Review.FRESH
    if late <= degrade_after:
        return Review.DUE
    return Review.DEGRADED if late <= stop_after else Review.STOPPED


def is_current(day: date, review_by: date) -> bool:
    """Whether a document still stands for all that it says."""
    return review_on(day, review_by) in (Review.FRESH, Review.DUE)


def list_due(kind: str, documents: Iterable[tuple[str, date]], day: date) -> list[Due]:
    """Which of these documents (id and review-by day) are past it, the longest overdue first."""
    states = ((document_id, review_by, review_on(day, review_by)) for document_id, review_by in documents)
    due = [
        Due(kind, document_id, review_by, state) for document_id, review_by, state in states if state != Review.FRESH
    ]
    return sorted(due, key=lambda one: (one.review_by, one.document_id))


@cache
def _policy() -> tuple[int, int]:
    policy = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return int(policy["degrade_after_days"]), int(policy["stop_after_days"])
