"""The stored form of a working (ADR 0123): packed in its row, what it shares once, and the whole record on reading."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import orjson
import pytest
from sqlalchemy import bindparam, inspect, text
from sqlalchemy.exc import DBAPIError

from backend.activities.sql import workings
from backend.activities.sql.stored_reductions import pack
from backend.activities.sql.workings import SHARED, unpack
from backend.platform.data.schema import differences, trigger_names
from calculators import Context, Estimate, compute_estimate, load_library
from tests.backend.activities.conftest import grams, log

LIBRARY = load_library()
EXAMPLES = [
    pytest.param(rule, example, id=f"{rule.id}: {example.name}")
    for rule in LIBRARY.methodologies.values()
    for example in rule.examples[:1]
]


def estimate_of(rule: Any, example: Any) -> Estimate:
    context = {name: value for name, value in example.context.items() if name in ("region", "on", "evidence")}
    return compute_estimate(rule, LIBRARY.tables, example.inputs, Context(**context))


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_the_record_of_every_rule_comes_back_byte_for_byte(rule: Any, example: Any) -> None:
    record = estimate_of(rule, example).record()
    packed = pack(record)
    assert orjson.dumps(unpack(packed.own, packed.figures)) == orjson.dumps(record)
    assert packed.figures_sha256 == hashlib.sha256(packed.figures.encode()).hexdigest()
    assert len(packed.own) < len(orjson.dumps(record)) / 4


def test_the_words_that_stored_workings_were_packed_with_are_never_changed() -> None:
    digest = "a92c497caaf76db0507d30323632db022ab1819ad2500fb8d1fa8a520b821584"
    assert hashlib.sha256(workings.WORDS).hexdigest() == digest


def test_a_working_of_an_unknown_form_is_not_guessed_at() -> None:
    with pytest.raises(ValueError, match="form"):
        unpack(b"\x02" + b"later", "{}")


def test_what_two_people_share_is_stored_once_and_nothing_of_it_in_their_rows(new_beijinger, session) -> None:
    for person in (new_beijinger(), new_beijinger()):
        log(person)
    rows = session.execute(text("SELECT working, packed_working, figures_sha256 FROM reductions")).all()
    [(sha256, figures)] = session.execute(text("SELECT sha256, figures FROM reduction_figures")).all()
    assert {row.figures_sha256 for row in rows} == {sha256}
    assert [row.working for row in rows] == [None, None]
    assert set(json.loads(figures)) == set(SHARED)
    assert all(len(row.packed_working) < 400 for row in rows)


def test_what_a_process_does_not_know_to_be_stored_it_offers_again(beijinger, new_beijinger, session) -> None:
    log(beijinger)
    beijinger.app.extensions.pop("carbon.figures", None)  # another process
    log(new_beijinger())
    assert session.execute(text("SELECT COUNT(*) FROM reduction_figures")).scalar_one() == 1
    assert len(beijinger.app.extensions["carbon.figures"]) == 1


def test_figures_of_a_transaction_that_was_undone_are_stored_by_the_next(beijinger, monkeypatch, session) -> None:
    monkeypatch.setattr("backend.platform.web.edge._written", lambda *_: 1 / 0)
    refused = [beijinger.post("/v1/activities", {**_ride(), "client_id": name}).status_code for name in ("a", "b")]
    monkeypatch.undo()
    assert refused == [500, 500]
    stored = log(beijinger)["reduction"]
    assert beijinger.get(f"/v1/reductions/{stored['id']}").json["working"]["parameters"]
    assert session.execute(text("SELECT COUNT(*) FROM reduction_figures")).scalar_one() == 1


def _ride() -> dict[str, Any]:
    inputs = {"mode": "metro", "distance": {"value": "10", "unit": "km"}}
    return {"methodology": "transport.low_carbon_trip", "occurred_at": "2026-11-20T08:10:00+08:00", "inputs": inputs}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reductions SET packed_working = NULL",
        "UPDATE reductions SET figures_sha256 = NULL",
        "UPDATE reductions SET is_capped = NULL",
        "UPDATE reduction_figures SET figures = '{}'",
        "DELETE FROM reduction_figures",
    ],
)
def test_nothing_of_it_can_be_changed(statement, beijinger, in_transaction) -> None:
    log(beijinger)
    with pytest.raises(DBAPIError, match="refused"):
        in_transaction(lambda session: session.execute(text(statement)))


@pytest.fixture
def step(migration_step):
    """`step("downgrade")`: one step of the migration by itself."""
    return lambda name: migration_step("0042", name)


def _takes_null(app: Any) -> bool:
    columns = inspect(app.extensions["carbon.engine"]).get_columns("reductions")
    return next(column["nullable"] for column in columns if column["name"] == "working")


def test_without_activities_the_migration_leads_back_to_what_was_before(app, step) -> None:
    triggers = trigger_names(app)
    step("downgrade")
    assert not _takes_null(app)
    step("upgrade")
    assert _takes_null(app)
    assert (differences(app), trigger_names(app)) == ([], triggers)


def test_there_is_no_way_back_once_something_was_logged(beijinger, step) -> None:
    shown = log(beijinger)["reduction"]
    with pytest.raises(RuntimeError, match="restore the backup"):
        step("downgrade")
    assert beijinger.get(f"/v1/reductions/{shown['id']}").json["working"]["parameters"]


def test_a_record_from_before_is_read_as_it_was_written(beijinger, in_transaction) -> None:
    before = log(beijinger)
    shown = beijinger.get(f"/v1/reductions/{before['reduction']['id']}").json
    as_text = orjson.dumps(shown["working"]).decode()

    def store_as_before(session: Any) -> None:
        """A later revision in the form of before: a row cannot be rewritten."""
        session.execute(text("UPDATE reductions SET superseded_at = created_at"))
        columns = (
            "activity_id, user_id, cause, occurred_on, methodology_id, version, version_id, content_sha256, baseline_g,"
            " project_g, reduction_g, credited_g, low_g, high_g, behaviour_points, unattested, withheld, above, netted,"
            " metered_days, meter_ends, created_at"
        )
        copied = f"INSERT INTO reductions ({columns}, id, revision, working) SELECT {columns}, :id, 2, :working"
        session.execute(
            text(f"{copied} FROM reductions").bindparams(bindparam("id"), bindparam("working")),
            {"id": "red_before", "working": as_text},
        )

    in_transaction(store_as_before)
    again = beijinger.get("/v1/reductions/red_before").json
    assert orjson.dumps(again["working"]) == orjson.dumps(shown["working"])
    assert (grams(again), again["explanation"]) == (grams(shown), shown["explanation"])
