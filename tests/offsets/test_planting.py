"""Trees: lower bounds, equal shares, registers read whole, pictures compared; nothing counted twice."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offsets import (
    DocumentRefused,
    OffsetRefused,
    RegisterRefused,
    Sample,
    ShareInterval,
    Sighting,
    SurveyScope,
    are_near_identical,
    fingerprint,
    get_species,
    list_expected_curve,
    list_pool_documents,
    list_species,
    new_growth,
    part_of,
    read_planted_trees,
    read_pool,
    read_sample_plots,
    stock_of_standing,
    trees_behind,
    wilson_lower,
)
from offsets.planting import Share, expect_growth, years_after
from offsets.planting.species import Stock

TODAY = date(2026, 11, 30)
PLANTED_ON = date(2021, 4, 1)
SOLD, EARNED = "demo-minqin-saxaul-2027", "demo-minqin-saxaul-gift-2027"
DOCUMENT = list_pool_documents()[SOLD]
SCOPE = SurveyScope({"A": 100, **dict.fromkeys("BDEFG", 50)}, date(2025, 4, 1), 1, TODAY)

samples = st.integers(1, 500).flatmap(
    lambda sampled: st.tuples(st.integers(sampled, 100_000), st.just(sampled), st.integers(0, sampled))
)


def cited(survival: str = "0.5"):
    """The saxaul, as if somebody had published how many of it live."""
    saxaul = get_species("haloxylon-ammodendron")
    return replace(saxaul, survival=Share(Decimal(survival), saxaul.buffer.source))


def test_the_lower_bound_of_survival_is_wilsons() -> None:
    # Newcombe (1998), Statistics in Medicine 17, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29
    for alive, sampled, published in ((81, 263, "0.2553"), (15, 148, "0.0624"), (0, 20, "0"), (1, 29, "0.0061")):
        assert round(wilson_lower(alive, sampled), 4) == Decimal(published)


@given(samples)
def test_no_more_trees_stand_than_could_and_no_fewer_than_were_seen(found: tuple[int, int, int]) -> None:
    sample = Sample(*found)
    assert sample.alive <= sample.standing <= sample.planted
    assert sample.survival * sample.sampled <= sample.alive


@given(samples)
def test_one_more_seen_alive_never_lowers_what_stands(found: tuple[int, int, int]) -> None:
    planted, sampled, alive = found
    if alive < sampled:
        assert Sample(planted, sampled, alive).standing <= Sample(planted, sampled, alive + 1).standing


def test_where_every_tree_was_looked_at_those_alive_stand() -> None:
    assert Sample(40, 40, 31).standing == 31


@pytest.mark.parametrize("found", [(10, 0, 0), (10, 11, 3), (10, 5, 6), (10, 5, -1)])
def test_a_sample_that_cannot_be_is_refused(found: tuple[int, int, int]) -> None:
    with pytest.raises(OffsetRefused, match=r"planting\.sample"):
        Sample(*found)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=12), st.integers(0, 10**12))
def test_the_parts_of_neighbours_sum_to_the_whole(shares: list[int], total: int) -> None:
    whole, start, parts = ShareInterval(7, 7 + sum(shares)), 7, []
    for count in shares:
        parts.append(part_of(total, whole, ShareInterval(start, start + count)))
        start += count
    assert sum(parts) == total
    for count, part in zip(shares, parts, strict=True):
        assert abs(part * whole.shares - total * count) < whole.shares


@given(st.integers(1, 100), st.integers(1, 50))
def test_equal_shares_sum_to_one_tree(shares_per_tree: int, trees: int) -> None:
    intervals = [ShareInterval(share, share + 1) for share in range(trees * shares_per_tree)]
    assert [len(trees_behind(one, shares_per_tree)) for one in intervals] == [1] * len(intervals)
    behind = [trees_behind(one, shares_per_tree)[0] for one in intervals]
    assert all(behind.count(tree) == shares_per_tree for tree in range(trees))


@given(st.lists(st.integers(0, 10**9), max_size=8))
def test_growth_is_verified_once_whatever_is_lost_in_between(stocks: list[int]) -> None:
    verified = 0
    for stock in stocks:
        verified += new_growth(stock, verified)
        assert verified >= stock or verified == max(stocks)
    assert verified == max(stocks, default=0)


def test_only_growth_of_a_cited_age_is_verified_after_the_buffer() -> None:
    species = cited()
    assert [stock_of_standing(species, 100, age, TODAY) for age in (1, 3, 5, 10, 25)] == [
        0, 0, 301_600, 301_600, 9_328_000,
    ]  # fmt: skip


def test_a_species_without_cited_growth_and_survival_has_no_kilograms_even_when_seen_alive() -> None:
    saxaul = get_species("haloxylon-ammodendron")
    for species in (saxaul, replace(cited(), stocks=()), replace(cited(), review_by=TODAY - timedelta(days=91))):
        assert stock_of_standing(species, 1000, 25, TODAY) == 0
        assert expect_growth(species, 1000, PLANTED_ON, TODAY, standing=900) is None
        assert list_expected_curve(species, 1000, PLANTED_ON, TODAY) == ()


def test_what_a_survey_found_lowers_what_is_expected_and_never_raises_it() -> None:
    species = cited("0.5")
    whole = expect_growth(species, 100, PLANTED_ON, TODAY)
    assert whole is not None
    assert expect_growth(species, 100, PLANTED_ON, TODAY, standing=99) == whole
    fewer = expect_growth(species, 100, PLANTED_ON, TODAY, standing=25)
    assert fewer is not None
    assert 2 * fewer.grams == whole.grams
    assert [(one.year, one.grams) for one in list_expected_curve(species, 100, PLANTED_ON, TODAY)] == [
        (2026, 150_800), (2046, 4_664_000),
    ]  # fmt: skip


@given(st.integers(0, 10_000), st.integers(1, 60), st.decimals("0", "1", places=3), st.decimals("0.1", "500", places=2))
def test_what_is_expected_and_verified_stays_below_what_could_stand(trees: int, age: int, alive, kg) -> None:
    species = replace(cited(str(alive)), stocks=(Stock(5, kg, cited().buffer.source),))
    most = int(kg * 1000 * trees)
    expected = expect_growth(species, trees, PLANTED_ON, TODAY)
    assert expected is not None
    assert 0 <= expected.grams <= most
    assert 0 <= stock_of_standing(species, trees, age, TODAY) <= most


def test_the_pools_of_the_library_are_invented_and_say_so() -> None:
    pools = [read_pool(name, text) for name, text in list_pool_documents().items()]
    assert [pool.pool_id for pool in pools] == [SOLD, EARNED]
    assert all(pool.demonstration for pool in pools)
    assert all(pool.species_id in list_species() for pool in pools)


@pytest.mark.parametrize(("shares", "minor"), [(1, 625), (2, 1250), (4, 2500), (400, 250_000)])
def test_a_share_costs_its_part_of_a_tree_to_the_minor_unit(shares: int, minor: int) -> None:
    asked = read_pool(SOLD, DOCUMENT).price_shares(shares, "CNY", TODAY)
    assert (asked.amount.minor, asked.amount.currency) == (minor, "CNY")


def test_what_does_not_divide_is_charged_upwards() -> None:
    thirds = read_pool(SOLD, DOCUMENT.replace("shares_per_tree = 4", "shares_per_tree = 3"))
    assert [thirds.price_shares(count, "CNY", TODAY).amount.minor for count in (1, 2, 3)] == [834, 1667, 2500]


def test_a_pool_nobody_reviewed_in_time_is_not_sold_nor_one_without_a_price() -> None:
    pool = read_pool(SOLD, DOCUMENT)
    with pytest.raises(OffsetRefused, match=r"catalogue\.review_due"):
        pool.price_shares(4, "CNY", pool.review_by + timedelta(days=91))
    with pytest.raises(OffsetRefused, match=r"catalogue\.no_price"):
        pool.price_shares(4, "USD", TODAY)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[[price]]", "[sponsor]\n[sponsor.name]\nen = 'A'\nzh = 'B'\n\n[[price]]", "not both"),
        ("demonstration = true", "demonstration = false", "an invented pool says so"),
        ('species = "haloxylon-ammodendron"', 'species = "oak"', "must be one of"),
        ('latitude = "38.6"', 'latitude = "38.61234"', "to a tenth"),
        ('latitude = "38.6"', 'latitude = "138.6"', "to a tenth"),
        ("until_on = 2027-04-30", "until_on = 2027-01-30", "is not before"),
        ("shares_per_tree = 4", "shares_per_tree = 0", "from 1 to 100"),
    ],
)
def test_a_pool_that_cannot_be_is_refused_with_its_fault(old: str, new: str, message: str) -> None:
    assert old in DOCUMENT
    with pytest.raises(DocumentRefused) as refused:
        read_pool("pool.toml", DOCUMENT.replace(old, new, 1))
    assert any(message in problem.message for problem in refused.value.problems)


def test_a_planting_register_is_read_with_places_in_millionths() -> None:
    text = "number,plot,planted_on,latitude,longitude,photo\r\nMQ-1,A,2026-04-01,38.612345,-103.1,pho_1\r\n"
    (tree,) = read_planted_trees("\ufeff" + text, TODAY)
    assert (tree.row, tree.number, tree.plot, tree.photo) == (2, "MQ-1", "A", "pho_1")
    assert (tree.planted_on, tree.latitude_micro, tree.longitude_micro) == (date(2026, 4, 1), 38_612_345, -103_100_000)


def faults_of(read) -> list[tuple[int, str, str]]:
    with pytest.raises(RegisterRefused) as refused:
        read()
    return [(fault.row, fault.column, fault.code) for fault in refused.value.faults]


def test_every_fault_of_a_planting_register_is_named_with_its_row() -> None:
    rows = [
        "MQ-1,A,2026-04-01,38.6,103.1,pho_1",
        "MQ-1,A,2026-04-01,38.6,103.1,pho_2",
        "MQ-2,A,2026-13-01,38.6,103.1,pho_3",
        "MQ-3,A,2027-04-01,98.6,103.1,pho_4",
        "MQ-4,A,2026-04-01,38.6,103.1",
        "MQ-5,,2026-04-01,38.6,103.1,",
    ]
    text = "\n".join(["number,plot,planted_on,latitude,longitude,photo", *rows])
    assert faults_of(lambda: read_planted_trees(text, TODAY)) == [
        (3, "number", "register_twice"),
        (4, "planted_on", "register_day"),
        (5, "planted_on", "register_day"),
        (5, "latitude", "register_degrees"),
        (6, "", "register_cells"),
        (7, "plot", "register_number"),
        (7, "photo", "register_photo"),
    ]


def test_every_fault_of_a_survey_is_named_with_its_row() -> None:
    rows = [
        "A,2026-05-01,100,20,15",
        "A,2026-05-01,100,20,15",
        "C,2026-05-01,100,20,15",
        "B,2026-03-31,50,10,9",
        "D,2026-05-01,49,10,9",
        "E,2026-05-01,50,51,9",
        "F,2026-05-01,50,10,11",
        "G,2026-05-01,50,ten,9",
    ]
    text = "\n".join(["plot,surveyed_on,planted,sampled,alive", *rows])
    assert faults_of(lambda: read_sample_plots(text, SCOPE)) == [
        (3, "plot", "register_twice"),
        (4, "plot", "register_unknown_plot"),
        (5, "surveyed_on", "register_too_early"),
        (6, "planted", "register_planted"),
        (7, "sampled", "register_sampled"),
        (8, "alive", "register_alive"),
        (9, "sampled", "register_count"),
    ]


@pytest.mark.parametrize("text", ["", "plot,planted\nA,1\n", "plot,surveyed_on,planted,sampled,alive\n"])
def test_a_register_without_its_heading_or_without_rows_is_refused(text: str) -> None:
    assert faults_of(lambda: read_sample_plots(text, SCOPE))[0][0] == 1


@given(st.text(max_size=200), st.sampled_from(["number,plot,planted_on,latitude,longitude,photo", ""]))
def test_whatever_is_sent_as_a_register_is_read_or_refused(text: str, heading: str) -> None:
    reads = (
        lambda: read_planted_trees(f"{heading}\n{text}", TODAY),
        lambda: read_sample_plots(f"{heading}\n{text}", SCOPE),
    )
    for read in reads:
        with suppress(RegisterRefused):
            assert read()


def test_a_tree_of_a_leap_day_is_a_year_old_on_the_first_of_march() -> None:
    assert years_after(date(2024, 2, 29), 1) == date(2025, 3, 1)
    assert years_after(date(2024, 4, 1), 5) == date(2029, 4, 1)


def shaded(columns: int, rows: int, light: int) -> list[int]:
    """A picture of slopes and valleys, lighter or darker as a whole."""
    return [
        min(255, (x * x * 3 + y * 7 * x) // (columns // 8) % 200 + light) for y in range(rows) for x in range(columns)
    ]


def test_a_picture_in_other_light_keeps_its_fingerprint_and_another_picture_has_another() -> None:
    first, lighter = fingerprint(shaded(36, 32, 10), 36, 32), fingerprint(shaded(36, 32, 40), 36, 32)
    other = fingerprint([255 - point for point in shaded(36, 32, 10)], 36, 32)
    place = {"latitude_micro": 38_600_000, "longitude_micro": 103_100_000}
    assert are_near_identical(Sighting("MQ-1", first, **place), Sighting("MQ-2", lighter, **place))
    assert not are_near_identical(Sighting("MQ-1", first, **place), Sighting("MQ-2", other, **place))


@pytest.mark.parametrize(
    ("north_micro", "bits", "is_alike"), [(440, 0, True), (460, 0, False), (0, 6, True), (0, 7, False)]
)
def test_pictures_are_near_identical_within_fifty_metres_and_six_bits(
    north_micro: int, bits: int, is_alike: bool
) -> None:
    one = Sighting("MQ-1", 0, 38_600_000, 103_100_000)
    other = Sighting("MQ-2", 2**bits - 1, 38_600_000 + north_micro, 103_100_000)
    assert are_near_identical(one, other) == is_alike
