"""The first footprint: a published average, its range, and whose average it is."""

from __future__ import annotations

import pytest

from calculators.errors import RegionRefused
from calculators.footprint import NoAverage, average_footprint


def test_france_is_the_published_8287_kg_with_a_range_around_it() -> None:
    france = average_footprint("FR")
    assert france.total_g == 8_287_000
    assert france.low_g < 8_287_000 < france.high_g
    assert {share.category for share in france.categories} == {
        "clothing", "food", "housing", "transport", "consumables", "public_services",
    }  # fmt: skip


def test_the_total_is_the_sum_of_its_categories_everywhere() -> None:
    for region in ("CN", "FR", "DE", "JP", "GB", "US"):
        footprint = average_footprint(region)
        assert footprint.total_g == sum(share.grams for share in footprint.categories)


def test_beijing_uses_chinas_average_and_says_so() -> None:
    beijing = average_footprint("CN-BJ")
    assert beijing.region == "CN"
    assert beijing.fallback == ("CN-BJ", "CN")
    assert beijing.total_g == 4_200_000


def test_the_range_of_the_total_is_narrower_than_the_sum_of_the_ranges() -> None:
    china = average_footprint("CN")
    assert china.high_g - china.low_g < sum(share.high_g - share.low_g for share in china.categories)


def test_every_category_is_a_default_and_names_its_publisher() -> None:
    germany = average_footprint("DE")
    assert germany.default_share_pct == 100
    assert all(share.is_default and share.figure.publisher for share in germany.categories)


def test_a_place_without_a_published_average_gets_none_rather_than_a_neighbours() -> None:
    with pytest.raises(NoAverage):
        average_footprint("AD")
    with pytest.raises(RegionRefused):
        average_footprint("ATLANTIS")
