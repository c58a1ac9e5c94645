"""Why did my number change? Every change of a credit leaves a note in words, with the grams before and after.

In the transaction of the change itself, so that no number moves in silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from backend.inbox import service as inbox
from backend.methodology import service as methodology

Row = Mapping[str, Any]

WITHDRAWN, CHANGED = "reduction.withdrawn", "reduction.changed"
_NOTHING = {"credited_g": 0, "behaviour_points": 0}


def tell_replaced(session: Session, before: Row, after: Row) -> None:
    """Tell the owner of `after` that it took the place of `before`, unless both are credited the same."""
    if _credit(before) != _credit(after):
        kind = f"reduction.{after['cause']}"
        _tell(session, kind if inbox.has_kind(kind) else CHANGED, before, after, f"reduction:{after['id']}")


def tell_confirmed(session: Session, before: Row, after: Row) -> None:
    """Tell the owner of `after` of a decision that changed nothing about its credit, but let it count."""
    kind = f"reduction.{after['cause']}"
    if inbox.has_kind(kind):
        _tell(session, kind, before, after, f"reduction:{after['id']}")


def tell_withdrawn(session: Session, reduction: Row) -> None:
    """Tell somebody that the activity they took back counts no longer."""
    after = {**reduction, **_NOTHING}
    _tell(session, WITHDRAWN, reduction, after, f"withdrawn:{reduction['activity_id']}")


def _tell(session: Session, kind: str, before: Row, after: Row, reference: str) -> None:
    pinned = methodology.get_pinned(session, after["version_id"], after["content_sha256"])
    facts = {
        "activity_id": after["activity_id"],
        "methodology": dict(pinned.methodology.title),
        "occurred_on": after["occurred_on"].isoformat(),
        "before_g": before["credited_g"],
        "after_g": after["credited_g"],
        "before_points": sum(_credit(before)),
        "after_points": sum(_credit(after)),
    }
    inbox.notify(session, after["user_id"], kind, facts, reference=reference)


def _credit(reduction: Row) -> tuple[int, int]:
    return reduction["credited_g"], reduction["behaviour_points"]
