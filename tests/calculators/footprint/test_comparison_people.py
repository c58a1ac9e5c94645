"""The packs and the people of a published model stand side by side, in one boundary, on a page that is current."""

from __future__ import annotations

from pathlib import Path

import pytest

from calculators.__main__ import main
from calculators.footprint.comparison import compare_with_published
from calculators.footprint.comparison_people import ComparedPerson, compare_people, describe_comparison

DOCUMENT = Path(__file__).parents[3] / "docs" / "footprints" / "comparison.md"
OTHER_ORDER = {"marie"}  # who answers nothing: driving before food, since France eats less meat than the model counts


def test_the_page_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["footprint", "comparison"]) == 0
    assert DOCUMENT.read_text(encoding="utf-8") == capsys.readouterr().out == describe_comparison() + "\n"


def test_nine_people_are_compared_and_all_but_one_have_the_models_order_of_categories() -> None:
    people = compare_people()
    assert len(people) == 9
    assert {person.id for person in people if not person.same_order} == OTHER_ORDER


@pytest.mark.parametrize("person", compare_people(), ids=lambda person: person.id)
def test_a_persons_total_is_within_a_tenth_of_the_models_and_both_hold_the_same_categories(
    person: ComparedPerson,
) -> None:
    assert set(person.computed) == set(person.published)
    assert abs(sum(person.computed.values()) / sum(person.published.values()) - 1) < 0.10


@pytest.mark.parametrize("person", compare_people(), ids=lambda person: person.id)
def test_no_category_is_further_than_a_third_from_the_models(person: ComparedPerson) -> None:
    for name, grams in person.published.items():
        assert abs(person.computed[name] / grams - 1) < 1 / 3, name


@pytest.mark.parametrize(
    ("region", "below"), [("FR", 0.05), ("DE", 0.20), ("GB", 0.20), ("JP", 0.20), ("US", 0.30), ("CN", 0.10)]
)
def test_a_pack_is_so_near_to_the_total_it_cites(region: str, below: float) -> None:
    """Germany, Britain, Japan and the USA were 25 to 40 % below; what was missing is a line now, nothing is scaled."""
    whole = compare_with_published(region)[0][-1]
    assert whole.published_g
    assert abs(whole.pack_g / whole.published_g - 1) < below
