"""A profile: honest defaults, each field stated or taken back by itself, nothing unknown accepted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from backend.platform.core.roles import USER
from backend.platform.data.batch import Batch
from backend.platform.privacy.access_tokens import sign_access
from backend.profiles import service

STATED = {
    "display_name": "小林",
    "region": "CN-BJ",
    "zone": "Asia/Shanghai",
    "language": "zh-CN",
    "household_size": "1.5",
    "diet": "vegetarian",
    "dwelling": "apartment",
    "commute": {"mode": "metro", "one_way_km": "12.5", "days_per_week": 5},
}


def test_who_said_nothing_lives_in_the_world_and_is_told_so(person):
    me = person.get("/v1/me").json
    assert (me["region"], me["zone"], me["language"], me["household_size"]) == ("WORLD", "UTC", "en", None)
    assert {"region", "zone", "language", "household_size", "diet", "dwelling"} <= set(me["assumed"])


def test_what_is_stated_is_kept_and_no_longer_assumed(person):
    assert person.patch("/v1/me", STATED).status_code == 200
    me = person.get("/v1/me").json
    assert {name: me[name] for name in STATED} == STATED
    assert me["assumed"] == []


def test_a_field_that_is_not_given_stays_and_null_takes_a_statement_back(person):
    person.patch("/v1/me", STATED)
    me = person.patch("/v1/me", {"diet": None, "commute": None, "household_size": 2}).json
    assert (me["diet"], me["commute"], me["household_size"], me["region"]) == (None, None, "2", "CN-BJ")
    assert {"diet", "commute_mode", "commute_km", "commute_days"} == set(me["assumed"])


UNACCEPTABLE = [
    ({"region": "Beijing"}, "region", "unknown_region"),
    ({"zone": "Mars/Olympus"}, "zone", "unknown_zone"),
    ({"zone": "../../etc/passwd"}, "zone", "unknown_zone"),
    ({"language": "fr"}, "language", "not_one_of"),
    ({"household_size": "0.5"}, "household_size", "too_small"),
    ({"household_size": True}, "household_size", "not_a_decimal"),
    ({"diet": "carnivore"}, "diet", "not_one_of"),
    ({"commute": {"mode": "metro"}}, "commute.one_way_km", "required"),
    ({"display_name": "x" * 61}, "display_name", "too_many_characters"),
    ({"user_id": "usr_other"}, "user_id", "unknown"),
    ({"is_guest": False}, "is_guest", "unknown"),
    ({"roles": ["admin"]}, "roles", "unknown"),
]


def test_every_field_that_cannot_be_accepted_is_named_and_nothing_changes(person):
    for change, field, code in UNACCEPTABLE:
        answer = person.patch("/v1/me", change)
        assert answer.status_code == 422, change
        assert (field, code) in [(error["field"], error["code"]) for error in answer.json["errors"]]
    assert "region" in person.get("/v1/me").json["assumed"]


def test_one_field_that_cannot_be_does_not_hide_the_others(person):
    answer = person.patch("/v1/me", {"region": "Beijing", "zone": "Mars/Olympus", "language": "fr"})
    assert [(error["field"], error["code"]) for error in answer.json["errors"]] == [
        ("region", "unknown_region"),
        ("zone", "unknown_zone"),
        ("language", "not_one_of"),
    ]


@pytest.mark.parametrize(("said", "kept"), [("US-CA", "US"), ("us", "US"), ("CN-BJ/haidian", "CN-BJ"), ("CHN", "CN")])
def test_a_place_that_is_not_known_is_kept_as_the_country_around_it(said, kept, person):
    answer = person.patch("/v1/me", {"region": said})
    assert (answer.status_code, answer.json["region"]) == (200, kept)


def test_a_change_says_until_when_what_was_said_before_counts_too(person, frozen_clock):
    assert person.patch("/v1/me", {"region": "CN-HB/wuhan"}).json["settles_at"] is None  # a first word is no change
    frozen_clock.advance(timedelta(hours=1))
    changed = person.patch("/v1/me", {"region": "CN-BJ"}).json
    assert changed["settles_at"] == (frozen_clock() + timedelta(days=30)).isoformat()
    frozen_clock.advance(timedelta(days=30))
    with person.app.app_context():
        later = replace(person, access_token=sign_access(person.user_id, person.session_id, frozenset({USER})))
    assert later.get("/v1/me").json["settles_at"] is None


def test_one_person_never_sees_or_changes_another(person, new_person):
    person.patch("/v1/me", STATED)
    other = new_person()
    other.patch("/v1/me", {"region": "FR"})
    assert other.get("/v1/me").json["display_name"] is None
    assert person.get("/v1/me").json["region"] == "CN-BJ"


def test_two_devices_that_change_different_fields_at_once_lose_nothing(person, parallel):
    changes = [{"region": "CN-BJ"}, {"diet": "vegan"}, {"dwelling": "apartment"}, {"zone": "Asia/Shanghai"}]
    race = parallel(4, lambda index: person.patch("/v1/me", changes[index]).status_code)
    assert race.results == [200] * 4
    me = person.get("/v1/me").json
    assert {name: me[name] for change in changes for name in change} == {k: v for c in changes for k, v in c.items()}


def test_the_display_name_is_sealed(person, in_transaction):
    person.patch("/v1/me", STATED)
    stored = in_transaction(lambda s: s.execute(text("SELECT sealed_display_name FROM profiles")).scalar_one())
    assert "小林".encode() not in bytes(stored)


def test_a_profile_read_among_other_questions_is_the_same_profile(person, session):
    person.patch("/v1/me", STATED)
    batch = Batch(session)
    stated, unknown = batch.fetch(service.question(person.user_id)), batch.fetch(service.question("usr_nobody"))
    batch.run()
    profile = stated.one()
    assert profile == service.get_profile(session, person.user_id)
    assert profile.household_size == Decimal("1.5")
    assert unknown.one().region == "WORLD"


def test_the_export_holds_what_was_stated_and_forgetting_leaves_nothing(person, in_transaction):
    person.patch("/v1/me", STATED)
    exported = in_transaction(lambda session: service.export(session, person.user_id), read_only=True)
    assert (exported["region"], exported["display_name"]) == ("CN-BJ", "小林")
    in_transaction(lambda session: service.forget(session, person.user_id))
    assert person.get("/v1/me").json["region"] == "WORLD"


def test_an_account_adopts_what_its_guest_stated_and_keeps_what_it_said_itself(person, new_person, in_transaction):
    guest = new_person(is_guest=True)
    guest.patch("/v1/me", STATED)
    person.patch("/v1/me", {"region": "FR", "display_name": "Lin"})
    for _ in range(2):
        in_transaction(lambda session: service.transfer_guest(session, guest.user_id, person.user_id))
    me = person.get("/v1/me").json
    assert (me["region"], me["display_name"], me["diet"], me["household_size"]) == ("FR", "Lin", "vegetarian", "1.5")
    assert me["assumed"] == []
