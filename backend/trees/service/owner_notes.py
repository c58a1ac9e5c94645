"""What owners of trees hear, at every step: one row of the outbox a person, one note each however often it is tried.

Nothing here names kilograms but a survey that verified them.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backend.inbox import service as inbox
from backend.platform.data.batch import fetch, fetch_one
from backend.platform.ops import outbox
from backend.trees.domain import Holding, Planting, Pool, Survey
from backend.trees.sql import pools as sql
from offsets import part_of, read_pool

TELL_TOPIC = "trees.tell"


def tell_funded(session: Session, holding: Holding) -> None:
    """Their trees are paid for, and nothing is planted yet."""
    _enqueue(session, holding.user_id, "trees.funded", holding.id, holding.pool_id, {"number": holding.number})


def tell_contracted(session: Session, before: Pool, trees: int) -> None:
    """A partner has undertaken to plant their trees."""
    start = before.contracted_trees * before.shares_per_tree
    end = start + trees * before.shares_per_tree
    holdings = fetch(session, sql.holdings_between(before.pool_id, start, end)).all()
    for user_id, holding in sorted({one.user_id: one for one in holdings}.items()):
        event = f"{before.contracted_trees}:{holding.id}"
        _enqueue(session, user_id, "trees.contracted", event, before.pool_id, {})


def tell_planted(session: Session, pool: Pool, planting: Planting) -> None:
    """Their trees stand in the ground."""
    facts = {"planted_on": planting.planted_on.isoformat()}
    _tell_owners(session, pool, planting, "trees.planted", planting.id, facts)


def tell_surveyed(session: Session, pool: Pool, planting: Planting, survey: Survey) -> None:
    """What a survey found on the sample plots; and to each who has some of it, the growth that it verified."""
    found = {name: getattr(survey, name) for name in ("age", "planted", "sampled", "alive", "standing")}
    event = f"{planting.id}:{survey.age}"
    _tell_owners(session, pool, planting, "trees.surveyed", event, found)
    if not survey.growth_g:
        return
    whole = planting.interval(pool.shares_per_tree)
    for holding in _owners(session, pool, planting):
        own = holding.interval.within(whole)
        grams = part_of(survey.growth_g, whole, own) if own else 0
        if grams:
            facts = {"grams": grams, "year": str(survey.surveyed_on.year)}
            _enqueue(session, holding.user_id, "trees.grown", f"{event}:{holding.id}", pool.pool_id, facts)


def tell_replaced(session: Session, pool: Pool, planting: Planting, trees: int) -> None:
    """Others were planted for those that died."""
    event = f"{planting.id}:{planting.replaced_trees}"
    _tell_owners(session, pool, planting, "trees.replaced", event, {"trees": trees})


def tell_written_down(session: Session, pool: Pool, planting: Planting, trees: int) -> None:
    """Trees are given up."""
    event = f"{planting.id}:{planting.written_down_trees}"
    _tell_owners(session, pool, planting, "trees.written_down", event, {"trees": trees})


def tell(session: Session, user_id: str, facts: outbox.Facts) -> None:
    """Leave the note that a row of the outbox is about."""
    pool = fetch_one(session, sql.pool(facts["pool_id"]))
    said = {"pool": dict(read_pool(pool.pool_id, pool.document).title), **facts["said"]}
    inbox.notify(session, user_id, facts["kind"], said, reference=f"{facts['kind']}:{facts['event']}")


def _tell_owners(session: Session, pool: Pool, planting: Planting, kind: str, event: str, said: dict[str, Any]) -> None:
    for user_id in sorted({holding.user_id for holding in _owners(session, pool, planting)}):
        _enqueue(session, user_id, kind, event, pool.pool_id, said)


def _owners(session: Session, pool: Pool, planting: Planting) -> list[Holding]:
    whole = planting.interval(pool.shares_per_tree)
    return fetch(session, sql.holdings_between(pool.pool_id, whole.start, whole.end)).all()


def _enqueue(session: Session, user_id: str, kind: str, event: str, pool_id: str, said: dict[str, Any]) -> None:
    outbox.enqueue(session, user_id, TELL_TOPIC, {"kind": kind, "event": event, "pool_id": pool_id, "said": said})
