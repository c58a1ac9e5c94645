"""A pool over five years of losses, replacements and write-downs: what owners see agrees with the book at every date.

Histories are random but seeded: the same ones on every machine.
"""

from __future__ import annotations

import random
from datetime import date

import pytest

from backend.platform.data.batch import fetch
from backend.trees.sql import plantings as sql
from offsets import SURVEY_AGES, Sample
from tests.backend.trees.conftest import SOLD, small_pool

YEARS = range(2021, 2027)


def buy_all(wood, chance: random.Random, shares: int) -> list[str]:
    """People, some of whom come twice, buy every share in lots of every size."""
    owners = [wood.new_owner() for _ in range(3)]
    while shares:
        bought = chance.randint(1, shares)
        wood.buy(bought, chance.choice(owners))
        shares -= bought
    return owners


def live_through(wood, chance: random.Random, planting: str, planted_on: date) -> None:
    """Surveys at their ages; after each, some of what is missing is replaced, some given up, some left open."""
    trees = wood.in_transaction(lambda session: book_of(session)[planting].trees)
    alive = trees
    for age in SURVEY_AGES:
        on = date(planted_on.year + age, 6, 1)
        sampled = chance.randint(1, trees)
        alive = chance.randint(0, alive)
        seen = chance.randint(max(0, sampled - (trees - alive)), min(alive, sampled))
        report = wood.survey(planting, age, Sample(trees, sampled, seen), on)
        wood.agrees()
        replaced = chance.randint(0, min(report.missing, 2))
        if replaced:
            wood.replace_dead(planting, replaced, planted_on=on)
            wood.agrees()
        given_up = chance.randint(0, report.missing - replaced)
        if given_up:
            wood.write_down(planting, given_up)
            wood.agrees()


def book_of(session):
    """Every planting of the pool by its id."""
    return {planting.id: planting for planting in fetch(session, sql.plantings_of_pool(SOLD)).all()}


def check_agreement(wood, owners: list[str]) -> None:
    """The parts of all owners are the whole book: trees, those that stand, grams by year; nothing is broken."""
    book = wood.in_transaction(book_of)
    mine = [one for owner in set(owners) for one in wood.holdings(owner)]
    own = [part for holding in mine for part in holding.plantings]
    for planting in book.values():
        parts = [part for part in own if part.planting.id == planting.id]
        assert sum(part.trees for part in parts) == planting.trees
        assert sum(part.standing_trees for part in parts) == planting.standing_trees
        assert sum(sum(part.verified_g_by_year.values()) for part in parts) == planting.verified_g
    counted = sum(wood.growth(owner, year).verified_g for owner in set(owners) for year in YEARS)
    assert counted == sum(planting.verified_g for planting in book.values())
    assert wood.broken() == []


@pytest.mark.usefixtures("cited_species")
@pytest.mark.parametrize("seed", range(3))
def test_what_every_owner_sees_agrees_with_the_book_at_every_date(wood, counts, seed: int) -> None:
    chance = random.Random(seed)
    trees = chance.randint(6, counts(small=12, long=120))
    wood.record(small_pool(SOLD, trees, shares=3))
    owners = buy_all(wood, chance, trees * 3)
    wood.agrees = lambda: check_agreement(wood, owners)
    wood.agrees()
    first = chance.randint(1, trees - 1)
    for count in (first, trees - first):
        wood.contract(count)
        wood.agrees()
        planting = wood.plant(count, plots=1)
        wood.agrees()
        live_through(wood, chance, planting, date(2021, 4, 1))
