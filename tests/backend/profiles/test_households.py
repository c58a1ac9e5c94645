"""Two accounts that live together: linked by a code, from the next day on; nobody learns who the others are."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import bindparam, select, text

from backend.jobs.runner.schedule import JOBS
from backend.jobs.runner.slots import run_slot
from backend.platform.core.roles import USER
from backend.platform.privacy.access_tokens import sign_access
from backend.profiles import service, sql
from tests.clocks import FrozenClock

TODAY, TOMORROW, NEXT_WEEK = date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 27)
METER, CAR = "electricity_meter", "car"


@pytest.fixture
def resident(new_person, frozen_clock: FrozenClock):
    """Make somebody with an account, in UTC, where the frozen clock's day is TODAY."""
    return new_person


@pytest.fixture
def named(in_transaction):
    """`named(person, METER, day)`: which thing that is, as a keyed hash."""

    def name(person, kind, day):
        found = in_transaction(lambda s: service.identify_assets(s, person.user_id, [kind], [day]), read_only=True)
        return found[kind, day]

    return name


def invite(person) -> str:
    answer = person.post("/v1/household/invitations")
    assert answer.status_code == 201, answer.json
    return answer.json["code"]


def link(one, other) -> None:
    joined = other.post("/v1/household/join", {"code": invite(one)})
    assert joined.status_code == 200, joined.json


def declare_asset(person, kind, number, country="CN"):
    return person.put(f"/v1/household/things/{kind}", {"country": country, "number": number})


def test_who_brings_the_code_joins_from_tomorrow_on_and_sees_how_many_they_are(resident):
    one, other = resident(), resident()
    assert one.get("/v1/household").status_code == 404
    joined = other.post("/v1/household/join", {"code": invite(one)})
    assert joined.json == {"joined_on": "2026-11-21", "members": 2, "is_shown": False}
    assert one.get("/v1/household").json == joined.json
    assert one.user_id not in joined.text


def test_a_code_is_good_once_for_somebody_else_and_for_a_week(resident, frozen_clock):
    one, other, third = resident(), resident(), resident()
    code = invite(one)
    assert one.post("/v1/household/join", {"code": code}).json["code"] == "household.code_unknown"
    assert other.post("/v1/household/join", {"code": code}).status_code == 200
    assert third.post("/v1/household/join", {"code": code}).json["code"] == "household.code_unknown"
    later = invite(one)
    frozen_clock.advance(timedelta(days=8))
    fresh = resident()
    assert fresh.post("/v1/household/join", {"code": later}).status_code == 404
    assert fresh.post("/v1/household/join", {"code": "nonsense"}).status_code == 404


def test_a_lapsed_code_is_dropped_by_a_job_and_none_is_kept_in_the_clear(app, resident, frozen_clock, in_transaction):
    code = invite(resident())
    kept = text("SELECT code_hash FROM household_invitations")
    assert code not in in_transaction(lambda s: s.execute(kept).scalar_one())
    frozen_clock.advance(timedelta(days=8))
    (job,) = (job for job in JOBS if job.name == "invitations.drop")
    assert run_slot(app, job)
    assert in_transaction(lambda s: s.execute(kept).all()) == []


def test_one_code_brought_by_many_at_once_lets_one_in(resident, parallel, counts):
    one = resident()
    crowd = [resident() for _ in range(counts(small=6, long=30))]
    code = invite(one)
    race = parallel(len(crowd), lambda i: crowd[i].post("/v1/household/join", {"code": code}).status_code)
    assert sorted(race.results) == [200] + [404] * (len(crowd) - 1)
    assert one.get("/v1/household").json["members"] == 2


def test_without_the_guard_the_same_code_lets_many_in(resident, parallel, monkeypatch):
    table = sql.TAKE_INVITATION.table
    looked_up = select(table.c.household_id, table.c.user_id).where(table.c.code_hash == bindparam("brought"))
    monkeypatch.setattr(sql, "TAKE_INVITATION", looked_up)
    one = resident()
    crowd = [resident() for _ in range(3)]
    code = invite(one)
    race = parallel(len(crowd), lambda i: crowd[i].post("/v1/household/join", {"code": code}).status_code)
    assert race.results.count(200) > 1


def test_nobody_lives_in_two_households(resident):
    one, other, third = resident(), resident(), resident()
    link(one, other)
    assert other.post("/v1/household/join", {"code": invite(third)}).json["code"] == "household.leave_first"
    assert third.get("/v1/household").json["members"] == 1


def test_who_was_invited_by_somebody_who_left_finds_no_household(resident, frozen_clock):
    one, other = resident(), resident()
    code = invite(one)
    assert one.delete("/v1/household").status_code == 204
    assert one.delete("/v1/household").status_code == 404
    assert other.post("/v1/household/join", {"code": code}).status_code == 404


def test_a_guest_registers_first(new_person):
    guest = new_person(is_guest=True)
    assert guest.post("/v1/household/invitations").json["code"] == "auth.register_first"
    assert guest.post("/v1/household/join", {"code": "x"}).json["code"] == "auth.register_first"


def test_members_share_the_one_meter_from_the_day_they_live_together_until_the_day_they_do_not(
    resident, named, frozen_clock
):
    one, other, stranger = resident(), resident(), resident()
    link(one, other)
    assert named(one, METER, TODAY) != named(other, METER, TODAY)
    assert named(one, METER, TOMORROW) == named(other, METER, TOMORROW)
    assert named(one, METER, TOMORROW) != named(one, CAR, TOMORROW)
    assert named(stranger, METER, TOMORROW) != named(one, METER, TOMORROW)
    frozen_clock.advance(timedelta(days=6))
    with_token_of_now(other).delete("/v1/household")
    assert named(one, METER, TOMORROW) == named(other, METER, TOMORROW)
    assert named(one, METER, NEXT_WEEK) != named(other, METER, NEXT_WEEK)


def test_a_declared_meter_is_the_same_for_whoever_declares_it_however_it_is_written(resident, named):
    one, other, elsewhere = resident(), resident(), resident()
    assert declare_asset(one, METER, "sgcc 0001-2345").json == {
        "kind": METER, "country": "CN", "number": "sgcc 0001-2345", "from_on": "2026-11-21",
    }  # fmt: skip
    declare_asset(other, METER, "ＳＧＣＣ00012345")
    declare_asset(elsewhere, METER, "SGCC00012345", country="FR")
    assert named(one, METER, TODAY) != named(other, METER, TODAY)
    assert named(one, METER, TOMORROW) == named(other, METER, TOMORROW)
    assert named(elsewhere, METER, TOMORROW) != named(one, METER, TOMORROW)


def test_a_member_without_a_declared_meter_shares_the_one_that_was_declared_first(resident, named, frozen_clock):
    one, other, third = resident(), resident(), resident()
    link(one, other)
    link(one, third)
    declare_asset(one, METER, "METER-1")
    assert named(other, METER, TOMORROW) == named(one, METER, TOMORROW)
    frozen_clock.advance(timedelta(days=1))
    declare_asset(with_token_of_now(third), METER, "METER-2")
    assert named(other, METER, NEXT_WEEK) == named(one, METER, NEXT_WEEK)
    assert named(third, METER, NEXT_WEEK) != named(one, METER, NEXT_WEEK)


def test_what_is_taken_back_holds_until_tomorrow(resident, named, frozen_clock):
    person = resident()
    before = named(person, METER, TODAY)
    declare_asset(person, METER, "METER-1")
    frozen_clock.advance(timedelta(days=1))
    now = with_token_of_now(person)
    assert now.delete(f"/v1/household/things/{METER}").status_code == 204
    assert now.get("/v1/household/things").json == {"items": []}
    assert named(person, METER, TOMORROW) != before
    assert named(person, METER, NEXT_WEEK) == before
    assert now.delete(f"/v1/household/things/{METER}").status_code == 404


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("bicycle", {"country": "CN", "number": "12345"}, 404),
        (METER, {"country": "XX", "number": "12345"}, 422),
        (METER, {"country": "CN", "number": "1-2"}, 422),
        (METER, {"country": "CN"}, 422),
    ],
)
def test_what_cannot_be_a_thing_is_refused(resident, kind, body, status):
    assert resident().put(f"/v1/household/things/{kind}", body).status_code == status


def test_a_number_is_kept_sealed_shown_to_its_owner_and_forgotten(resident, in_transaction):
    one, other = resident(), resident()
    link(one, other)
    declare_asset(one, CAR, "CANARY-PLATE")
    rows = in_transaction(lambda s: s.execute(text("SELECT * FROM declared_things")).all())
    assert "CANARY" not in str(rows)
    assert '"number":"CANARY-PLATE"' in one.get("/v1/me/export").text
    assert "CANARY" not in other.get("/v1/me/export").text
    assert other.get("/v1/household/things").json == {"items": []}
    in_transaction(lambda s: service.forget(s, one.user_id))
    assert in_transaction(lambda s: s.execute(text("SELECT count(*) FROM declared_things")).scalar_one()) == 0
    assert other.get("/v1/household").json["members"] == 1


def test_an_account_takes_over_what_its_guest_declared_where_it_had_said_nothing(resident, new_person, in_transaction):
    guest, account = new_person(is_guest=True), resident()
    declare_asset(guest, METER, "GUEST-METER")
    declare_asset(guest, CAR, "GUEST-CAR")
    declare_asset(account, CAR, "OWN-CAR")
    in_transaction(lambda s: service.transfer_guest(s, guest.user_id, account.user_id))
    said = {thing["kind"]: thing["number"] for thing in account.get("/v1/household/things").json["items"]}
    assert said == {METER: "GUEST-METER", CAR: "OWN-CAR"}


def with_token_of_now(person):
    """The same person with a token that has not expired: days have passed."""
    with person.app.app_context():
        token = sign_access(person.user_id, person.session_id, frozenset({USER}))
    return replace(person, access_token=token)
