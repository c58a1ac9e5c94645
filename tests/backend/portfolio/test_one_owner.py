"""Every statement of the hot paths names one owner: on a distributed database it is one machine's."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from tests.backend.activities.conftest import log, trip, with_a_new_token
from tests.backend.registry.conftest import PROJECT
from tests.backend.statement_owners import Reach, Recorder, Sent, explain, reach_of

GRAMS = 60_000
# What reaches further, by the step and the table: it is asked of every machine, each by an index of its own.
REACHES_FURTHER = {
    ("log", "circles"): "the circle whose allowance is locked is known by its person only, in the same statement",
    ("log", "day_totals"): "what everybody of a circle used is added up; most circles are of one or of a household",
    ("withdraw", "circles"): "as of log",
    ("withdraw", "day_totals"): "as of log",
    ("withdraw", "flow_claims"): "what an activity was paid for is freed by its owner, by an index on each machine",
    ("order", "identities"): "whether a buyer has proved an address, whichever it is; an order is not a log",
}


@pytest.fixture
def recorder(app, monkeypatch):
    if app.extensions["carbon.engine"].dialect.name != "postgresql":
        pytest.skip("the planner that knows whose rows a statement touches is PostgreSQL's")
    made = Recorder(app.extensions["carbon.engine"], monkeypatch)
    yield made
    made.close()


@pytest.fixture
def walked(recorder, beijinger, shop, post, frozen_clock) -> dict[str, list[Any]]:
    """What each step of a person's day sends, by the step; the second of its kind, so that nothing is new."""
    person = beijinger
    log(person)
    steps: dict[str, Any] = {}

    def step(name: str, ask: Any) -> Any:
        steps[name], answer = recorder.during(ask)
        assert answer.status_code < 300, (name, answer.json)
        return answer

    logged = step("log", lambda: person.post("/v1/activities", trip(), key="a walk")).json
    step("list", lambda: person.get("/v1/activities"))
    step("home", lambda: person.get("/v1/home"))
    step("account", lambda: person.get("/v1/account"))
    quote = step("quote", lambda: person.post("/v1/quotes", {"project": PROJECT, "grams": GRAMS, "currency": "USD"}))
    order = step("order", lambda: shop.try_order(person, quote=quote.json, key="an order")).json
    shop.pay(order)
    step("pay", lambda: shop.ring(person, order))
    number = shop.get(person, order)["certificate_number"]
    step("certificate", lambda: person.get(f"/v1/certificates/{number}"))
    frozen_clock.advance(timedelta(days=1))
    later = with_a_new_token(person)
    step("collect", lambda: later.post("/v1/points/collect", {}))
    step("withdraw", lambda: later.post(f"/v1/activities/{logged['id']}/withdraw"))
    step("refresh", lambda: post("/v1/auth/refresh", {"refresh_token": person.refresh_token}))
    return steps


def test_every_statement_of_a_hot_path_names_one_owner(walked, recorder):
    further: dict[tuple[str, str], str] = {}
    with recorder.engine.connect() as connection:
        for step, sent in walked.items():
            assert sent, step
            for one in sent:
                reach = reach_of(connection, one)
                assert len(reach.people) <= 1, f"{step}: {one.sql}\n    names {reach.people}"
                for place in reach.anybody:
                    further[step, place.split()[0]] = f"{step}: {place}\n    {' '.join(one.sql.split())}"
    assert further.keys() == REACHES_FURTHER.keys(), "\n".join(["", *further.values()])


@pytest.mark.parametrize(
    "reaching",
    [
        "SELECT * FROM activities",
        "SELECT * FROM activities WHERE id = 'act_1'",
        "SELECT * FROM activities WHERE user_id <> 'usr_1'",
        "SELECT * FROM activities WHERE user_id > 'usr_1'",
        "SELECT * FROM activities WHERE user_id = 'usr_1' OR status = 'held'",
        "SELECT * FROM activities WHERE user_id IN (SELECT user_id FROM circle_members WHERE circle_id = 'cir_1')",
        "SELECT * FROM users u JOIN activities a ON a.user_id = u.user_id",
        "SELECT * FROM users u JOIN activities a ON a.id = u.user_id WHERE u.user_id = 'usr_1'",
        "SELECT * FROM users u LEFT JOIN activities a ON a.status = 'held' WHERE u.user_id = 'usr_1'",
        "SELECT 1 FROM users WHERE user_id = 'usr_1' AND EXISTS (SELECT 1 FROM activities WHERE status = 'held')",
        "SELECT * FROM refresh_tokens WHERE user_id = 'usr_1'",
        "UPDATE activities SET reason = '' WHERE status = 'held'",
        "DELETE FROM day_totals WHERE occurred_on < '2026-01-01'",
        "INSERT INTO ledger_heads (user_id, sequence, sha256) SELECT user_id, 0, '' FROM users",
        "INSERT INTO ledger_heads VALUES ('usr_1', 0, '') RETURNING (SELECT max(user_id) FROM users)",
    ],
)
def test_a_planted_statement_that_reaches_further_is_found(reaching, recorder):
    assert not reach(recorder, reaching).is_of_one


def test_a_statement_of_two_people_is_found(recorder):
    two = "SELECT 1 FROM users u, activities a WHERE u.user_id = 'usr_1' AND a.user_id = 'usr_2'"
    assert reach(recorder, two).people == {"usr_1", "usr_2"}


@pytest.mark.parametrize(
    "sound",
    [
        "SELECT * FROM activities WHERE user_id = 'usr_1' AND status = 'held'",
        "SELECT * FROM users u JOIN activities a ON a.user_id = u.user_id WHERE u.user_id = 'usr_1'",
        "SELECT * FROM users u LEFT JOIN activities a ON a.user_id = u.user_id WHERE u.user_id = 'usr_1'",
        "SELECT *, (SELECT max(id) FROM activities a WHERE a.user_id = u.user_id) FROM users u WHERE user_id = 'usr_1'",
        "SELECT * FROM refresh_tokens WHERE token_hash = 'x'",
        "SELECT * FROM lots l JOIN retirements r ON r.lot_id = l.lot_id WHERE r.user_id = 'usr_1'",
        "UPDATE activities SET reason = '' WHERE user_id = 'usr_1'",
        "INSERT INTO ledger_heads (user_id, sequence, sha256) VALUES ('usr_1', 0, '')",
    ],
)
def test_a_statement_of_one_owner_is_sound(sound, recorder):
    assert reach(recorder, sound).is_of_one


def reach(recorder: Recorder, sql: str) -> Reach:
    """What a statement with nothing to fill in touches."""
    with recorder.engine.connect() as connection:
        return reach_of(connection, Sent(sql, partial(explain, sql, ())))
