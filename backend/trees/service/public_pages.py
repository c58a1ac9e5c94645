"""What anybody may see: a pool with its plantings, by the number of a tree, a plot's planting or a certificate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.data.batch import fetch, read_rows
from backend.trees.domain import Planting, PoolView, StoredTree, Survey, TreeHolding
from backend.trees.service.growth import find_holding_of_number
from backend.trees.service.pools import get_pool
from backend.trees.sql import plantings as sql
from backend.trees.sql import pools as pools_sql
from offsets import ExpectedGrowth, OffsetRefused, list_expected_curve

SHOWN_TREES = 12


@dataclass(frozen=True)
class PlantingPage:
    """One planting with what surveys found, some of its trees, and how it may grow."""

    planting: Planting
    surveys: Sequence[Survey]
    trees: Sequence[StoredTree]
    curve: Sequence[ExpectedGrowth]


@dataclass(frozen=True)
class TreesPage:
    """A pool and its plantings; `tree` or `holding` where the number was that of one."""

    number: str
    pool: PoolView
    plantings: Sequence[PlantingPage]
    tree: StoredTree | None = None
    holding: TreeHolding | None = None


def get_page(session: Session, number: str) -> TreesPage:
    """What stands under a number: a pool's id, a planted tree's number or a certificate's. Raises `not_found.trees`."""
    if fetch(session, pools_sql.pool(number)).one_or_none() is not None:
        pool = get_pool(session, number)
        return TreesPage(number, pool, _pages(session, pool, None))
    tree = fetch(session, sql.tree(number)).one_or_none()
    if tree is not None and tree.planting_id is not None:
        pool = get_pool(session, tree.pool_id)
        return TreesPage(number, pool, _pages(session, pool, {tree.planting_id}), tree=tree)
    holding = _find_holding(session, number)
    wanted = {own.planting.id for own in holding.plantings}
    pages = _pages(session, holding.pool, wanted)
    return TreesPage(holding.holding.number, holding.pool, pages, holding=holding)


def _find_holding(session: Session, number: str) -> TreeHolding:
    try:
        return find_holding_of_number(session, number)
    except OffsetRefused as refused:
        raise Refusal("not_found.trees") from refused


def _pages(session: Session, pool: PoolView, wanted: set[str] | None) -> list[PlantingPage]:
    """The plantings of a pool, or those wanted of them."""
    plantings = [
        planting
        for planting in fetch(session, sql.plantings_of_pool(pool.pool.pool_id)).all()
        if wanted is None or planting.id in wanted
    ]
    surveys = read_rows(session, sql.surveys_of([one.id for one in plantings]), sql.read_survey)
    today = clock.database_now(session).date()
    return [
        PlantingPage(
            planting=planting,
            surveys=[survey for survey in surveys if survey.planting_id == planting.id],
            trees=fetch(session, sql.trees_of(planting.id, SHOWN_TREES)).all(),
            curve=list_expected_curve(pool.species, planting.trees, planting.planted_on, today),
        )
        for planting in plantings
    ]
