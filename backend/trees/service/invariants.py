"""What must always hold of trees: what is sold is there, what is planted was paid for, what grew is counted once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from backend.platform.data.batch import fetch
from backend.platform.ops.invariants import Violation
from backend.trees.domain import Planting, Pool, Survey
from backend.trees.service.pools import read_document
from backend.trees.sql import plantings as sql
from backend.trees.sql import pools as pools_sql
from offsets import get_species, stock_of_standing


def verify(session: Session) -> Iterator[Violation]:
    """Everything that does not hold: shares, movements, holds, holdings, lines, plantings and surveys. Reads only."""
    for pool in fetch(session, pools_sql.all_pools()).all():
        yield from _shares(session, pool)
        yield from _holdings(session, pool)
        yield from _line(session, pool)
        yield from _plantings(session, pool)


def _shares(session: Session, pool: Pool) -> Iterator[Violation]:
    moved = tuple(session.execute(pools_sql.MOVED_IN_POOL, {"pool": pool.pool_id}).one())
    if moved != (pool.available_shares, pool.held_shares, pool.funded_shares, pool.movements):
        yield Violation(pool.pool_id, "the movements sum to the pool")
    if session.scalar(pools_sql.HELD_IN_POOL, {"pool": pool.pool_id}) != pool.held_shares:
        yield Violation(pool.pool_id, "the holds sum to what is held")
    if read_document(pool.pool_id, pool.document).capacity_shares != pool.capacity_shares:
        yield Violation(pool.pool_id, "the capacity is the document's")


def _holdings(session: Session, pool: Pool) -> Iterator[Violation]:
    """What people have follows one another from zero to the cursor: no share is two people's."""
    cursor = 0
    for holding in fetch(session, pools_sql.holdings_of_pool(pool.pool_id)).all():
        if holding.start_share != cursor:
            yield Violation(holding.id, "holdings follow one another", f"expected={cursor}")
        cursor = holding.end_share
    if cursor != pool.funded_shares:
        yield Violation(pool.pool_id, "the holdings end at what is funded", f"cursor={cursor}")


def _line(session: Session, pool: Pool) -> Iterator[Violation]:
    claims, last = session.execute(pools_sql.LINE_OF_POOL, {"pool": pool.pool_id}).one()
    if claims != pool.claims or last != pool.claims:
        yield Violation(pool.pool_id, "the line has every place from the first to the last", f"claims={claims}")


def _plantings(session: Session, pool: Pool) -> Iterator[Violation]:
    cursor, replaced = 0, dict[str, int]()
    plantings = fetch(session, sql.plantings_of_pool(pool.pool_id)).all()
    for planting in plantings:
        if planting.replaces is None:
            if planting.first_tree != cursor or planting.end_tree - planting.first_tree != planting.trees:
                yield Violation(planting.id, "plantings follow one another, a tree for each sold one")
            cursor = planting.end_tree
        else:
            replaced[planting.replaces] = replaced.get(planting.replaces, 0) + planting.trees
        yield from _planting(session, pool, planting)
    if cursor != pool.planted_trees:
        yield Violation(pool.pool_id, "the plantings end at what is planted", f"cursor={cursor}")
    for planting in plantings:
        if replaced.get(planting.id, 0) != planting.replaced_trees:
            yield Violation(planting.id, "every replaced tree was planted")


def _planting(session: Session, pool: Pool, planting: Planting) -> Iterator[Violation]:
    if session.scalar(sql.TREES_OF_PLANTING, {"planting": planting.id}) != planting.trees:
        yield Violation(planting.id, "every planted tree has its number, place, day and picture")
    surveys = fetch(session, sql.surveys_of_planting(planting.id)).all()
    if planting.missing_trees and not surveys:
        yield Violation(planting.id, "no tree is missing that no survey missed")
    if sum(survey.growth_g for survey in surveys) != planting.verified_g:
        yield Violation(planting.id, "the surveys sum to what is verified")
    for survey in surveys:
        yield from _survey(session, pool, planting, survey, surveys)


def _survey(
    session: Session, pool: Pool, planting: Planting, survey: Survey, surveys: Sequence[Survey]
) -> Iterator[Violation]:
    found = session.execute(sql.PLOTS_OF_SURVEY, {"planting": planting.id, "of_age": survey.age}).one()
    if tuple(found) != (survey.sampled, survey.alive):
        yield Violation(planting.id, "the plots sum to the survey", f"age={survey.age}")
    species = get_species(read_document(pool.pool_id, pool.document).species_id)
    until_then = sum(one.growth_g for one in surveys if one.age <= survey.age)
    # what stood at the last survey that verified anything is the most that was ever granted
    if survey.growth_g and until_then > stock_of_standing(species, survey.standing, survey.age, survey.surveyed_on):
        yield Violation(planting.id, "no more is verified than stands", f"age={survey.age}")
