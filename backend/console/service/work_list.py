"""What waits for somebody, by the roles they hold: one list for each kind, the oldest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy.orm import Session

from backend.activities import service as activities
from backend.checkout import service as checkout
from backend.console import sql
from backend.console.domain import DraftState, WaitingItem, WaitingKind
from backend.methodology import service as methodology
from backend.platform.core import clock
from backend.platform.core.actor import Actor
from backend.platform.core.i18n import Language
from backend.platform.core.roles import ADMIN, FINANCE, METHODOLOGIST, REVIEWER, SUPPORT
from backend.platform.data.batch import fetch
from backend.platform.data.paging import Window
from backend.platform.ops import doctor
from backend.registry import service as registry
from calculators import list_due_reviews, load_library

HELD = "/console/held"
SHOWN = 50  # of one kind; the rest waits behind them


class _Kind(NamedTuple):
    name: str
    roles: frozenset[str]
    to: str
    find: Callable[[Session, Actor, Language], Iterator[WaitingItem]]


def list_work(session: Session, actor: Actor, language: Language) -> list[WaitingKind]:
    """Every kind that a holder of the actor's roles looks after, also those of which nothing waits."""
    return [_listed(kind, session, actor, language) for kind in _KINDS if kind.roles & actor.roles]


def _listed(kind: _Kind, session: Session, actor: Actor, language: Language) -> WaitingKind:
    items: Sequence[WaitingItem] = list(kind.find(session, actor, language))
    return WaitingKind(kind.name, min(len(items), SHOWN), kind.to, len(items) > SHOWN, items[:SHOWN])


def _reviews(session: Session, actor: Actor, _language: Language) -> Iterator[WaitingItem]:
    """Versions that wait for a reviewer who wrote none of them, and has not approved them first."""
    for draft in methodology.list_drafts_open_to(session, actor.user_id, SHOWN + 1):
        to = f"/console/methodologies/{draft.methodology_id}/versions/{draft.version}"
        yield WaitingItem(f"{draft.methodology_id} · {draft.version}", to, draft.created_at)


def _own_drafts(session: Session, actor: Actor, _language: Language) -> Iterator[WaitingItem]:
    """One's own drafts that are not in review: begun, taken back, or with changes requested."""
    for draft in fetch(session, sql.living_drafts()).all():
        if draft.written_by == actor.user_id and draft.state == DraftState.OPEN:
            yield WaitingItem(draft.methodology_id, f"/console/drafts/{draft.id}", draft.changed_at)


def _held(session: Session, _actor: Actor, language: Language) -> Iterator[WaitingItem]:
    for one in activities.list_waiting(session, Window(SHOWN + 1, None), language, appealed=False).items:
        yield WaitingItem(f"{one.methodology_id} · {one.id}", f"{HELD}#{one.id}", one.created_at)


def _appeals(session: Session, _actor: Actor, language: Language) -> Iterator[WaitingItem]:
    for one in activities.list_waiting(session, Window(SHOWN + 1, None), language, appealed=True).items:
        yield WaitingItem(f"{one.methodology_id} · {one.id}", f"{HELD}#{one.id}", one.appealed_at)


def _orders(session: Session, _actor: Actor, _language: Language) -> Iterator[WaitingItem]:
    for order in checkout.list_attention(session, SHOWN + 1):
        yield WaitingItem(f"{order.id} · {order.state}", "")


def _upstream(session: Session, _actor: Actor, _language: Language) -> Iterator[WaitingItem]:
    for due in registry.list_serial_dues(session, limit=SHOWN + 1):
        yield WaitingItem(str(due.lot_id), "")


def _due_reviews(session: Session, _actor: Actor, _language: Language) -> Iterator[WaitingItem]:
    day = clock.local_day(clock.database_now(session), "UTC")
    for name, rule, by in _find_due(day.isoformat()):
        yield WaitingItem(f"{name} · {by} · {rule}", "/console/methodologies")


@lru_cache(1)
def _find_due(day: str) -> tuple[tuple[str, str, str], ...]:
    """What is past its review-by day, of the shipped library: the same all day long."""
    found = list_due_reviews(load_library(), date.fromisoformat(day))
    return tuple((due.name, due.rule, due.review_by.isoformat()) for due in found)


def _dead_letters(session: Session, _actor: Actor, _language: Language) -> Iterator[WaitingItem]:
    for finding in doctor.look_at(session, "dead letters"):
        yield WaitingItem(finding.words, "")


_KINDS = (
    _Kind("reviews", frozenset({REVIEWER}), "/console/methodologies", _reviews),
    _Kind("drafts", frozenset({METHODOLOGIST}), "/console/drafts", _own_drafts),
    _Kind("held", frozenset({SUPPORT, ADMIN}), HELD, _held),
    _Kind("appeals", frozenset({SUPPORT, ADMIN}), HELD, _appeals),
    _Kind("orders", frozenset({FINANCE, ADMIN}), "", _orders),
    _Kind("upstream", frozenset({FINANCE, ADMIN}), "", _upstream),
    _Kind("due_reviews", frozenset({METHODOLOGIST, REVIEWER, ADMIN}), "/console/methodologies", _due_reviews),
    _Kind("dead_letters", frozenset({ADMIN}), "", _dead_letters),
)
