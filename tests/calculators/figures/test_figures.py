"""Figures, places and words: complete, looked up in a recorded order, past their day in three steps."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from calculators import Context, FigureQuery, RegionRefused, TableRefused, compute_estimate, list_languages, look_up
from calculators.figures import earlier_tables
from calculators.figures.baselines import Found, NotFound
from calculators.figures.factors import COLUMNS, FORMULA_KINDS, parse_table
from calculators.figures.library import check_families, parse_bands
from calculators.figures.pedigree import find_scores
from calculators.figures.terms import Mark
from calculators.words import templates
from tests.calculators.shipped_library import LIBRARY, TABLES, TRIP, trip

ROW = {
    "key": "grid", "item": "grid", "kind": "emission_factor", "family": "test-co2", "region": "CN", "year": "2023",
    "value": "0.5", "unit": "kgCO2/kWh", "gas_scope": "CO2", "gwp": "none",
    "boundary": "", "publisher": "P", "document": "D", "url": "",
    "mark": "reported", "uncertainty_pct": "10", "uncertainty_basis": "class",
    "distribution": "normal", "distribution_reason": "narrow", "review_by": "2028-12-31",
    "name_en": "grid", "name_zh": "电网", "note": "",
}  # fmt: skip


def table(*rows: dict[str, str], name: str = "factors.test") -> str:
    lines = [",".join(COLUMNS), *(",".join({**ROW, **row}[column] for column in COLUMNS) for row in rows)]
    return "\n".join(lines) + "\n"


def tables_with(*rows: dict[str, str]):
    found = parse_table("factors.test", table(*rows), TABLES.regions)
    return replace(TABLES, tables={**TABLES.tables, "factors.test": found})


def found_for(tables, region: str, year: int = 2026, fallback: str = "none") -> Found | NotFound:
    return look_up(tables, FigureQuery("factors.test", "grid", "test-co2", "kgCO2/kWh", fallback), region, year)


def test_every_figure_has_a_publisher_a_document_a_place_and_a_mark() -> None:
    rows = list(TABLES.list_rows())
    assert len(rows) > 680
    for row in rows:
        assert row.publisher, row.key
        assert row.document, row.key
        assert row.mark, row.key
        assert row.name_en, row.key
        assert row.name_zh, row.key


def test_every_figure_a_document_may_use_says_how_sure_it_is_and_on_what_ground() -> None:
    for methodology in LIBRARY.methodologies.values():
        for parameter in methodology.parameters.values():
            for item in methodology.items_of(parameter) if parameter.table else ():
                rows = TABLES.tables[parameter.table or ""].by_item[item]
                assert all(
                    row.uncertainty_basis in ("published", "class") or find_scores(row.uncertainty_basis)
                    for row in rows
                    if row.creditable
                )


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"publisher": ""}, "publisher must not be empty"),
        ({"kind": "guess"}, "kind must be one of"),
        ({"mark": "sure"}, "mark 'sure' must be one of official, reported.*which"),
        ({"family": ""}, "names its family"),
        ({"region": "Atlantis"}, "unknown region"),
        ({"value": "1e3"}, "not a plain decimal"),
        ({"value": "NaN"}, "not a plain decimal"),
        ({"uncertainty_basis": ""}, "published or that of its class"),
        ({"review_by": "soon"}, "review_by 'soon' is no day; write it as 2028-12-31"),
        ({"gas_scope": "all"}, "gas_scope 'all' must be one of CO2, GHG"),
        ({"gwp": "AR3"}, "gwp 'AR3' must be one of none, AR4, AR5, AR6, unknown; unknown where"),
        ({"gwp": "AR5"}, "does not agree with gas_scope 'CO2' and gwp 'AR5'"),
        ({"gas_scope": "GHG", "gwp": "AR5"}, "does not agree with"),
        ({"kind": "statistic", "unit": "kWh"}, "is no mass of gas; leave gas_scope and gwp empty"),
        ({"distribution": "bell"}, "distribution 'bell' must be one of normal, log_normal"),
        ({"distribution": ""}, "distribution '' must be one of"),
        ({"distribution_reason": ""}, "distribution_reason must say why"),
        ({"uncertainty_pct": "", "uncertainty_basis": ""}, "distribution without an uncertainty"),
    ],
)
def test_an_incomplete_row_is_refused_at_its_line(change: dict[str, str], why: str) -> None:
    with pytest.raises(TableRefused, match=f"(?s)factors.test, line 3.*{why}"):
        parse_table("factors.test", table({}, {"year": "2024", **change}), TABLES.regions)


def test_a_shape_whose_reason_nobody_explained_is_refused() -> None:
    reasons = TABLES.reasons
    parse_table("factors.test", table({}), TABLES.regions, reasons)
    with pytest.raises(TableRefused, match="line 2: distribution_reason 'because' is not explained"):
        parse_table("factors.test", table({"distribution_reason": "because"}), TABLES.regions, reasons)
    assert all(set(words) == {"en", "zh"} for words in reasons.values())


def test_a_table_frozen_before_there_were_seven_marks_gives_the_rows_it_gave() -> None:
    values = ROW | {"verification": "secondary", "use_by": "2028-12-31", "gas_scope": "CO2 only; scope 2"}
    text = (
        ",".join(earlier_tables.COLUMNS) + "\n" + ",".join(values[column] for column in earlier_tables.COLUMNS) + "\n"
    )
    (row,) = parse_table("factors.test", text, TABLES.regions).rows
    assert (row.mark, row.gas_scope, row.gwp, row.boundary) == ("reported", "CO2", "none", "CO2 only; scope 2")
    assert (row.distribution, row.distribution_reason, str(row.review_by)) == ("normal", "not_stated", "2028-12-31")
    assert row.creditable
    for word, creditable in (("primary", True), ("derived", True), ("unverified", False), ("conflicting", False)):
        (marked,) = parse_table("factors.test", text.replace("secondary", word), TABLES.regions).rows
        assert marked.creditable is creditable
    with pytest.raises(TableRefused, match="verification must be one of"):
        parse_table("factors.test", text.replace("secondary", "official"), TABLES.regions)


@pytest.mark.parametrize("mark", Mark)
def test_a_credit_rests_on_official_reported_and_derived_figures_and_on_an_assumption_with_a_range(mark: Mark) -> None:
    ranged = parse_table("factors.test", table({"mark": mark, "uncertainty_pct": "20"}), TABLES.regions).rows[0]
    narrow = parse_table("factors.test", table({"mark": mark, "uncertainty_pct": "19"}), TABLES.regions).rows[0]
    bare = {"uncertainty_pct": "", "uncertainty_basis": "", "distribution": "", "distribution_reason": ""}
    without = parse_table("factors.test", table({"mark": mark, **bare}), TABLES.regions).rows[0]
    assert ranged.creditable is (mark not in (Mark.PRESS, Mark.RECALLED, Mark.CONFLICTING))
    assert narrow.creditable is without.creditable is (mark in (Mark.OFFICIAL, Mark.REPORTED, Mark.DERIVED))


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (
            {"unit": "kgCO2e/kWh", "gas_scope": "GHG", "gwp": "AR5"},
            "is of GHG, AR5, others of the family 'test-co2' are of CO2",
        ),
        (
            {"family": "test-ghg", "unit": "kgCO2e/kWh", "gas_scope": "GHG", "gwp": "AR6"},
            "AR6, others of .* are of GHG, AR5",
        ),
    ],
)
def test_a_family_of_two_gases_or_two_reports_is_refused(other: dict[str, str], why: str) -> None:
    """A difference is taken within one family: carbon dioxide and CO2e are never summed in silence."""
    ghg = {"family": "test-ghg", "region": "FR", "unit": "kgCO2e/kWh", "gas_scope": "GHG", "gwp": "AR5"}
    unknown = {**ghg, "region": "JP", "gwp": "unknown"}
    check_families([parse_table("factors.test", table({}, ghg, unknown), TABLES.regions)])
    mixed = parse_table("factors.test", table({}, ghg, {"region": "US", **other}), TABLES.regions)
    with pytest.raises(TableRefused, match=why):
        check_families([mixed])


def test_the_same_figure_twice_is_refused() -> None:
    with pytest.raises(TableRefused, match="there twice"):
        parse_table("factors.test", table({}, {}), TABLES.regions)


def test_a_tables_hash_is_that_of_its_text() -> None:
    one, same, other = (
        parse_table("factors.test", text, TABLES.regions)
        for text in (table({}), table({}).replace("\n", "\r\n"), table({"value": "0.6"}))
    )
    assert one.sha256 == same.sha256 != other.sha256


def test_the_place_itself_comes_before_its_parents() -> None:
    tables = tables_with({"value": "1"}, {"region": "CN-HB", "value": "2"}, {"region": "CN-HB/wuhan", "value": "3"})
    for region, value, rule in (("CN-HB/wuhan", "3", "own"), ("CN-HB", "2", "own"), ("CN-GD", "1", "parent")):
        found = found_for(tables, region)
        assert isinstance(found, Found)
        assert (found.row.value, found.rule) == (Decimal(value), rule)


def test_every_step_of_the_fall_back_is_recorded() -> None:
    tables = tables_with({"region": "CN-HB", "mark": "recalled"}, {})
    found = found_for(tables, "CN-HB/wuhan")
    steps = [(step.region, step.outcome) for step in found.steps]
    assert steps == [("CN-HB/wuhan", "none"), ("CN-HB", "recalled"), ("CN", "found")]


def test_the_newest_figure_up_to_the_year_is_used() -> None:
    tables = tables_with({"year": "2021", "value": "1"}, {"year": "2023", "value": "2"}, {"year": "2025", "value": "3"})
    values = {year: found_for(tables, "CN", year) for year in (2019, 2022, 2024, 2030)}
    assert {year: (int(found.row.value), found.later_year) for year, found in values.items()} == {
        2019: (1, True), 2022: (1, False), 2024: (2, False), 2030: (3, False),
    }  # fmt: skip


def test_where_nobody_published_the_lowest_or_highest_stands_in_only_if_allowed() -> None:
    tables = tables_with({"value": "5"}, {"region": "FR", "value": "2"}, {"region": "JP", "value": "9"})
    assert isinstance(found_for(tables, "KE"), NotFound)
    assert found_for(tables, "KE", fallback="lowest_published").row.region == "FR"
    assert found_for(tables, "KE", fallback="highest_published").row.region == "JP"


@pytest.mark.parametrize(("press", "stands"), [("4.6", True), ("4.4", False)])
def test_a_figure_from_the_press_that_is_more_cautious_than_the_range_lets_none_stand_in(press, stands) -> None:
    """The lowest that may be used is 5, known within 10 %: 4.6 from the press lies in its range, 4.4 does not."""
    tables = tables_with({"value": "5"}, {"region": "FR", "value": press, "mark": "press"})
    found = found_for(tables, "KE", fallback="lowest_published")
    assert isinstance(found, Found) is stands
    if not stands:
        assert [(step.region, step.outcome) for step in found.steps][-1] == ("FR", "press")


def test_a_figure_of_another_family_kind_or_unit_is_never_borrowed() -> None:
    for change in (
        {"family": "other-co2"},
        {"kind": "price", "family": ""},
        {"unit": "kgCO2e/kWh", "gas_scope": "GHG", "gwp": "AR5"},
    ):
        tables = tables_with({**change, "region": "KE"})
        assert isinstance(found_for(tables, "KE", fallback="lowest_published"), NotFound)


def test_only_factors_and_statistics_may_stand_in_a_formula() -> None:
    assert {"emission_factor", "statistic"} == FORMULA_KINDS


def test_places_have_parents_up_to_the_world_and_other_spellings() -> None:
    regions = TABLES.regions
    assert regions.chain_of("CN-HB/wuhan") == ("CN-HB/wuhan", "CN-HB", "CN", "WORLD")
    assert regions.find_code("CN-Beijing") == "CN-BJ"
    assert regions.find_code("CHN") == "CN"
    assert regions.name_of("CN-GD/shenzhen", "zh") == "深圳"
    assert all(regions.chain_of(code)[-1] == "WORLD" for code in regions.by_code)
    with pytest.raises(RegionRefused):
        regions.chain_of("CN-Atlantis")


def test_past_its_day_a_figure_warns_then_counts_less_then_not_at_all() -> None:
    due = TRIP.review_by
    states = []
    for late in (0, 1, 180, 181, 540, 541):
        where = Context(region="CN-BJ", on=due + timedelta(days=late), evidence="gps_trace")
        found = compute_estimate(TRIP, TABLES, {"mode": "metro", "distance": "10"}, where)
        states.append((late, found.credited_g, [warning["code"] for warning in found.warnings]))
    assert states == [
        (0, 641, []),
        (1, 641, ["overdue"]),
        (180, 641, ["overdue"]),
        (181, 320, ["degraded"]),
        (540, 320, ["degraded"]),
        (541, 0, ["expired"]),
    ]


def test_an_expired_figure_says_why_nothing_is_credited() -> None:
    where = Context(region="CN-BJ", on=date(2031, 1, 1), evidence="gps_trace")
    found = compute_estimate(TRIP, TABLES, {"mode": "metro", "distance": "10"}, where)
    assert (found.reason, found.reduction_g, found.credited_g) == ("figure_expired", 720, 0)


def test_a_figure_of_a_later_year_than_the_activity_is_marked() -> None:
    where = Context(region="CN-BJ", on=date(2022, 5, 1), evidence="gps_trace")
    found = compute_estimate(TRIP, TABLES, {"mode": "metro", "distance": "10"}, where)
    assert {warning["code"] for warning in found.warnings} == {"later_year"}


def test_bands_with_a_gap_are_refused() -> None:
    head = "above_pct,up_to_pct,weight,publisher,document,mark\n"
    with pytest.raises(TableRefused):
        parse_bands(f"{head}0,10,0.98,U,D,unverified\n20,,0.73,U,D,unverified\n")


def test_every_language_has_words_for_every_code() -> None:
    english = templates("en")
    for language in list_languages():
        assert templates(language).keys() == english.keys(), language
        for code, template in templates(language).items():
            assert sorted(set(_places(str(template)))) == sorted(set(_places(str(english[code])))), (language, code)


def test_every_reason_and_outcome_has_words() -> None:
    words = templates("en")
    for found in (trip("walk", "0.1"), trip("car", "9"), trip("walk", "9", duration_s=60)):
        assert f"reason.{found.reason}" in words
    for code in ("own", "parent", "lowest_published", "highest_published", "constant", "declared", "habit", "history"):
        assert f"basis.{code}" in words


def _places(template: str) -> list[str]:
    return [part.split("}")[0] for part in template.split("{")[1:]]
