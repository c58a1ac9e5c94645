"""Consents and age: each text by itself and in its version; a child's account begins when a guardian says so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backend.accounts import service
from tests.backend.accounts.conftest import ACCOUNT, AGREED

CHILD = ACCOUNT | {"email": "child@example.org", "born": "2015-06-01", "guardian_email": "parent@example.org"}
LOCATION = "/v1/me/consents/location"


def decisions(person):
    return {item["kind"]: item for item in person.get("/v1/me/consents").json["items"]}


def test_every_text_is_shown_with_its_version_in_both_languages(client):
    texts = client.get("/v1/consents").json["items"]
    assert {text["kind"] for text in texts} >= {"terms", "privacy", "location", "attestation", "guardian"}
    assert all(text["version"] and text["title"]["en"] and text["title"]["zh"] for text in texts)
    assert {text["kind"] for text in texts if text["required"]} == set(AGREED)


def test_what_was_agreed_to_at_registration_is_recorded_with_its_version(registered, client):
    answer = client.get("/v1/me/consents", headers={"Authorization": f"Bearer {registered['access_token']}"})
    assert {item["kind"]: item["version"] for item in answer.json["items"]} == AGREED
    assert all(item["is_given"] and item["is_current"] for item in answer.json["items"])


def test_a_consent_is_given_and_taken_back_and_both_are_remembered(person, in_transaction):
    def has():
        return in_transaction(lambda s: service.has_consent(s, person.user_id, "location"), read_only=True)

    assert has() is False
    for given in (True, False, True):
        assert person.put(LOCATION, {"version": "2026-11-01", "given": given}).status_code == 204
        assert has() is given
        assert decisions(person)["location"]["is_given"] is given
    exported = in_transaction(lambda s: service.export(s, person.user_id), read_only=True)
    assert [row["is_given"] for row in exported["consents"]] == [True, False, True]


@pytest.mark.parametrize(
    "kind, body, code",
    [
        ("location", {"version": "2020-01-01", "given": True}, "consent_outdated"),
        ("terms", {"version": "2026-11-01", "given": False}, "consent_required"),
        ("guardian", {"version": "2026-11-01", "given": True}, "guardian_decides"),
        ("souls", {"version": "2026-11-01", "given": True}, "not_one_of"),
        ("location", {"version": "2026-11-01", "given": "yes"}, "not_a_boolean"),
    ],
)
def test_a_decision_that_cannot_be_is_refused(kind, body, code, person):
    answer = person.put(f"/v1/me/consents/{kind}", body)
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, code)
    assert decisions(person) == {}


def test_a_new_version_of_a_text_needs_a_new_decision(person, in_transaction, monkeypatch):
    from dataclasses import replace

    from backend.accounts.service import consents

    person.put(LOCATION, {"version": "2026-11-01", "given": True})
    newer = tuple(replace(text, version="2027-01-01") for text in consents.list_consent_texts())
    monkeypatch.setattr(consents, "list_consent_texts", lambda: newer)
    assert decisions(person)["location"]["is_current"] is False
    assert in_transaction(lambda s: service.has_consent(s, person.user_id, "location"), read_only=True) is False


def confirm(post, child, postbox, **changes):
    body = {"user_id": child["user_id"], "email": "parent@example.org", "secret": postbox.secret()}
    return post("/v1/auth/guardian", body | changes)


def status(client, tokens):
    return client.get("/v1/me", headers={"Authorization": f"Bearer {tokens['access_token']}"})


def test_a_childs_account_begins_when_the_guardian_follows_the_link(post, postbox, client, frozen_clock):
    child = post("/v1/auth/register", CHILD).json
    assert (status(client, child).status_code, status(client, child).json["code"]) == (403, "auth.guardian_needed")
    guardians = [m for m in (postbox.open(), *postbox.sent) if m.to == "parent@example.org"]
    postbox.sent = guardians
    assert confirm(post, child, postbox).status_code == 204
    assert status(client, child).status_code == 200
    listed = client.get("/v1/me/consents", headers={"Authorization": f"Bearer {child['access_token']}"}).json["items"]
    assert "guardian" in [item["kind"] for item in listed]


def test_a_wrong_link_or_another_mail_begins_no_childs_account(post, postbox, client, frozen_clock):
    child = post("/v1/auth/register", CHILD).json
    postbox.open()
    postbox.sent = [m for m in postbox.sent if m.to == "parent@example.org"]
    assert confirm(post, child, postbox, secret="nonsense").json["code"] == "auth.wrong_code"
    assert confirm(post, child, postbox, email="child@example.org").json["code"] == "auth.wrong_code"
    assert confirm(post, child, postbox, user_id="usr_00000000000000000000000000").json["code"] == "auth.wrong_code"
    assert status(client, child).status_code == 403


def test_a_child_who_signs_in_while_waiting_sends_the_guardian_another_letter(post, postbox, client, frozen_clock):
    child = post("/v1/auth/register", CHILD).json
    postbox.open()
    frozen_clock.advance(timedelta(days=2))
    answer = post("/v1/auth/login", {name: CHILD[name] for name in ("email", "password")})
    assert answer.json["code"] == "auth.guardian_needed"
    assert postbox.open().to == "parent@example.org"
    assert confirm(post, child, postbox).status_code == 204
    assert post("/v1/auth/login", {name: CHILD[name] for name in ("email", "password")}).status_code == 200


@pytest.mark.parametrize(
    "born, needs_guardian",
    [
        ("2012-11-20", False),  # fourteen today
        ("2012-11-21", True),  # fourteen tomorrow
        ("2012", True),  # a year alone counts as its last day
        ("2011", False),
    ],
)
def test_age_is_counted_to_the_day_and_in_doubt_younger(born, needs_guardian, post, frozen_clock):
    answer = post("/v1/auth/register", ACCOUNT | {"born": born})
    assert answer.status_code == (422 if needs_guardian else 201)


def test_a_minor_is_not_their_own_guardian(post):
    for own in ("child@example.org", "Child@Example.org"):
        refused = post("/v1/auth/register", CHILD | {"guardian_email": own})
        assert [(e["field"], e["code"]) for e in refused.json["errors"]] == [("guardian_email", "guardian_is_oneself")]
