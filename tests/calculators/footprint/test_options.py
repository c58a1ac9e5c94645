"""What is left to reduce: ranked from one's own answers, counted once, linked to what credits it, set to targets."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings

from calculators import (
    REDUCTION,
    Context,
    Methodology,
    compute_estimate,
    compute_footprint,
    get_footprint_model,
    list_footprint_packs,
    list_gaps,
    load_library,
    parse_survey,
    rank_options,
    read_answers,
)
from calculators.footprint.evaluation import compute_category_grams
from calculators.footprint.model import make_model
from calculators.footprint.options import list_options
from calculators.footprint.targets import LIFESTYLE, NATIONAL, OWN
from tests.calculators.footprint.people import PEOPLE
from tests.calculators.footprint.test_must_show import AMOUNTS, FRANCE, answers_to

METHODOLOGIES = load_library().methodologies


def ranked(answers: dict[str, Any], region: str = "FR"):
    model = get_footprint_model(region)
    return rank_options(model, read_answers(model.survey, answers))


def test_every_option_names_a_methodology_that_exists_and_questions_that_are_asked() -> None:
    for option in list_options():
        assert set(option.methodology_ids) <= set(METHODOLOGIES)
        assert option.title["en"]
        assert option.title["zh"]
        assert option.questions <= set(FRANCE.survey.questions)
        for question, words in option.when.items():
            assert set(words) <= set(FRANCE.survey.questions[question].options)
        assert set(option.after) < {one.id for one in list_options()}
    named = [METHODOLOGIES[one.methodology_ids[0]] for one in list_options() if one.methodology_ids]
    assert len([rule for rule in named if rule.yields == REDUCTION]) > len(list_options()) / 2


@pytest.mark.parametrize("region", list_footprint_packs())
@pytest.mark.parametrize("person", ["nobody said anything", *PEOPLE])
def test_what_an_option_is_weighed_by_is_the_whole_of_the_footprint(region: str, person: str) -> None:
    model = get_footprint_model(region)
    answers = read_answers(model.survey, PEOPLE.get(person, {}))
    footprint = compute_footprint(model, answers)
    assert compute_category_grams(model, answers) == {name: one.grams for name, one in footprint.categories.items()}
    assert sum(compute_category_grams(model, answers).values()) == footprint.whole.grams


@pytest.mark.parametrize("region", list_footprint_packs())
def test_an_option_says_whether_its_methodology_can_credit_anything_in_the_place(region: str) -> None:
    """A methodology without figures answers `no_factor` whatever is logged, and one with figures does not."""
    tables, context = load_library().tables, Context(region=region, on=date(2026, 11, 20))
    for one in ranked(PEOPLE["weekly flyer"], region):
        rule = one.methodology
        if rule is None:
            assert not one.has_figures
            continue
        reasons = {compute_estimate(rule, tables, inputs, context).reason for inputs in every_choice(rule)}
        assert one.has_figures == (reasons != {"no_factor"}), rule.id


@pytest.mark.parametrize(
    "region, methodology",
    [("CN-BJ", "housing.household_electricity"), ("DE", "housing.electricity_below_own_mean")],
)
def test_where_the_better_methodology_has_no_figures_the_next_one_is_named(region: str, methodology: str) -> None:
    [saved] = [one for one in ranked({}, region) if one.option.id == "electricity_a_tenth_less"]
    assert saved.methodology
    assert (saved.methodology.id, saved.has_figures) == (methodology, True)


def every_choice(rule: Methodology) -> list[dict[str, str]]:
    """The smallest possible inputs, once for each combination of choices."""
    least = {name: format(spec.maximum, "f") for name, spec in rule.quantities.items() if spec.given_by == "person"}
    named = [[(name, option) for option in spec.options] for name, spec in rule.choices.items()]
    return [least | dict(chosen) for chosen in itertools.product(*named)]


@pytest.mark.parametrize("answers", PEOPLE.values(), ids=PEOPLE)
def test_options_are_ranked_the_largest_first_and_none_is_worth_nothing(answers: dict[str, Any]) -> None:
    options = ranked(answers)
    grams = [one.grams for one in options if not one.option.after]  # one that goes beyond another comes behind it
    assert grams == sorted(grams, reverse=True)
    assert all(one.grams > 0 for one in options)
    for place, one in enumerate(options):
        assert not {later.option.id for later in options[place:]} & set(one.option.after)


@pytest.mark.parametrize("answers", PEOPLE.values(), ids=PEOPLE)
def test_the_same_answers_are_ranked_once(answers: dict[str, Any]) -> None:
    read = read_answers(FRANCE.survey, answers)
    assert rank_options(FRANCE, dict(reversed(read.items()))) is rank_options(FRANCE, read)


def test_who_emits_nothing_that_can_be_changed_has_no_largest_option() -> None:
    nothing = {name: FRANCE.survey.questions[name].spec.minimum for name in AMOUNTS}
    assert rank_options(FRANCE, nothing) == ()


@settings(max_examples=25, deadline=None)
@given(answers=answers_to())
def test_no_sum_of_options_is_above_its_category_and_all_together_are_what_is_gained(answers: dict[str, Any]) -> None:
    read = read_answers(FRANCE.survey, answers)
    before = compute_footprint(FRANCE, read)
    options = rank_options(FRANCE, read)
    assert sum(one.grams for one in options) <= before.whole.grams
    for name, share in before.categories.items():
        assert sum(one.by_category.get(name, 0) for one in options) <= share.grams
    for one in options:
        assert sum(one.by_category.values()) == one.grams


def test_what_two_options_have_in_common_is_counted_once() -> None:
    options = {one.option.id: one for one in ranked({"car_km": 20000, "flights_short": 0, "flights_long": 0})}
    assert options["drive_electric"].grams == options["drive_electric"].alone_g
    assert options["commute_by_metro"].grams < options["commute_by_metro"].alone_g


def test_options_follow_from_ones_own_answers() -> None:
    vegan = {one.option.id for one in ranked(PEOPLE["vegan cyclist in a small flat"])}
    flyer = ranked(PEOPLE["weekly flyer"])
    assert not vegan & {"plants_for_red_meat", "drive_electric", "meet_by_video", "train_instead_of_short_flights"}
    assert flyer[0].option.id == "meet_by_video"


@pytest.mark.parametrize("region", list_footprint_packs())
def test_there_is_something_to_reduce_everywhere(region: str) -> None:
    assert len(ranked({}, region)) > 8


def test_the_targets_are_sourced_and_the_gap_is_counted_over_their_boundary() -> None:
    found = compute_footprint(FRANCE, {})
    gaps = list_gaps("FR", found, own_target=(2028, 5_000_000))
    assert [gap.target.year for gap in gaps] == sorted(gap.target.year for gap in gaps)
    by_kind = {(gap.target.kind, gap.target.year): gap for gap in gaps}
    lifestyle = by_kind[LIFESTYLE, 2030]
    assert lifestyle.target.grams == 2_500_000
    assert lifestyle.footprint_g == found.whole.grams - found.categories["public_services"].grams
    assert lifestyle.gap_g == lifestyle.footprint_g - 2_500_000
    assert by_kind[OWN, 2028].gap_g == found.whole.grams - 5_000_000
    assert by_kind[NATIONAL, 2050].target.grams == 2_000_000
    assert all(gap.target.source and gap.target.source.publisher for gap in gaps if gap.target.kind != OWN)


def test_a_country_that_names_no_target_per_head_has_none() -> None:
    gaps = list_gaps("CN-BJ", compute_footprint(get_footprint_model("CN-BJ"), {}))
    assert {gap.target.kind for gap in gaps} == {LIFESTYLE}


def test_a_target_that_is_met_leaves_no_gap() -> None:
    student = compute_footprint(FRANCE, read_answers(FRANCE.survey, PEOPLE["vegan student by bicycle"]))
    assert next(gap.gap_g for gap in list_gaps("FR", student) if gap.target.kind == LIFESTYLE) == 0


CAR = {"drive_electric", "share_the_car", "short_trips_by_bicycle", "commute_by_metro", "one_day_without_the_car"}
CAR |= {"telework", "economical_driving", "smaller_car", "keep_the_car"}
FLIGHT = {"train_instead_of_short_flights", "meet_by_video", "no_flight_this_year"}
ROOF = {"own_solar_power", "insulate"}
NOTHING_OF_THEM = {"car_km": 0, "flights_short": 0, "flights_medium": 0, "flights_long": 0, "home": "flat"}


@pytest.mark.parametrize("region", list_footprint_packs())
def test_who_has_no_roof_no_car_and_no_flight_is_offered_none_of_their_options(region: str) -> None:
    offered = {one.option.id for one in ranked(NOTHING_OF_THEM, region)}
    assert offered
    assert not offered & (CAR | FLIGHT | ROOF)
    everything = {"car_km": 20000, "flights_short": 3, "flights_long": 1, "home": "own_house", "gas": 20000}
    inside = {"keep_the_car"} if region.startswith("CN") else set()  # making the car is in the kilometre of China
    assert {one.option.id for one in ranked(everything, region)} >= (CAR | FLIGHT | ROOF) - inside


@pytest.mark.parametrize(("home", "offered"), [("own_house", ROOF), ("own_flat", {"insulate"}), ("house", set())])
def test_a_roof_and_walls_are_changed_by_those_who_own_them(home: str, offered: set[str]) -> None:
    assert {one.option.id for one in ranked({"home": home})} & ROOF == offered


def test_who_does_not_say_whose_the_roof_is_is_offered_none() -> None:
    assert not {one.option.id for one in ranked({})} & ROOF


def test_a_vegan_diet_is_counted_on_top_of_a_vegetarian_one() -> None:
    ids = [one.option.id for one in ranked({"red_meat": 3})]
    assert ids.index("plants_for_red_meat") < ids.index("vegetarian_diet") < ids.index("vegan_diet")
    vegetarian = {one.option.id for one in ranked({"red_meat": 0, "pork": 0, "poultry": 0, "fish": 0})}
    assert "vegan_diet" in vegetarian
    assert not vegetarian & {"vegetarian_diet", "plants_for_red_meat", "plant_based_meat"}


def test_an_option_whose_question_an_older_model_never_asked_is_left_out() -> None:
    text = FRANCE.survey.text
    for part in ("questions.driving]", "questions.driving.options]"):
        start = text.index(f"[{part}")
        text = text[:start] + text[text.index("\n[", start) + 1 :]
    text = text.replace(' * if_else(driving == "economical", driving_economical, driving_average)', "")
    entries = {name: entry for name, entry in FRANCE.entries.items() if name != "driving"}
    older = make_model(parse_survey(text), "FR", entries, FRANCE.outside)
    offered = {one.option.id for one in rank_options(older, {})}
    assert "economical_driving" not in offered
    assert "drive_electric" in offered
