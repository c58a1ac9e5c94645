"""What somebody has of pools: how far it has come, what surveys verified of it and in which year, what is expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from backend.platform.core import clock, context
from backend.platform.core.errors import Refusal
from backend.platform.data.batch import fetch, read_rows
from backend.trees.domain import (
    GrowthLine,
    GrowthOfYear,
    Holding,
    OwnPlanting,
    Planting,
    PoolView,
    Survey,
    TreeHolding,
)
from backend.trees.service.holdings import read_beneficiary
from backend.trees.service.pools import view_pool
from backend.trees.sql import plantings as sql
from backend.trees.sql import pools as pools_sql
from offsets import ExpectedGrowth, ShareInterval, Stage, expect_growth, part_of, read_number

NOTHING_GREW = GrowthOfYear(0, (), is_demonstration=False)


@dataclass(frozen=True)
class _Book:
    """The book of trees as far as some holdings need it."""

    pools: Mapping[str, PoolView]
    plantings: Mapping[str, Sequence[Planting]]  # by pool
    surveys: Mapping[str, Sequence[Survey]]  # by planting
    today: date


def list_holdings(session: Session, user_id: str) -> list[TreeHolding]:
    """Everything somebody has, oldest first."""
    return _view_all(session, fetch(session, pools_sql.holdings_of(user_id)).all())


def find_holding_of_number(session: Session, typed: str) -> TreeHolding:
    """What the certificate of this number is about; raise `not_found.trees`."""
    led_to = fetch(session, pools_sql.holding_of_number(read_number(typed))).one_or_none()
    if led_to is None:
        raise Refusal("not_found.trees")
    return _view_all(session, fetch(session, pools_sql.holding(*led_to)).all())[0]


def get_growth(session: Session, user_id: str, year: int) -> GrowthOfYear:
    """What counts towards a year: growth of trees somebody bought, verified by surveys made in it, and nothing else.

    Beside it stands, with its year, what their trees may hold once they are grown: that never counts.
    """
    bought = _view_all(session, fetch(session, pools_sql.bought_by(user_id)).all())
    if not bought:
        return NOTHING_GREW
    grown = [one for one in bought if any(own.verified_g_by_year.get(year) for own in one.plantings)]
    verified = sum(own.verified_g_by_year.get(year, 0) for one in bought for own in one.plantings)
    is_demonstration = any(one.pool.document.demonstration for one in grown)
    return GrowthOfYear(verified, tuple(_expected_lines(bought)), is_demonstration)


def _expected_lines(holdings: Sequence[TreeHolding]) -> list[GrowthLine]:
    return [
        GrowthLine(one.pool.document.title, own.expected.year, own.expected.grams)
        for one in holdings
        for own in one.plantings
        if own.expected is not None
    ]


def _view_all(session: Session, holdings: Sequence[Holding]) -> list[TreeHolding]:
    if not holdings:
        return []
    book = _read_book(session, sorted({holding.pool_id for holding in holdings}))
    return [_view(session, holding, book) for holding in holdings]


def _read_book(session: Session, pool_ids: Sequence[str]) -> _Book:
    pools = read_rows(session, pools_sql.pools_of(pool_ids), pools_sql.read_pool)
    plantings = read_rows(session, sql.plantings_of_pools(pool_ids), sql.read_planting)
    by_pool: dict[str, list[Planting]] = {}
    for planting in plantings:
        by_pool.setdefault(planting.pool_id, []).append(planting)
    by_planting: dict[str, list[Survey]] = {}
    for survey in read_rows(session, sql.surveys_of([one.id for one in plantings]), sql.read_survey):
        by_planting.setdefault(survey.planting_id, []).append(survey)
    views = {pool.pool_id: view_pool(session, pool) for pool in pools}
    return _Book(views, by_pool, by_planting, clock.database_now(session).date())


def _view(session: Session, holding: Holding, book: _Book) -> TreeHolding:
    pool = book.pools[holding.pool_id]
    own = [
        _own(planting, part, pool, book)
        for planting in book.plantings.get(holding.pool_id, ())
        if (part := holding.interval.within(planting.interval(pool.pool.shares_per_tree))) is not None
    ]
    return TreeHolding(
        holding=holding,
        pool=pool,
        beneficiary=read_beneficiary(session, holding) if holding.shows_name else None,
        stage=_stage(holding, pool, own),
        contracted_shares=_covered(holding, pool.pool.contracted_trees * pool.pool.shares_per_tree),
        planted_shares=_covered(holding, pool.pool.planted_trees * pool.pool.shares_per_tree),
        plantings=own,
        url=f"{context.settings().public_url}/v1/trees/{holding.number}",
    )


def _own(planting: Planting, part: ShareInterval, pool: PoolView, book: _Book) -> OwnPlanting:
    whole = planting.interval(pool.pool.shares_per_tree)
    surveys = book.surveys.get(planting.id, ())
    by_year: dict[int, int] = {}
    for survey in surveys:
        year = survey.surveyed_on.year
        by_year[year] = by_year.get(year, 0) + part_of(survey.growth_g, whole, part)
    return OwnPlanting(
        planting=planting,
        trees=part_of(planting.trees, whole, part),
        standing_trees=part_of(planting.standing_trees, whole, part),
        surveys=surveys,
        verified_g_by_year={year: grams for year, grams in by_year.items() if grams},
        expected=_expected(planting, whole, part, pool, book),
    )


def _expected(
    planting: Planting, whole: ShareInterval, part: ShareInterval, pool: PoolView, book: _Book
) -> ExpectedGrowth | None:
    standing = planting.standing_trees if book.surveys.get(planting.id) else None
    expected = expect_growth(pool.species, planting.trees, planting.planted_on, book.today, standing=standing)
    return expected and ExpectedGrowth(part_of(expected.grams, whole, part), expected.year)


def _stage(holding: Holding, pool: PoolView, own: Sequence[OwnPlanting]) -> str:
    """How far the last of somebody's trees has come."""
    first = [one.planting for one in own if one.planting.replaces is None]
    planted = pool.pool.planted_trees * pool.pool.shares_per_tree
    contracted = pool.pool.contracted_trees * pool.pool.shares_per_tree
    if first and planted >= holding.end_share:
        return first[-1].stage
    return (Stage.CONTRACTED if contracted >= holding.end_share else Stage.FUNDED).value


def _covered(holding: Holding, until_share: int) -> int:
    return max(0, min(holding.end_share, until_share) - holding.start_share)
