"""Why did my number change? Every change of a credit leaves a note in words, with the grams before and after.

In the transaction of the change itself, so that no number moves in silence.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.activities.domain import Reduction
from backend.inbox import service as inbox
from backend.methodology import service as methodology

WITHDRAWN, CHANGED = "reduction.withdrawn", "reduction.changed"


@dataclass(frozen=True)
class _Credit:
    grams: int
    points: int


def notify_replaced(session: Session, before: Reduction, after: Reduction) -> None:
    """Tell the owner of `after` that it took the place of `before`, unless both are credited the same."""
    if _credit(before) != _credit(after):
        kind = f"reduction.{after.cause}"
        _notify(session, kind if inbox.has_kind(kind) else CHANGED, before, after, f"reduction:{after.id}")


def notify_confirmed(session: Session, before: Reduction, after: Reduction) -> None:
    """Tell the owner of `after` of a decision that changed nothing about its credit, but let it count."""
    kind = f"reduction.{after.cause}"
    if inbox.has_kind(kind):
        _notify(session, kind, before, after, f"reduction:{after.id}")


def notify_withdrawn(session: Session, reduction: Reduction) -> None:
    """Tell somebody that the activity they took back counts no longer."""
    _notify(session, WITHDRAWN, reduction, None, f"withdrawn:{reduction.activity_id}")


def _notify(session: Session, kind: str, before: Reduction, after: Reduction | None, reference: str) -> None:
    about = after or before
    pinned = methodology.get_pinned(session, about.version_id, about.content_sha256)
    was, is_now = _credit(before), _credit(after)
    facts = {
        "activity_id": about.activity_id,
        "methodology": dict(pinned.methodology.title),
        "occurred_on": about.occurred_on.isoformat(),
        "before_g": was.grams,
        "after_g": is_now.grams,
        "before_points": was.grams + was.points,
        "after_points": is_now.grams + is_now.points,
    }
    inbox.notify(session, about.user_id, kind, facts, reference=reference)


def _credit(reduction: Reduction | None) -> _Credit:
    return _Credit(0, 0) if reduction is None else _Credit(reduction.credited_g, reduction.behaviour_points)
