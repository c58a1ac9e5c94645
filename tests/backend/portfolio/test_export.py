"""Everything kept of a person is theirs to take along, line by line, and nobody else's."""

from __future__ import annotations

import base64
import json
from collections import Counter
from urllib.parse import urlsplit

import pytest

from backend.accounts import service as accounts
from backend.accounts.service import guests
from backend.app import factory
from backend.platform.core.actor import Actor
from backend.platform.core.roles import USER
from backend.platform.data.transactions import Base
from backend.platform.privacy import personal_data
from backend.portfolio.service import export
from backend.ports.storage import the_storage
from tests.backend.activities.conftest import log
from tests.backend.activities.test_evidence_upload import picture, send


def lines(answer) -> list[dict]:
    assert answer.status_code == 200, answer.json
    assert answer.mimetype == "application/x-ndjson"
    return [json.loads(line) for line in answer.data.splitlines()]


def records(exported, kind) -> list[dict]:
    return [line["record"] for line in exported if line["kind"] == kind]


def test_the_copy_holds_what_was_done_earned_bought_and_said(beijinger, shop, fare_record):
    beijinger.patch("/v1/me", {"display_name": "Lin", "diet": "vegan"})
    first = log(beijinger, evidence=[fare_record(beijinger)])
    second = log(beijinger, distance="9")
    beijinger.post(f"/v1/activities/{second['id']}/withdraw")
    order = shop.buy(beijinger)
    exported = lines(beijinger.get("/v1/me/export"))

    assert exported[0]["kind"] == "export"
    assert (exported[0]["schema"], exported[0]["user_id"]) == ("carbon-account/export/1", beijinger.user_id)
    assert {line["owner"] for line in exported[1:-1]} == {beijinger.user_id}
    (profile,) = records(exported, "profile")
    assert (profile["display_name"], profile["diet"], profile["region"]) == ("Lin", "vegan", "CN-BJ")
    (account,) = records(exported, "account")
    assert len(account["devices"]) == 1
    activities = records(exported, "activity")
    assert [(row["id"], row["status"]) for row in activities] == [
        (first["id"], "credited"),
        (second["id"], "withdrawn"),
    ]
    (reduction,) = activities[0]["reductions"]
    assert reduction["credited_g"] == first["reduction"]["credited_g"]
    assert reduction["working"]["context"]["region"] == "CN-BJ"
    (evidence,) = records(exported, "evidence")
    assert evidence["activity_id"] == first["id"]
    assert sum(posting["amount"] for entry in records(exported, "entry") for posting in entry["postings"]) > 0
    assert {grant["activity_id"] for grant in records(exported, "grant")} == {first["id"], second["id"]}
    (listed,) = records(exported, "order")
    assert (listed["id"], listed["beneficiary"], listed["payment"]["captured_minor"]) == (order["id"], "Lin Wei", 54)
    assert [retired["order_id"] for retired in records(exported, "retirement")] == [order["id"]]
    (certificate,) = records(exported, "certificate")
    assert (certificate["number"], certificate["beneficiary"]) == (order["certificate_number"], "Lin Wei")


READING = {"kind": "meter_reading", "value": "42", "unit": "kWh", "device": "Meter 0815"}


def test_the_copy_holds_the_files_themselves_and_the_meters_number(beijinger, new_beijinger):
    beijinger.put("/v1/household/things/electricity_meter", {"country": "CN", "number": "CN 4711"})
    reading = send(beijinger, picture(7), **READING, read_at="2026-11-20T03:00:00+00:00").json
    photo = send(beijinger, picture(8)).json
    theirs = send(new_beijinger(), picture(9)).json
    exported = lines(beijinger.get("/v1/me/export"))

    files = {one["id"]: one for one in records(exported, "file")}
    assert set(files) == {reading["id"], photo["id"]}
    assert theirs["id"] not in beijinger.get("/v1/me/export").text
    for evidence_id, file in files.items():
        url = urlsplit(beijinger.get(f"/v1/evidence/{evidence_id}").json["link"]["url"])
        assert base64.b64decode(file["content"], validate=True) == beijinger.get(url.path).data
        assert file["media"] == "image/jpeg"
    assert exported[-1]["records"]["file"] == 2
    shown = {one["id"]: one["shows"] for one in records(exported, "evidence")}
    assert shown[reading["id"]]["device"] == "meter0815"
    (household,) = records(exported, "household")
    assert [thing["number"] for thing in household["things"]] == ["CN 4711"]


def test_a_file_that_the_storage_has_lost_is_named_without_its_content(beijinger, app):
    evidence_id = send(beijinger, picture(8)).json["id"]
    with app.app_context():
        the_storage().delete_all(f"{beijinger.user_id}/")
    (file,) = records(lines(beijinger.get("/v1/me/export")), "file")
    assert (file["id"], file["content"]) == (evidence_id, None)


def test_the_last_line_counts_every_record_so_that_a_torn_copy_shows(beijinger):
    for _ in range(3):
        log(beijinger)
    exported = lines(beijinger.get("/v1/me/export"))
    counted = Counter(line["kind"] for line in exported[1:-1])
    assert exported[-1] == {"kind": "end", "records": dict(counted)}
    assert counted["activity"] == 3


def test_pages_neither_skip_nor_repeat(beijinger, monkeypatch):
    logged = [log(beijinger, distance=str(10 + turn))["id"] for turn in range(5)]
    for kept in ("backend.portfolio.service.export.AT_ONCE", "backend.activities.service.queries.EXPORTED_AT_ONCE"):
        monkeypatch.setattr(kept, 2)
    exported = lines(beijinger.get("/v1/me/export"))
    assert [row["id"] for row in records(exported, "activity")] == sorted(logged)
    assert [row["sequence"] for row in records(exported, "entry")] == [1, 2, 3, 4, 5]


def test_nothing_of_anybody_else_is_in_it(beijinger, new_beijinger):
    other = new_beijinger()
    theirs = log(other)
    log(beijinger)
    text = beijinger.get("/v1/me/export").text
    assert other.user_id not in text
    assert theirs["id"] not in text


def test_no_hash_and_nothing_sealed_is_in_it(beijinger, shop):
    shop.buy(beijinger)
    text = beijinger.get("/v1/me/export").text
    for word in ("password_hash", "sealed", "token_hash", "wrapped"):
        assert word not in text


def test_a_guests_record_is_part_of_the_copy(guest, account, bring, in_transaction):
    log(guest)
    caller = Actor(guest.user_id, guest.session_id, frozenset({USER}))
    token = in_transaction(lambda s: guests.ask(s, caller, account.user_id))
    account.post("/v1/auth/guest/merge", {"answer_token": token, "bring": True})
    bring(guest, account)
    exported = lines(account.get("/v1/me/export"))
    assert exported[0]["guests"] == [guest.user_id]
    assert {line["owner"] for line in exported[1:-1]} == {guest.user_id, account.user_id}


def test_who_is_not_signed_in_gets_a_problem_and_no_line(client, person, in_transaction):
    assert client.get("/v1/me/export").json["code"] == "auth.required"
    in_transaction(lambda s: accounts.suspend(s, person.user_id, who="Ana", reason="a test"))
    assert person.get("/v1/me/export").json["code"] == "auth.suspended"


def test_somebody_suspended_in_the_middle_gets_no_further_page(beijinger, in_transaction, monkeypatch):
    for _ in range(3):
        log(beijinger)
    monkeypatch.setattr(export, "AT_ONCE", 1)
    answer = beijinger.get("/v1/me/export", buffered=False)
    pages = answer.iter_encoded()
    next(pages)
    in_transaction(lambda s: accounts.suspend(s, beijinger.user_id, who="Ana", reason="a test"))
    with pytest.raises(Exception, match="suspended"):
        list(pages)


def test_every_table_that_names_a_person_is_exported_or_hidden_with_the_reason(app):
    """Whoever adds a table says in the `wiring` of the slice how its owner sees it: see `privacy/personal_data.py`."""
    factory.import_models()
    named = {table.name for table in Base.metadata.tables.values() if "user_id" in table.columns}
    with app.app_context():
        declared = personal_data.declared()
    assert {table for kept in declared for table in kept.tables} == named
    assert all(len(reason) > 20 for kept in declared for reason in kept.hidden.values())


def test_a_table_is_declared_once(app):
    with app.app_context():
        kept = personal_data.declared()[-1]
    with pytest.raises(ValueError, match="twice"):
        personal_data.declare(app, personal_data.Kept("another", kept.forget, kept.reset_for_owner, hidden=kept.hidden))
