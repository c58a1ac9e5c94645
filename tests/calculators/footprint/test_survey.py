"""The survey and the packs as documents: complete, refused at the line that is wrong, frozen by what they hold."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from calculators import (
    DocumentRefused,
    InputRefused,
    NoPack,
    RegionRefused,
    compute_footprint,
    get_footprint_model,
    list_footprint_packs,
    load_library,
    read_answers,
    thaw_model,
)
from calculators.figures.library import SHIPPED
from calculators.footprint.library import load_books
from calculators.footprint.model import make_model
from calculators.footprint.packs import Pack, parse_pack, resolve_entries
from calculators.footprint.questions import CATEGORIES
from calculators.footprint.survey import parse_survey
from tests.calculators.footprint.people import PEOPLE
from tests.calculators.footprint.test_must_show import footprint

TEXT = (SHIPPED / "footprints" / "survey.toml").read_text(encoding="utf-8")
SURVEY = parse_survey(TEXT)


def test_the_survey_asks_60_to_120_questions_over_every_category_in_both_languages() -> None:
    assert 60 <= len(SURVEY.questions) <= 120
    assert {line.category for line in SURVEY.lines.values()} == set(CATEGORIES)
    for question in SURVEY.questions.values():
        assert all(question.title[language] and question.help[language] for language in ("en", "zh"))


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ('"electricity * grid_factor / household_size"', '"electricity * grid_factor"', "gas per person and time"),
        ('"bus * bus_factor"', '"bus * bus_factor - metro"', "never subtracts"),
        ('"bus * bus_factor"', '"max(bus, metro) * bus_factor"', "has no max"),
        ('"bus * bus_factor"', '"bus * bus_factor / metro"', "minimum above 0"),
        ('"bus * bus_factor"', '"bus * bus * bus_factor"', "gas per person and time"),
        ('"bus * bus_factor"', '"bus * buss_factor"', "not declared"),
        ('step = "0.1"', 'step = "0.3"', "part of ten"),
        ('"coach * coach_factor"', '"train * coach_factor"', "no line depends on it"),
        ('maximum = "0.5"', 'maximum = "0.5"', ""),
    ],
)
def test_a_survey_that_does_not_hold_together_is_refused_with_line_and_remedy(
    before: str, after: str, why: str
) -> None:
    if not why:
        assert before not in TEXT
        return
    with pytest.raises(DocumentRefused, match=rf"(?s)line \d+.*{why}"):
        parse_survey(TEXT.replace(before, after, 1))


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ('bus = { value = "3" }', "give a source, or assumed"),
        ('bus = { value = "3", assumed = "gut_feeling" }', "not among the reasons"),
        ('bus = { value = "3", source = "x", year = 2020 }', "not among the sources"),
        ('bus = { value = "-3", definition = true }', "outside the bounds"),
        ('bus = { value = "0.33", definition = true }', "finer than the question's step"),
        ('buss = { value = "3", definition = true }', "no question of this name"),
    ],
)
def test_a_pack_that_hides_something_is_refused(lines: str, why: str) -> None:
    with pytest.raises(DocumentRefused, match=why):
        parse_pack(f'region = "ES"\n[defaults]\n{lines}\n', SURVEY, load_library().tables, {})


def test_a_figure_of_another_unit_does_not_stand_in() -> None:
    text = 'region = "ES"\n[figures]\nbus_factor = { row = "factors.grid grid_lifecycle FR 2024" }\n'
    with pytest.raises(DocumentRefused, match="does not convert"):
        parse_pack(text, SURVEY, load_library().tables, {})


def test_there_are_packs_for_china_two_of_its_cities_france_the_uk_germany_the_usa_and_japan() -> None:
    assert set(list_footprint_packs()) == {"CN", "CN-BJ", "CN-SH", "FR", "GB", "DE", "US", "JP"}


def test_a_city_uses_its_own_figures_first_then_those_of_its_country_then_what_all_share() -> None:
    beijing = get_footprint_model("CN-BJ").entries
    assert (beijing["grid_factor"].pack, beijing["electricity"].pack, beijing["pork_factor"].pack) == (
        "CN-BJ", "CN", "WORLD",
    )  # fmt: skip
    assert get_footprint_model("CN-HB/wuhan").region == "CN"


def test_another_region_is_one_more_file_and_takes_what_it_lacks_from_what_all_share(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED / "footprints", tmp_path / "footprints")
    french = (SHIPPED / "footprints" / "regions" / "FR.toml").read_text(encoding="utf-8")
    spanish = french.replace('region = "FR"', 'region = "ES"', 1)
    (tmp_path / "footprints" / "regions" / "ES.toml").write_text(spanish, encoding="utf-8")
    books = load_books(tmp_path / "footprints")
    entries = resolve_entries(books.survey, books.packs, load_library().tables.regions, "ES")
    spain = make_model(books.survey, "ES", entries, books.packs["ES"].outside)
    assert compute_footprint(spain, {}).whole.grams == footprint({}, "FR").whole.grams
    assert {entry.pack for entry in entries.values()} == {"ES", "WORLD"}


def test_a_pack_that_lacks_something_no_place_has_is_refused_by_name() -> None:
    books = load_books()
    poor = {**books.packs, "ES": Pack("ES", {})}
    with pytest.raises(DocumentRefused, match="electricity"):
        resolve_entries(books.survey, poor, load_library().tables.regions, "ES")


def test_a_place_without_a_pack_has_no_model_whatever_all_packs_share() -> None:
    with pytest.raises(NoPack):
        get_footprint_model("AD")
    with pytest.raises(RegionRefused):
        get_footprint_model("ATLANTIS")


def test_only_france_and_germany_have_a_figure_for_public_services_and_the_others_say_so() -> None:
    for region in list_footprint_packs():
        without = "public_services" in get_footprint_model(region).absent
        assert without == (region not in ("FR", "DE"))
        assert ("public_services" in footprint({}, region).categories) != without


@pytest.mark.parametrize("region", list_footprint_packs())
def test_a_frozen_model_computes_the_same_for_ever(region: str) -> None:
    model = get_footprint_model(region)
    again = thaw_model(model.frozen)
    assert again.sha256 == model.sha256
    assert again.frozen == model.frozen
    assert compute_footprint(again, {}) == compute_footprint(model, {})


def test_a_frozen_model_holds_no_path_and_names_every_source(tmp_path: Path) -> None:
    assert str(SHIPPED) not in get_footprint_model("FR").frozen
    assert len(load_books().packs) == 9
    assert footprint(PEOPLE["average"]) == footprint({})


@pytest.mark.parametrize(
    ("question", "amount", "unit", "kwh"),
    [
        ("gas", "1000", "m3", "10800"),
        ("gas", "1000", "立方米", "10800"),
        ("gas", "1", "MWh", "1000"),
        ("heating_oil", "500", "L", "5000"),
        ("lpg", "100", "kg", "1390"),
        ("lpg", "3", "bottle", "542"),
        ("lpg", "3", "瓶", "542"),
        ("coal", "1", "t", "5810"),
        ("coal", "2000", "斤", "5810"),
        ("wood", "1000", "kg", "4100"),
        ("wood", "2", "m3", "3000"),
        ("dwelling_area", "1000", "sqft", "92"),
        ("dwelling_area", "90", "平方米", "90"),
        ("district_heat", "10", "GJ", "2777"),
    ],
)
def test_a_fuel_may_be_in_the_unit_it_is_bought_in(question: str, amount: str, unit: str, kwh: str) -> None:
    model = get_footprint_model("FR")
    answers = read_answers(model.survey, {question: {"value": amount, "unit": unit}}, model.numbers)
    assert answers == {question: Decimal(kwh)}


def test_a_bottle_of_gas_and_a_cubic_metre_are_those_of_the_place() -> None:
    given = {"lpg": {"value": "1", "unit": "bottle"}, "gas": {"value": "100", "unit": "m3"}}
    answers = {
        region: read_answers(SURVEY, given, get_footprint_model(region).numbers) for region in ("FR", "CN", "US")
    }
    assert [answers[region]["lpg"] for region in ("FR", "CN", "US")] == [180, 201, 126]
    assert [answers[region]["gas"] for region in ("FR", "CN", "US")] == [1080, 1080, 1072]


def test_without_the_figures_of_a_place_a_fuel_is_asked_for_in_energy_and_a_wrong_amount_is_refused() -> None:
    with pytest.raises(InputRefused, match="use kWh"):
        read_answers(SURVEY, {"gas": {"value": "1000", "unit": "m3"}})
    numbers = get_footprint_model("FR").numbers
    for value, remedy in (("-1", "between 0 and"), ("many", "plain decimal"), ("50000", "between 0 and 200000 kWh")):
        with pytest.raises(InputRefused, match=remedy):
            read_answers(SURVEY, {"gas": {"value": value, "unit": "m3"}}, numbers)


def test_a_further_unit_needs_a_figure_that_leads_from_it() -> None:
    text = SURVEY.text.replace('also = { m3 = "gas_heating_value" }', 'also = { m3 = "gas_factor" }')
    with pytest.raises(DocumentRefused, match="is no figure in kWh/m3"):
        parse_survey(text)
