"""The first screen in one call, and what an app must know before it shows one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import event

from backend.platform.ops import switches
from backend.points import service as points
from tests.backend.activities.conftest import TRIP, log, with_a_new_token
from tests.backend.activities.test_routines import COMMUTE, TODAY

MOST_STATEMENTS = 30


def home(person, **headers: str) -> dict[str, Any]:
    answer = person.get("/v1/home", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_a_newcomer_sees_an_empty_screen_and_no_error(beijinger):
    shown = home(beijinger)
    assert shown["points"] == {"points": 0, "pending": 0, "owed": 0, "balance": 0, "available": 0}
    assert (shown["bubbles"], shown["due"], shown["activities"], shown["unread"]) == ([], [], [], 0)
    assert shown["month"]["credited_g"] == 0


def test_all_that_a_first_screen_needs_is_there(beijinger):
    beijinger.post("/v1/routines", COMMUTE)
    rides = [log(beijinger), log(beijinger, mode="car")]
    shown = home(beijinger)
    credited = rides[0]["reduction"]["credited_g"]
    assert shown["points"]["pending"] == credited
    assert [bubble["amount"] for bubble in shown["bubbles"]] == [credited]
    assert shown["month"]["credited_g"] == credited
    assert shown["month"]["reduction_g"] == sum(ride["reduction"]["reduction_g"] for ride in rides)
    assert [(due["on"], due["methodology"]) for due in shown["due"]] == [(TODAY, TRIP)]
    assert {one["id"] for one in shown["activities"]} == {ride["id"] for ride in rides}
    (driven,) = [one for one in shown["activities"] if one["status"] == "uncredited"]
    assert driven["reason"]["message"]


def test_what_is_collected_is_a_bubble_no_more(beijinger, frozen_clock, in_transaction):
    credited = log(beijinger)["reduction"]["credited_g"]
    frozen_clock.advance(timedelta(days=1))
    in_transaction(lambda session: points.collect(session, beijinger.user_id))
    shown = home(with_a_new_token(beijinger))
    assert (shown["bubbles"], shown["points"]["points"]) == ([], credited)


def test_nothing_new_costs_no_second_body(beijinger):
    log(beijinger)
    first = beijinger.get("/v1/home")
    tag = first.headers["ETag"]
    assert beijinger.get("/v1/home", headers={"If-None-Match": tag}).status_code == 304
    log(beijinger, distance="3")
    assert beijinger.get("/v1/home", headers={"If-None-Match": tag}).status_code == 200


def test_the_screen_asks_as_few_questions_of_a_long_record_as_of_a_short_one(beijinger, app):
    asked = []
    for _ in range(2):
        statements: list[str] = []
        engine = app.extensions["carbon.engine"]
        event.listen(engine, "before_cursor_execute", lambda *given, seen=statements: seen.append(given[2]))
        home(beijinger)
        asked.append(len(statements))
        for number in range(12):
            log(beijinger, distance=str(1 + number))
    assert max(asked) <= MOST_STATEMENTS


def test_more_waits_than_a_first_screen_shows(beijinger):
    for number in range(15):
        log(beijinger, distance=str(1 + number))
    shown = home(beijinger)
    assert (len(shown["bubbles"]), shown["has_more_bubbles"], len(shown["activities"])) == (12, True, 5)


def test_an_app_learns_what_is_switched_off_and_the_words_for_it(client, in_transaction, beijinger):
    before = client.get("/v1/client").json
    assert (before["is_read_only"], before["is_checkout_paused"], before["crediting_paused"]) == (False, False, [])
    assert before["oldest_build"] >= 1
    for name in (switches.PAUSE_CHECKOUT, f"{switches.PAUSE_CREDITING}{TRIP}"):
        in_transaction(lambda opened, name=name: switches.turn(opened, name, True, who="on call", reason="a test"))
    after = client.get("/v1/client", headers={"Accept-Language": "zh-CN"}).json
    assert (after["is_checkout_paused"], after["crediting_paused"]) == (True, [TRIP])
    assert "抵消" in after["texts"]["checkout_paused"]
    assert home(beijinger)["client"]["crediting_paused"] == [TRIP]


def test_every_word_for_apps_is_there_in_every_language(client):
    for language in client.get("/v1/client").json["languages"]:
        shown = client.get("/v1/client", headers={"Accept-Language": language}).json["texts"]
        assert all(words != code for code, words in shown.items()), language
