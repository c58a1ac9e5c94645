"""The published layouts: what a line becomes, and what is left out and why."""

from __future__ import annotations

import csv

import pytest

from calculators.importing import SOURCES, Asked, Reading, read_file
from calculators.importing.reader import Figure
from calculators.importing.sheets import UnreadableFile
from tests.calculators.importing import files
from tests.calculators.importing.workbook import OLD_WORKBOOK, made_open_document, made_workbook
from tests.calculators.shipped_library import TABLES


def read(source: str, text: str, encoding: str = "utf-8", **asked: object) -> Reading:
    return read_file(SOURCES[source], text.encode(encoding), Asked(**asked), TABLES.regions)  # type: ignore[arg-type] # two fields


def the_figure(reading: Reading, **wanted: str) -> Figure:
    (found,) = [figure for figure in reading.figures.values() if wanted.items() <= figure.items()]
    return found


def reasons(reading: Reading) -> dict[int, str]:
    return {passed.line: passed.why for passed in reading.left_out}


def test_the_uk_flat_file_gives_the_lines_of_all_gases_together() -> None:
    reading = read("uk-flat-file", files.UK)
    assert reading.faults == []
    assert list(reading.figures) == [5, 7, 8, 9, 10, 13]
    assert reasons(reading) == {
        6: "one gas alone; the line of all gases together counts",
        11: "no figure is published",
        12: "biogenic carbon, reported outside the scopes",
    }
    gas = the_figure(reading, note="per kWh (Gross CV)")
    assert (gas["value"], gas["unit"], gas["region"], gas["year"]) == ("0.111", "kgCO2e/kWh", "GB", "2025")
    assert gas["document"] == "UK Government GHG Conversion Factors for Company Reporting 2025"


def test_the_workbook_the_uk_publishes_is_read_like_its_text() -> None:
    cover = [["UK Government GHG Conversion Factors"], [], ["made for tests"]]
    factors = list(csv.reader(files.UK.splitlines()))
    workbook = read_file(SOURCES["uk-flat-file"], made_workbook(cover, factors), Asked(), TABLES.regions)
    text = read("uk-flat-file", files.UK)
    assert workbook.figures == text.figures
    assert workbook.left_out == text.left_out


def test_an_old_workbook_is_read_like_a_new_one() -> None:
    reading = read_file(SOURCES["uk-flat-file"], OLD_WORKBOOK, Asked(), TABLES.regions)
    assert reading.faults == []
    assert {(figure["value"], figure["unit"], figure["year"]) for figure in reading.figures.values()} == {
        ("2.75", "kgCO2e/L", "2019"),
        ("1234.5", "kgCO2e/t", "2019"),
    }
    assert reasons(reading) == {4: "only a bound is published: < 1"}


def test_a_workbook_of_free_office_programs_is_read_too() -> None:
    factors = list(csv.reader(files.UK.splitlines()))
    workbook = read_file(SOURCES["uk-flat-file"], made_open_document([["cover"]], factors), Asked(), TABLES.regions)
    assert workbook.figures == read("uk-flat-file", files.UK).figures


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_the_text_that_a_spreadsheet_saves_as_unicode_is_read(encoding: str) -> None:
    pasted = read("uk-flat-file", files.UK.replace('"1,234.5"', "1234.5").replace(",", "\t"), encoding=encoding)
    assert pasted.figures.keys() == read("uk-flat-file", files.UK).figures.keys()


@pytest.mark.parametrize("content", [b"PK\x03\x04 no more", OLD_WORKBOOK[:700]], ids=["new", "old"])
def test_a_broken_workbook_is_refused_in_a_sentence(content: bytes) -> None:
    with pytest.raises(UnreadableFile, match="cannot be opened"):
        read_file(SOURCES["uk-flat-file"], content, Asked(), TABLES.regions)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"%PDF-1.7\n", "a PDF"),
        (b"\n<html><table><tr><td>Scope", "a web page"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>', "XML"),
        (b"{\\rtf1 Scope", "RTF"),
        (b"\x1f\x8b\x08\x00", "unpack it first"),
        (b"7z\xbc\xaf\x27\x1c", "unpack it first"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"SQLite format 3\x00", "a database"),
        (b"Scope\x00Level 1\x00\x01", "neither a workbook nor a text"),
        (b"\xff\xfeS\x00c", "a workbook|UTF-16"),
    ],
)
@pytest.mark.parametrize("source", sorted(SOURCES))
def test_what_is_no_table_is_refused_by_what_it_is_and_how_to_save_it(source: str, content: bytes, named: str) -> None:
    with pytest.raises(UnreadableFile, match=named) as refused:
        read_file(SOURCES[source], content + b"\xd8" * (named == "a workbook|UTF-16"), Asked(), TABLES.regions)
    assert "save the table as .xlsx or as .csv in UTF-8" in str(refused.value)


NO_FIGURES = {
    "< 1": "only a bound is published: < 1",
    "＜０．０１": "only a bound is published: ＜０．０１",
    "≤ 0.5*": "only a bound is published: ≤ 0.5*",
    "less than 0.1": "only a bound is published: less than 0.1",
    "0.1-0.3": "only a range is published: 0.1-0.3",
    "trace": "no figure is published",
    "n/d": "no figure is published",
    "#N/A": "no figure is published",
    "..": "no figure is published",
    "*": "no figure is published",
    "c": "no figure is published",
}


@pytest.mark.parametrize(("cell", "why"), NO_FIGURES.items())
def test_what_is_no_exact_figure_is_left_out_with_its_reason_and_refuses_no_file(cell: str, why: str) -> None:
    for source, text, figure in (
        ("uk-flat-file", files.UK, ",0.122\n"),
        ("open-emission-factors", files.OPEN, ",0.111,"),
        ("mee-grid", files.MEE, ",0.2222\n"),
        ("base-carbone", files.BASE_CARBONE, ";2\n"),
    ):
        changed = text.replace(figure, figure[0] + cell + figure[-1])
        reading = read(source, changed)
        assert reading.faults == []
        assert len(reading.figures) == len(read(source, text).figures) - 1
        told = set(reasons(reading).values())
        assert why in told or (source == "open-emission-factors" and "single gases only; no sum is published" in told)


def test_the_two_heating_values_of_a_uk_fuel_are_two_figures() -> None:
    fuels = [figure for figure in read("uk-flat-file", files.UK).figures.values() if "natural_gas" in figure["key"]]
    assert len({figure["key"] for figure in fuels}) == 2


def test_flights_with_and_without_radiative_forcing_can_never_stand_in_one_difference() -> None:
    flights = [figure for figure in read("uk-flat-file", files.UK).figures.values() if "air" in figure["family"]]
    assert sorted(figure["family"] for figure in flights) == [
        "desnz-business-travel-air-ghg",
        "desnz-business-travel-air-ghg-rf",
    ]


def test_numbers_as_spreadsheets_write_them_are_understood() -> None:
    reading = read("uk-flat-file", files.UK)
    assert the_figure(reading, unit="kgCO2e/vehicle-km")["value"] == "0.16"
    assert the_figure(reading, unit="kgCO2e/t")["value"] == "1234.5"


def test_base_carbone_gives_valid_elements_in_its_own_encoding() -> None:
    reading = read("base-carbone", files.BASE_CARBONE, encoding="cp1252")
    assert reading.faults == []
    assert reasons(reading) == {
        3: "a part of the figure above it",
        4: "its status is 'Archivé'",
        7: "no region of ours is 'Europe'",
        8: "no emission factor",
    }
    gas = the_figure(reading, key="base_carbone_101")
    assert (gas["value"], gas["unit"], gas["note"]) == ("0.111", "kgCO2e/kWh", "per kWh PCI")
    assert (gas["region"], gas["year"], gas["review_by"]) == ("FR", "2021", "2027-12-31")
    assert (gas["uncertainty_pct"], gas["uncertainty_basis"]) == ("5", "published")
    assert gas["name_en"] == "Natural gas, for tests"


def test_base_carbone_names_other_countries_in_english_or_in_french_alone() -> None:
    reading = read("base-carbone", files.BASE_CARBONE)
    assert the_figure(reading, key="base_carbone_103")["region"] == "DE"
    assert the_figure(reading, key="base_carbone_103")["value"] == "1234.5"
    assert the_figure(reading, key="base_carbone_104")["region"] == "GB"


def test_the_ministrys_table_gives_provinces_whatever_width_rank_and_marks_they_are_typed_in() -> None:
    reading = read("mee-grid", files.MEE)
    assert reading.faults == []
    assert {figure["region"]: figure["value"] for figure in reading.figures.values()} == {
        "CN-BJ": "0.1111",
        "CN-SH": "0.2222",
        "CN-NM": "0.3333",
        "CN-XJ": "0.4444",
        "CN": "0.5555",
    }
    assert {figure["year"] for figure in reading.figures.values()} == {"2023"}
    assert reasons(reading) == {8: "a grid, which is no place of ours", 9: "no figure is published", 10: "a note"}


def test_the_ministrys_table_may_be_in_the_encoding_of_chinese_spreadsheets_and_split_by_tabs() -> None:
    pasted = files.MEE.replace(",", "\t")
    assert read("mee-grid", pasted, encoding="gb18030").figures.keys() == read("mee-grid", files.MEE).figures.keys()


def test_the_year_comes_from_the_title_or_from_the_person_and_never_from_both_differently() -> None:
    untitled = "省份,因子\n北京,0.1\n"
    assert "--year" in read("mee-grid", untitled).faults[0].why
    assert read("mee-grid", untitled, year=2022).figures[2]["year"] == "2022"
    assert "the title says" in read("mee-grid", files.MEE, year=2022).faults[0].why


def test_open_emission_factors_take_the_newest_assessment_report_and_say_which() -> None:
    reading = read("open-emission-factors", files.OPEN, mark="reported")
    assert reading.faults == []
    grid = the_figure(reading, region="DE")
    assert (grid["value"], grid["family"], grid["publisher"]) == ("0.111", "oef-aib-electricity-generation-ar5", "AIB")
    train = the_figure(reading, region="GB")
    assert (train["value"], train["family"]) == ("0.02", "oef-beis-fuel-combustion-ar4")
    assert reasons(reading) == {
        4: "single gases only; no sum is published",
        5: "no region of ours is 'ZZ-99'",
    }


def test_open_emission_factors_are_read_under_their_earlier_column_names_too() -> None:
    earlier = "sector,category,id,name,unit,kgCO2e-AR5,kgCO2e-AR4,source,year,region,source_link,lca_activity\n"
    line = "Made for tests,Housing,housing-x,Housing,kg-CO2e/USD,,0.5,EPA,2020,US,https://example.org,upstream\n"
    (figure,) = read("open-emission-factors", earlier + line).figures.values()
    assert (figure["value"], figure["unit"], figure["year"]) == ("0.5", "kgCO2e/USD", "2020")


OPEN_OF_2021 = (
    "sector,category,id,name,unit,factor,uncertainty,source,year,region,date_accessed,description,source_link,activity\n"
    "Transport,Road Travel,hired-car,Hired car,kg-CO2e/pkm,0.151,60,ADEME,2018,FR,2021/08/20,for tests,"
    "https://example.org/,unknown\n"
    "Housing,Heating,pellets,Pellets,kg-CO2e/kWh,0.04,not-supplied,BEIS,2020,GB,2021/08/20,for tests,"
    "https://example.org/,unknown\n"
)


def test_open_emission_factors_of_2021_do_not_say_by_which_report_and_are_taken_as_that() -> None:
    reading = read("open-emission-factors", OPEN_OF_2021, mark="reported")
    assert reading.faults == []
    car = the_figure(reading, region="FR")
    assert (car["value"], car["unit"], car["year"]) == ("0.151", "kgCO2e/passenger-km", "2018")
    assert (car["gas_scope"], car["gwp"], car["mark"]) == ("GHG", "unknown", "recalled")
    assert car["family"] == "oef-ademe-unknown-unnamed"


def test_a_sum_whose_report_is_named_comes_before_one_whose_is_not() -> None:
    both = OPEN_OF_2021.replace("unit,factor,", "unit,factor,kgCO2e-AR4,").replace("0.151,", "0.151,0.149,", 1)
    both = both.replace("0.04,", "0.04,not-supplied,", 1)
    reading = read("open-emission-factors", both)
    assert the_figure(reading, region="FR")["value"] == "0.149"
    assert the_figure(reading, region="GB")["value"] == "0.04"


def test_a_file_that_has_no_sum_by_any_name_is_of_another_kind() -> None:
    with pytest.raises(UnreadableFile, match="kgCO2e-AR5"):
        read("open-emission-factors", OPEN_OF_2021.replace("unit,factor,", "unit,amount,"))


def test_what_a_compilation_itself_doubts_is_never_credited_whoever_has_compared_it() -> None:
    reading = read("open-emission-factors", files.OPEN, mark="reported")
    assert the_figure(reading, region="US")["mark"] == "conflicting"


@pytest.mark.parametrize("source", sorted(SOURCES))
def test_nobody_has_vouched_for_a_figure_until_somebody_says_so(source: str) -> None:
    text = {"uk-flat-file": files.UK, "base-carbone": files.BASE_CARBONE, "mee-grid": files.MEE}.get(source, files.OPEN)
    assert {figure["mark"] for figure in read(source, text).figures.values()} <= {"recalled", "conflicting"}


@pytest.mark.parametrize(
    ("source", "text", "missing"),
    [
        ("uk-flat-file", files.UK.replace("Conversion Factor 2025", "Factor"), "GHG Conversion Factor"),
        ("base-carbone", files.BASE_CARBONE.replace("Incertitude", "?"), "Incertitude"),
        ("mee-grid", "省份,数值\n北京,0.1\n", "因子"),
        ("open-emission-factors", "sector,category,id,name,unit,factor\n", "source_link"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_the_heading_it_lacks(source: str, text: str, missing: str) -> None:
    with pytest.raises(UnreadableFile, match=missing):
        read(source, text)


@pytest.mark.parametrize(
    ("source", "text", "line", "why"),
    [
        ("uk-flat-file", files.UK.replace("0.122", "about 0.1"), 7, "'about 0.1' is not a number"),
        ("uk-flat-file", files.UK.replace("3,Scope 1,Fuels", "3,Scope 1,"), 7, "must not be empty"),
        ("uk-flat-file", files.UK.replace("(Net CV)", "(Gross CV)"), 7, "another value for the figure of line 5"),
        ("base-carbone", files.BASE_CARBONE.replace(";01/02/2022;", ";;"), 5, "names a year"),
        ("mee-grid", files.MEE.replace("上海市", "上海滩"), 4, "no province is called '上海滩'"),
        ("open-emission-factors", files.OPEN.replace("BEIS,2021", "BEIS,soon", 1), 3, "soon"),
    ],
)
def test_a_line_at_fault_is_named_with_its_reason_and_hides_no_other(
    source: str, text: str, line: int, why: str
) -> None:
    reading = read(source, text)
    assert [fault.line for fault in reading.faults] == [line]
    assert why in reading.faults[0].why
    assert reading.figures


def test_a_line_that_says_the_same_again_is_left_out() -> None:
    again = files.UK.replace("3,Scope 1,Fuels,Gaseous fuels,Natural gas,,,kWh (Net CV),kg CO2e,0.122",
                             "3,Scope 1,Fuels,Gaseous fuels,Natural gas,,,kWh (Gross CV),kg CO2e,0.1110")  # fmt: skip
    reading = read("uk-flat-file", again)
    assert reading.faults == []
    assert reasons(reading)[7] == "the same as line 5"


def test_a_figure_of_a_part_of_france_without_a_code_does_not_stand_for_france() -> None:
    corsican = files.BASE_CARBONE.replace(
        "France continentale;;;Mars 2014", "France continentale;Corse;Corsica;Mars 2014"
    )
    assert reasons(read("base-carbone", corsican))[2] == "no region of ours is 'France continentale, Corse'"


def test_every_fault_of_a_file_is_found_at_once() -> None:
    bad = files.UK.replace("0.111", "x").replace("0.122", "y").replace("1.6E-01", "z")
    assert [fault.line for fault in read("uk-flat-file", bad).faults] == [5, 7, 10]


def test_a_record_of_several_lines_is_named_by_its_first() -> None:
    broken = files.UK.replace("Natural gas,,,kWh (Net CV)", '"Natural\ngas",,,kWh (Net CV)').replace("1.6E-01", "z")
    assert [fault.line for fault in read("uk-flat-file", broken).faults] == [11]


@pytest.mark.parametrize(("year", "report"), [("2019", "AR4"), ("2022", "AR4"), ("2023", "unknown"), ("2025", "AR5")])
def test_the_uk_flat_file_says_by_its_year_which_report_weighs_the_gases(year: str, report: str) -> None:
    reading = read("uk-flat-file", files.UK.replace("2025", year))
    assert {figure["gwp"] for figure in reading.figures.values()} == {report}
    assert {figure["review_by"][:4] for figure in reading.figures.values()} == {str(int(year) + 15), str(int(year) + 5)}


def test_a_flight_with_radiative_forcing_counts_more_than_gases_and_says_so() -> None:
    reading = read("uk-flat-file", files.UK)
    scopes = {
        figure["value"]: figure["gas_scope"] for figure in reading.figures.values() if "Flights" in figure["name_en"]
    }
    assert scopes == {"0.2": "GHG and contrails", "0.1": "GHG"}


@pytest.mark.parametrize("source", sorted(SOURCES))
def test_an_imported_range_has_a_shape_with_its_reason_and_no_range_has_none(source: str) -> None:
    text = {"uk-flat-file": files.UK, "base-carbone": files.BASE_CARBONE, "mee-grid": files.MEE}.get(source, files.OPEN)
    for figure in read(source, text).figures.values():
        shape = (figure["distribution"], figure["distribution_reason"])
        if not figure["uncertainty_pct"]:
            assert shape == ("", "")
        elif float(figure["uncertainty_pct"]) >= 50:
            assert shape == ("log_normal", "wide_positive")
        else:
            assert shape == ("normal", "narrow")


def test_the_ministry_counts_carbon_dioxide_alone() -> None:
    figures = read("mee-grid", files.MEE).figures.values()
    assert {(figure["gas_scope"], figure["gwp"]) for figure in figures} == {("CO2", "none")}
