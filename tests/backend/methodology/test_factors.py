"""Published figures over HTTP: searched in either language, read with their provenance and what rests on them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from backend.platform.data.paging import write_cursor
from calculators import Tables, load_library
from tests.backend.methodology.conftest import NEXT_MONDAY, TRIP

GRID = "grid_location"


def get(client, path: str, **query):
    return client.get(f"/v1/factors{path}", query_string=query)


def test_anyone_searches_in_either_language(client):
    for query in ("beijing grid", "北京 电力"):
        first = get(client, "", query=query).json["items"][0]
        assert (first["key"], first["region"], first["unit"]) == (GRID, "CN-BJ", "kgCO2/kWh")
        assert first["publisher"]
        assert first["document"]
        assert first["mark"]


def test_a_search_is_narrowed_by_place_year_unit_kind_and_table(client):
    found = get(
        client, "", region="CN", year=2023, unit="gCO2/kWh", kind="emission_factor", table="factors.grid", limit=200
    ).json["items"]
    regions = load_library().tables.regions
    assert len(found) > 20
    for figure in found:
        assert (figure["year"], figure["kind"], figure["table"]) == (2023, "emission_factor", "factors.grid")
        assert "CN" in regions.chain_of(figure["region"])


def test_the_pages_of_a_search_are_the_whole_of_it(client):
    whole = get(client, "", query="电力", limit=200).json["items"]
    seen, cursor = [], None
    while True:
        page = get(client, "", query="电力", limit=7, **({"cursor": cursor} if cursor else {})).json
        seen += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(whole) > 14
    assert seen[: len(whole)] == whole


def test_a_search_answers_not_modified(client):
    tag = get(client, "", query="beef").headers["ETag"]
    again = client.get("/v1/factors?query=beef", headers={"If-None-Match": tag})
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ({"region": "Atlantis"}, "region", "unknown_region"),
        ({"year": "soon"}, "year", "not_a_whole_number"),
        ({"kind": "guess"}, "kind", "not_one_of"),
        ({"query": "x" * 101}, "query", "too_many_characters"),
        ({"unit": ""}, "unit", "too_few_characters"),
        ({"colour": "green"}, "colour", "unknown"),
        ({"cursor": write_cursor(("1", "2"))}, "cursor", "cursor_unknown"),
    ],
)
def test_what_cannot_be_searched_for_is_named(client, query, field, code):
    refused = get(client, "", **query)
    assert refused.status_code == 422
    assert [(error["field"], error["code"]) for error in refused.json["errors"]] == [(field, code)]


def test_a_figure_shows_every_place_and_year_it_has(client):
    figure = get(client, f"/{GRID}").json
    shipped = load_library().tables.find_rows(GRID)
    assert sorted((row["region"], row["year"]) for row in figure["figures"]) == sorted(
        (row.region, row.year) for row in shipped
    )
    assert figure["stands"] is None


def test_a_figure_nobody_has_is_not_found(client):
    refused = get(client, "/no_such_figure")
    assert (refused.status_code, refused.json["code"]) == (404, "not_found.factor")


def test_a_figure_says_which_methodologies_in_force_rest_on_it_and_on_which_rows(client, adopted):
    mix = next(row for row in load_library().tables.tables["baselines.trip_mix"].rows if row.region == "CN-BJ")
    (trip,) = [one for one in get(client, f"/{mix.key}").json["rests_on_it"] if one["methodology_id"] == TRIP]
    assert trip["version"] == 1
    assert len(trip["sha256"]) == 64
    assert {"region": "CN-BJ", "year": mix.year, "value": f"{mix.value:f}", "unit": mix.unit} in trip["pinned"]


def test_a_methodology_that_is_not_in_force_rests_on_nothing(client, submit, shipped):
    submit(shipped)
    mix = load_library().tables.tables["baselines.trip_mix"].rows[0]
    assert get(client, f"/{mix.key}").json["rests_on_it"] == []


def test_a_newer_version_shows_its_own_number_from_its_first_day(
    client, adopted, submit, approve, with_lower_weight, frozen_clock
):
    approve(*submit(with_lower_weight), NEXT_MONDAY)
    mix = load_library().tables.tables["baselines.trip_mix"].rows[0]

    def versions() -> list[int]:
        resting = get(client, f"/{mix.key}").json["rests_on_it"]
        return [one["version"] for one in resting if one["methodology_id"] == TRIP]

    assert versions() == [1]
    frozen_clock.advance(timedelta(days=4))
    assert versions() == [2]


def test_a_figure_the_library_no_longer_ships_is_shown_while_a_methodology_rests_on_it(
    client, adopted, submit, approve, shipped, frozen_clock
):
    approve(*submit(shipped, tables=with_an_own_key_for_hebei()), NEXT_MONDAY)
    assert get(client, "/mix_of_hebei").status_code == 404
    frozen_clock.advance(timedelta(days=4))
    figure = get(client, "/mix_of_hebei").json
    assert [row["region"] for row in figure["figures"]] == ["CN-HE"]
    assert [one["methodology_id"] for one in figure["rests_on_it"]] == [TRIP]


def test_what_stands_for_a_place_says_which_places_were_asked(client):
    (city,) = get(client, f"/{GRID}", region="CN-GD/guangzhou", year=2026).json["stands"]
    assert city["rule"] == "parent"
    assert [(step["region"], step["outcome"]) for step in city["steps"]] == [
        ("CN-GD/guangzhou", "none"),
        ("CN-GD", "found"),
    ]
    assert city["figure"]["region"] == "CN-GD"
    assert city["later_year"] is False


def test_what_stands_for_an_early_year_is_marked_as_later(client):
    (beijing,) = get(client, f"/{GRID}", region="CN-BJ", year=1990).json["stands"]
    assert (beijing["rule"], beijing["later_year"]) == ("own", True)


def test_nothing_stands_where_nobody_has_published(client):
    (nowhere,) = get(client, f"/{GRID}", region="AQ").json["stands"]
    assert (nowhere["figure"], nowhere["rule"]) == (None, None)
    assert [step["outcome"] for step in nowhere["steps"]] == ["none", "none"]


def test_a_place_nobody_knows_is_named(client):
    assert get(client, f"/{GRID}", region="Atlantis").json["errors"][0]["code"] == "unknown_region"


def with_an_own_key_for_hebei() -> Tables:
    """The shipped tables, with one row of the trip mix under a key that the library does not ship."""
    tables = load_library().tables
    mixes = tables.tables["baselines.trip_mix"]
    rows = tuple(replace(row, key="mix_of_hebei") if row.region == "CN-HE" else row for row in mixes.rows)
    by_item = {item: tuple(row for row in rows if row.item == item) for item in mixes.by_item}
    return replace(tables, tables={**tables.tables, mixes.name: replace(mixes, rows=rows, by_item=by_item)})
