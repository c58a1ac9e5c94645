"""The life of trees by operators' evidence: nothing is planted that is not paid, nothing verified that nobody saw."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text

from backend.platform.core.errors import InvalidFields, Refusal
from backend.trees import service as trees
from backend.trees.sql import plantings as sql
from offsets import Sample
from tests.backend.trees.conftest import KEEPER, PLANTING_HEADING, SOLD, SURVEY_HEADING, small_pool


@pytest.fixture
def grove(wood):
    """A pool of 100 trees in quarters, all sold to two people and contracted."""
    wood.record(small_pool(SOLD, 100, shares=4))
    wood.first, wood.second = wood.buy(300), wood.buy(100)
    wood.contract(100)
    return wood


def test_only_what_is_paid_for_is_contracted_and_only_that_is_planted(wood) -> None:
    wood.record(small_pool(SOLD, 10, shares=4))
    wood.buy(11)  # two trees and three quarters
    with pytest.raises(Refusal) as refused:
        wood.contract(3)
    assert (refused.value.code, refused.value.facts["left"]) == ("trees.not_funded", 2)
    wood.contract(2)
    with pytest.raises(Refusal, match=r"trees\.not_contracted"):
        wood.plant(3)
    wood.plant(2)
    assert not wood.broken()


def test_a_trial_says_what_would_happen_and_writes_nothing(grove) -> None:
    register = grove.register(5)
    trial = replace(KEEPER, is_trial=True)
    report = grove.in_transaction(lambda session: trees.plant(session, SOLD, register, trial))
    assert (report.planting_id, report.planted, report.is_trial) == (None, 5, True)
    assert grove.pool().planted_trees == 0
    assert grove.in_transaction(lambda session: trees.plant(session, SOLD, register, KEEPER)).planted == 5


def faults_of(refused) -> list[tuple[str, str]]:
    return [(error["field"], error["code"]) for error in refused.value.errors]


def test_a_known_number_an_unknown_picture_and_one_used_before_are_named_by_row(grove) -> None:
    register = grove.register(1)
    grove.in_transaction(lambda session: trees.plant(session, SOLD, register, KEEPER))
    used = register.splitlines()[1]
    photo = grove.photo()
    rows = [
        used,
        f"N-1,A,2021-04-01,39,103.1,{photo}",
        f"N-2,A,2021-04-01,39.5,103.1,{photo}",
        "N-3,A,2021-04-01,39.7,103.1,tph_0",
    ]
    again = "\n".join([PLANTING_HEADING, *rows])
    with pytest.raises(InvalidFields) as refused:
        grove.in_transaction(lambda session: trees.plant(session, SOLD, again, KEEPER))
    assert faults_of(refused) == [
        ("rows[2].number", "register_known"),
        ("rows[2].photo", "register_alike"),
        ("rows[4].photo", "register_twice"),
        ("rows[5].photo", "register_unknown_photo"),
    ]


def plant_alike(grove) -> list[str]:
    """Three trees of one picture: the second ten metres beside the first, the third two hundred metres away."""
    rows = [
        f"A-{index},A,2021-04-01,{latitude},103.1,{grove.photo('00000000000000ff')}"
        for index, latitude in enumerate(("38.000000", "38.000090", "38.001890"))
    ]
    register = "\n".join([PLANTING_HEADING, *rows])
    report = grove.in_transaction(lambda session: trees.plant(session, SOLD, register, KEEPER))
    assert [(held.number, held.alike) for held in report.held] == [("A-1", "A-0")]
    return [held.number for held in report.held]


def test_a_picture_like_another_one_close_by_waits_and_counts_once_somebody_compared_them(grove) -> None:
    held = plant_alike(grove)
    assert grove.pool().planted_trees == 2
    grove.in_transaction(lambda session: trees.accept_held(session, SOLD, held, KEEPER))
    assert grove.pool().planted_trees == 3
    assert not grove.broken()


def test_one_tree_photographed_twice_is_dropped(grove) -> None:
    held = plant_alike(grove)
    grove.in_transaction(lambda session: trees.drop_held(session, SOLD, held, KEEPER))
    with pytest.raises(Refusal, match=r"not_found\.held_tree"):
        grove.in_transaction(lambda session: trees.accept_held(session, SOLD, held, KEEPER))
    assert grove.pool().planted_trees == 2


@pytest.mark.usefixtures("cited_species")
def test_growth_is_verified_at_the_age_it_is_published_for_once_and_divided_to_the_gram(grove) -> None:
    planting = grove.plant(100)
    first = grove.survey(planting, 1, Sample(100, 100, 90), date(2022, 5, 1))
    assert (first.standing, first.missing, first.growth_g) == (90, 10, 0)
    fifth = grove.survey(planting, 5, Sample(100, 100, 81), date(2026, 5, 1))
    # 81 trees of 3.77 kg, a fifth held back
    assert (fifth.standing, fifth.growth_g) == (81, 244_296)
    shares = [grove.growth(owner.user_id, 2026) for owner in (grove.first, grove.second)]
    assert [one.verified_g for one in shares] == [183_222, 61_074]
    assert all(grove.growth(grove.first.user_id, year).verified_g == 0 for year in (2022, 2025, 2027))
    assert all(one.is_demonstration for one in shares)
    assert not grove.broken()


def test_a_species_without_published_survival_verifies_no_gram(grove) -> None:
    planting = grove.plant(100)
    assert grove.survey(planting, 5, Sample(100, 100, 81), date(2026, 5, 1)).growth_g == 0
    (mine,) = grove.holdings(grove.first.user_id)
    assert (mine.verified_g, mine.plantings[0].expected) == (0, None)


@pytest.mark.usefixtures("cited_species")
def test_what_is_expected_stands_on_a_line_of_its_own_with_its_year(grove) -> None:
    grove.plant(100)
    grown = grove.growth(grove.second.user_id, 2026)
    # 25 of 100 trees x 116.6 kg x 0.5 alive x (1 - 0.2 buffer), 25 years after 2021
    assert [(line.year, line.grams) for line in grown.expected] == [(2046, 1_166_000)]
    assert grown.verified_g == 0


def test_a_survey_of_a_sample_counts_what_lives_at_the_least(grove) -> None:
    planting = grove.plant(100)
    found = grove.survey(planting, 1, Sample(100, 20, 15), date(2022, 5, 1))
    # Wilson, 95 %: 15 of 20 is at the least 53.1 %
    assert (found.standing, found.missing) == (53, 47)


def test_an_age_is_surveyed_once_and_never_after_a_later_one(grove) -> None:
    planting = grove.plant(100)
    grove.survey(planting, 3, Sample(100, 50, 50), date(2024, 5, 1))
    for age in (3, 1):
        with pytest.raises(Refusal, match=r"trees\.surveyed"):
            grove.survey(planting, age, Sample(100, 50, 50), date(2024, 6, 1))


def test_the_dead_are_replaced_from_the_reserve_or_written_down_and_never_both(grove) -> None:
    planting = grove.plant(100)
    grove.survey(planting, 1, Sample(100, 100, 60), date(2022, 5, 1))
    replaced = grove.replace_dead(planting, 30)
    with pytest.raises(Refusal) as refused:
        grove.write_down(planting, 11)
    assert (refused.value.code, refused.value.facts["missing"]) == ("trees.not_missing", 10)
    assert grove.write_down(planting, 10).missing_trees == 0
    with pytest.raises(Refusal, match=r"trees\.too_many_replaced"):
        grove.replace_dead(planting, 1)
    assert grove.pool().reserve_trees == 20
    (mine,) = grove.holdings(grove.first.user_id)
    assert [(own.planting.id, own.trees, own.standing_trees) for own in mine.plantings] == [
        (planting, 75, 45), (replaced.planting_id, 22, 22),
    ]  # fmt: skip
    assert not grove.broken()


def test_the_reserve_is_used_up_once(wood) -> None:
    wood.record(small_pool(SOLD, 20, reserve=3))
    wood.buy(20)
    wood.contract(20)
    planting = wood.plant(20)
    wood.survey(planting, 1, Sample(20, 20, 10), date(2022, 5, 1))
    with pytest.raises(Refusal) as refused:
        wood.replace_dead(planting, 4)
    assert (refused.value.code, refused.value.facts["left"]) == ("trees.no_reserve", 3)


@pytest.mark.usefixtures("cited_species")
def test_after_a_loss_nothing_is_verified_until_more_stands_than_was_verified(grove) -> None:
    planting = grove.plant(100, planted_on=date(2021, 4, 1))
    grove.survey(planting, 5, Sample(100, 100, 80), date(2026, 5, 1))
    verified = grove.growth(grove.first.user_id, 2026).verified_g
    grove.write_down(planting, 20)
    assert grove.growth(grove.first.user_id, 2026).verified_g == verified


def planted_plots(grove, count: int) -> str:
    """A planting with one tree on each of `count` plots, written straight to the tables."""
    planting = grove.plant(1)
    (known,) = grove.in_transaction(lambda session: [sql.trees_of(planting, 1)]) and grove.in_transaction(
        lambda session: session.execute(sql.TREES.select().where(sql.TREES.c.planting_id == planting)).mappings().all()
    )
    rows = [{**known, "number": f"X-{index}", "plot": f"X{index}"} for index in range(1, count)]

    def work(session) -> None:
        session.execute(sql.INSERT_TREE, rows)
        session.execute(text("UPDATE plantings SET trees = :n, end_tree = :n, standing_trees = :n"), {"n": count})
        session.execute(text("UPDATE planting_pools SET planted_trees = :n"), {"n": count})

    grove.in_transaction(work)
    return planting


def test_a_survey_of_ten_thousand_rows_with_seven_faults_names_the_seven_and_writes_nothing(wood, counts) -> None:
    count = counts(small=1000, long=10_000)
    wood.record(small_pool(SOLD, count, shares=1))
    wood.buy(count)
    wood.contract(count)
    planting = planted_plots(wood, count)
    good = [f"X{index},2022-05-01,1,1,1" for index in range(1, count)]
    bad = {
        10: "X0,2022-05-01,1,1,1",
        20: "X19,2022-05-01,1,1,1",
        30: "X31,2021-05-01,1,1,1",
        40: "X41,2022-05-01,2,1,1",
        50: "X51,2022-05-01,1,2,1",
        60: "X61,2022-05-01,1,1,2",
        70: "X71,2022-05-01,1,one,1",
    }
    rows = [bad.get(place, row) for place, row in enumerate(good)]
    register = "\n".join([SURVEY_HEADING, *rows])
    with pytest.raises(InvalidFields) as refused:
        wood.in_transaction(lambda session: trees.survey(session, planting, 1, register, KEEPER))
    assert faults_of(refused) == [
        ("rows[12].plot", "register_unknown_plot"),
        ("rows[22].plot", "register_twice"),
        ("rows[32].surveyed_on", "register_too_early"),
        ("rows[42].planted", "register_planted"),
        ("rows[52].sampled", "register_sampled"),
        ("rows[62].alive", "register_alive"),
        ("rows[72].sampled", "register_count"),
    ]
    assert wood.in_transaction(lambda session: session.execute(sql.SURVEYS.select()).all()) == []
    assert wood.in_transaction(lambda session: session.execute(sql.PLOTS.select()).all()) == []
    register = "\n".join([SURVEY_HEADING, *good])
    found = wood.in_transaction(lambda session: trees.survey(session, planting, 1, register, KEEPER))
    assert (found.plots, found.alive) == (count - 1, count - 1)


@pytest.mark.usefixtures("cited_species")
def test_what_was_earned_never_counts_towards_a_year(wood) -> None:
    from tests.backend.trees.conftest import EARNED

    wood.record(small_pool(EARNED, 1))
    owner = wood.new_owner()
    wood.in_transaction(lambda session: trees.claim(session, EARNED, owner, "game_1"))
    wood.contract(1, EARNED)
    planting = wood.plant(1, EARNED)
    assert wood.survey(planting, 5, Sample(1, 1, 1), date(2026, 5, 1)).growth_g == 3016
    (mine,) = wood.holdings(owner)
    assert mine.verified_g == 3016
    assert wood.growth(owner, 2026).verified_g == 0
