"""Search over figures: both languages, two Chinese characters, filters that hold, an order that stays."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators import RegionRefused
from calculators.figures.factors import Row
from calculators.figures.search import Filters, Hit, Index, index_figures, search
from tests.calculators.shipped_library import TABLES

INDEX = index_figures(TABLES.list_rows(), TABLES.regions)
EVERYTHING = 10_000
(A_ROW,) = [row for row in TABLES.find_rows("grid_location") if (row.region, row.year) == ("CN-BJ", 2023)]


def figure(key: str, **changes: object) -> Row:
    """A figure of Beijing's grid under another key; these rows are made for tests."""
    return replace(A_ROW, key=key, item=key, table="factors.test", note="", **changes)  # type: ignore[arg-type] # any column


def index_of(*rows: Row) -> Index:
    return index_figures(rows, TABLES.regions)


def keys(hits: list[Hit]) -> list[str]:
    return [hit.row.key for hit in hits]


def found(query: str, index: Index = INDEX, limit: int = EVERYTHING, **filters: object) -> list[Hit]:
    return search(index, query, Filters(**filters), limit)  # type: ignore[arg-type] # each test names its own


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("beef", "Beef"),
        ("牛肉", "Beef"),
        ("BEEF herd", "Beef (beef herd)"),
        ("北京 电力", "Grid average, Beijing"),
        ("beijing grid", "Grid average, Beijing"),
        ("ＢＥＥＦ", "Beef"),
    ],
)
def test_a_figure_is_found_by_words_of_either_language_whatever_their_case_or_width(query: str, name: str) -> None:
    assert found(query)[0].row.name_en == name


def test_two_chinese_characters_find_what_holds_them_side_by_side_and_nothing_else() -> None:
    holding = {
        row.key for row in TABLES.list_rows() if "地铁" in f"{row.name_zh}{row.note}{row.document}{row.publisher}"
    }
    assert holding
    assert set(keys(found("地铁"))) == holding


def test_one_chinese_character_is_found_wherever_it_stands_in_a_word() -> None:
    index = index_of(figure("first", name_zh="电网"), figure("last", name_zh="用电"), figure("none", name_zh="天然气"))
    other_fields_hold_it = found("电", index_of(figure("none", name_zh="天然气", publisher="P", document="D")))
    assert other_fields_hold_it == []
    assert {"first", "last"} <= set(keys(found("电", index)))


def test_a_latin_word_is_found_by_its_beginning_and_never_by_its_end() -> None:
    index = index_of(figure("tram", name_en="Tramway"))
    assert keys(found("tram", index)) == ["tram"]
    assert found("way", index) == []


def test_small_figures_and_accents_are_read_as_plain_ones() -> None:
    index = index_of(figure("tgv", name_en="Électricité CO₂"))
    assert keys(found("electricite co2", index)) == ["tgv"]


def test_one_character_that_unicode_writes_in_two_ways_is_one() -> None:
    index = index_of(figure("compatible", name_zh="\uf9fd物"))
    assert keys(found("\u4ec0物", index)) == ["compatible"]


def test_every_word_asked_for_must_be_there() -> None:
    assert found("beef bicycle") == []


def test_a_word_in_the_name_counts_more_than_one_in_the_source() -> None:
    index = index_of(figure("source", document="about trams"), figure("name", name_en="trams"))
    assert keys(found("trams", index)) == ["name", "source"]


def test_of_equal_matches_a_creditable_figure_comes_first_then_the_plainest_then_the_newest() -> None:
    index = index_of(
        figure("doubted", mark="recalled"),
        figure("older", year=2022),
        figure("newer", year=2023),
        figure("longer", name_en=f"{A_ROW.name_en}, of another kind"),
    )
    assert keys(found("grid", index)) == ["newer", "older", "longer", "doubted"]


def test_the_order_does_not_depend_on_the_order_in_which_figures_were_read() -> None:
    rows = list(TABLES.list_rows())
    turned = index_figures(reversed(rows), TABLES.regions)
    for query in ("", "grid", "电力", "kgCO2e"):
        assert [hit.place for hit in found(query)] == [hit.place for hit in found(query, turned)]


def test_a_place_holds_the_places_within_it() -> None:
    chinese = found("grid", region="CN")
    assert {"CN", "CN-BJ"} <= {hit.row.region for hit in chinese}
    assert all("CN" in TABLES.regions.chain_of(hit.row.region) for hit in chinese)
    assert {hit.row.region for hit in found("grid", region="CN-BJ")} == {"CN-BJ"}


def test_a_place_nobody_knows_is_refused() -> None:
    with pytest.raises(RegionRefused, match="XX"):
        found("grid", region="XX")


def test_a_unit_finds_what_measures_the_same() -> None:
    units = {hit.row.unit for hit in found("", unit="gCO2/kWh")}
    assert "kgCO2/kWh" in units
    assert "kgCO2e/kWh" not in units
    assert found("", unit="no such unit") == []


def test_a_unit_no_formula_can_use_is_found_as_it_is_written() -> None:
    written = {row.unit for row in TABLES.list_rows() if row.measure() is None}
    assert written
    for unit in written:
        assert {hit.row.unit for hit in found("", unit=unit)} == {unit}


def test_year_kind_and_table_are_exact() -> None:
    for hit in found("", year=2023, kind="emission_factor", table="factors.grid"):
        assert (hit.row.year, hit.row.kind, hit.row.table) == (2023, "emission_factor", "factors.grid")
    assert len(found("")) == len(list(TABLES.list_rows()))


@given(st.integers(1, 60), st.sampled_from(["", "grid", "电力", "kgCO2e/kg", "meal"]))
def test_pages_put_together_are_the_whole_whatever_their_size(size: int, query: str) -> None:
    whole = found(query)
    pages: list[Hit] = []
    while page := search(INDEX, query, Filters(), size, pages[-1].place if pages else None):
        pages += page
    assert pages == whole


def test_a_page_goes_on_at_its_place_when_the_last_figure_is_no_longer_there() -> None:
    rows = [figure(f"grid_{number}", value=Decimal(number)) for number in range(6)]
    whole = found("grid", index_of(*rows))
    shorter = index_of(*(row for row in rows if row.key != whole[2].row.key))
    assert search(shorter, "grid", Filters(), EVERYTHING, whole[2].place) == whole[3:]


@given(st.text(max_size=60))
def test_any_text_is_answered(query: str) -> None:
    assert len(found(query, limit=5)) <= 5
