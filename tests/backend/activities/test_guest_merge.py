"""A guest signs in to an account and brings the record along: nothing is lost, and nothing counts twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from backend.accounts import service as accounts
from backend.accounts.service.guests import SETTLED_AFTER
from backend.activities import service
from backend.activities.service import guest_merge, guest_transfer, ledger_effects
from backend.activities.sql import stored_reductions
from backend.jobs.runner.dispatch import dispatch
from backend.platform.core.i18n import ENGLISH, Language
from backend.platform.data import ids, transactions
from backend.platform.ops import outbox
from backend.points import service as points
from backend.profiles import service as profiles
from tests.backend.accounts.conftest import ACCOUNT, AGREED
from tests.backend.activities.conftest import BEIJING, DAY_CAP_G, LONG_RIDE_G, log, trip
from tests.backend.activities.guest_steps import at, credit, items, ride
from tests.backend.conftest import Person
from tests.races import everyone_reads_first


@pytest.mark.usefixtures("at_any_hour")
def test_a_guest_who_signs_in_and_says_bring_it_finds_everything_in_the_account(
    app, client, rule_book, frozen_clock, in_transaction, has
):
    def arrive(path: str, body: Any, token: str | None = None) -> tuple[Person, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = client.post(path, json=body, headers=headers)
        assert answer.status_code in (200, 201), answer.json
        told = answer.json
        in_transaction(lambda session: profiles.change_profile(session, told["user_id"], BEIJING))
        return Person(app, told["user_id"], "", told["access_token"], told["refresh_token"]), told

    account, _ = arrive("/v1/auth/register", ACCOUNT)
    ride(account, 7), ride(account, 11)
    guest, _ = arrive("/v1/auth/guest", {"consents": AGREED})
    first, second = ride(guest, 8), ride(guest, 9)
    yesterday = ride(guest, 9, day=19)

    login = {name: ACCOUNT[name] for name in ("email", "password")}
    account, told = arrive("/v1/auth/login", login, token=guest.access_token)
    answer = account.post("/v1/auth/guest/merge", {"answer_token": told["guest_question"], "bring": True})
    assert answer.status_code == 200, answer.json
    assert credit(account) == 2 * LONG_RIDE_G, "not before nobody can act as the guest any more"
    frozen_clock.advance(SETTLED_AFTER)
    dispatch(app)

    found = items(account)
    assert len(found) == 5
    assert [found[one["id"]]["points"]["amount"] for one in (first, second, yesterday)] == [
        DAY_CAP_G - 2 * LONG_RIDE_G,
        0,
        LONG_RIDE_G,
    ]
    assert found[second["id"]]["reason"]["code"] == "cap_reached"
    assert credit(account) == DAY_CAP_G + LONG_RIDE_G
    assert has(account) == (0, DAY_CAP_G + LONG_RIDE_G, 0)
    assert has(guest) == (0, 0, 0)


@pytest.mark.parametrize(("of_guest", "of_account"), [(0, 1), (1, 1), (2, 1), (2, 2), (3, 3)])
def test_a_day_is_worth_the_sum_of_both_and_never_more_than_its_cap(guest, account, bring, has, of_guest, of_account):
    for hour in range(of_guest):
        ride(guest, hour)
    for hour in range(of_account):
        ride(account, hour, distance="499")
    before = credit(guest) + credit(account)
    bring(guest, account)
    assert credit(account) == min(DAY_CAP_G, before)
    assert has(account) == (0, min(DAY_CAP_G, before), 0)
    assert has(guest) == (0, 0, 0)


def test_an_activity_keeps_its_id_its_day_and_its_inputs_and_its_reduction_says_where_it_came_from(
    guest, account, bring, session
):
    told = ride(guest, 8, client_id="phone-7", duration_s=36_000)
    bring(guest, account)
    shown = account.get(f"/v1/activities/{told['id']}").json
    told_again = {
        name: told[name] for name in ("occurred_at", "local_day", "zone", "inputs", "client_id", "created_at")
    }
    assert {name: shown[name] for name in told_again} == told_again
    revisions = session.execute(
        text(
            "SELECT user_id, revision, cause, superseded_at FROM reductions WHERE activity_id = :id ORDER BY revision"
        ),
        {"id": told["id"]},
    ).all()
    assert [(row.user_id, row.revision, row.cause, row.superseded_at is None) for row in revisions] == [
        (guest.user_id, 1, "logged", False),
        (account.user_id, 2, "brought", True),
    ]


@pytest.mark.parametrize(
    ("language", "words"), [("en", "It came along to your account, where it counts now."), ("zh-CN", "已随您转入账户")]
)
def test_the_guests_record_stays_readable_and_says_why_it_counts_no_longer(
    guest, account, bring, session, language, words
):
    told = ride(guest, 8)
    bring(guest, account)
    shown = service.get_activity(session, guest.user_id, told["id"], Language(language))
    assert (shown.status, shown.reason.code) == ("withdrawn", "brought")
    assert shown.reason.message.startswith(words)


def test_the_same_client_id_on_both_sides_is_one_activity(guest, account, bring, has, session):
    ours = ride(account, 8, client_id="phone-7")
    theirs = ride(guest, 8, client_id="phone-7", distance="499.9")
    bring(guest, account)
    assert set(items(account)) == {ours["id"]}
    assert has(account) == (0, LONG_RIDE_G, 0)
    assert has(guest) == (0, 0, 0)
    left = service.get_activity(session, guest.user_id, theirs["id"], ENGLISH)
    assert (left.status, left.reason.code) == ("withdrawn", "already_there")


def test_what_was_sent_again_to_the_account_before_the_record_arrived_is_not_brought_too(guest, account, bring):
    ride(guest, 8, client_id="phone-7")
    again = ride(account, 8, client_id="phone-7")
    bring(guest, account)
    assert set(items(account)) == {again["id"]}


def test_the_same_words_for_the_same_instant_are_one_activity_told_on_two_devices(guest, account, bring):
    ride(account, 8, client_id="tablet-1")
    same, another = ride(guest, 8, client_id="phone-1"), ride(guest, 9, client_id="phone-2")
    bring(guest, account)
    assert same["id"] not in items(account)
    assert another["id"] in items(account)
    assert credit(account) == 2 * LONG_RIDE_G


def test_one_telling_in_the_account_stands_for_one_of_the_guests(guest, account, bring):
    for person in (account, guest, guest):
        log(person, occurred_at=at(8))
    bring(guest, account)
    assert len(items(account)) == 2


def test_evidence_comes_along_with_its_activity_and_so_does_what_is_still_unused(
    guest, account, bring, fare_record, session
):
    used, unused = fare_record(guest), fare_record(guest)
    told = log(guest, evidence=[used])
    bring(guest, account)
    assert items(account)[told["id"]]["evidence_tier"] == "fare_record"
    assert items(account)[told["id"]]["points"]["amount"] == told["points"]["amount"]
    assert log(account, evidence=[unused])["evidence_tier"] == "fare_record"
    again = account.post("/v1/activities", trip(evidence=[used]))
    assert again.json["errors"][0]["code"] == "evidence_used"
    owners = session.execute(text("SELECT user_id FROM evidence UNION ALL SELECT user_id FROM evidence_references"))
    assert set(owners.scalars()) == {account.user_id}


def test_what_the_guest_had_withdrawn_is_not_brought_back(guest, account, bring):
    told = ride(guest, 8)
    guest.post(f"/v1/activities/{told['id']}/withdraw")
    bring(guest, account)
    assert items(account) == {}


def test_a_brought_activity_may_be_withdrawn_and_the_day_is_settled_again(guest, account, bring, has):
    told = [ride(guest, hour) for hour in (6, 7)]
    ours = ride(account, 8)
    bring(guest, account)
    assert credit(account) == DAY_CAP_G
    account.post(f"/v1/activities/{told[0]['id']}/withdraw")
    assert has(account) == (0, 2 * LONG_RIDE_G, 0)
    assert items(account)[ours["id"]]["points"]["amount"] == LONG_RIDE_G


def test_the_account_learns_what_only_the_guest_had_stated(new_person, rule_book, bring, in_transaction):
    guest, account = new_person(is_guest=True), new_person()
    in_transaction(lambda session: profiles.change_profile(session, guest.user_id, BEIJING | {"diet": "vegetarian"}))
    in_transaction(lambda session: profiles.change_profile(session, account.user_id, {"region": "CN-SH"}))
    bring(guest, account)
    found = in_transaction(lambda session: profiles.get_profile(session, account.user_id), read_only=True)
    assert (found.region, found.zone, found.diet) == ("CN-SH", "Asia/Shanghai", "vegetarian")


def test_a_long_record_comes_in_parts_each_whole_in_itself(
    app, guest, account, has, in_transaction, monkeypatch, counts
):
    monkeypatch.setattr(guest_merge, "AT_ONCE", 3)
    times = counts(small=8, long=300)
    for number in range(times):
        log(guest, occurred_at=at(number % 24, 7 + number // 24), distance="10")
    before = credit(guest) if times < 200 else None
    facts = {"guest_id": guest.user_id, "user_id": account.user_id}
    in_transaction(lambda session: outbox.enqueue(session, account.user_id, accounts.TOPIC_MERGED, facts))
    dispatch(app)
    moved = in_transaction(
        lambda session: session.execute(
            text("SELECT COUNT(*) FROM activities WHERE user_id = :owner"), {"owner": account.user_id}
        ).scalar_one(),
        read_only=True,
    )
    assert moved == times
    assert has(guest) == (0, 0, 0)
    if before is not None:
        assert has(account) == (0, before, 0)


@pytest.mark.concurrency
def test_told_twenty_times_at_once_the_record_arrives_once(guest, account, bring, has, parallel):
    ride(guest, 8), ride(guest, 9)
    race = parallel(20, lambda _: bring(guest, account))
    assert race.errors == []
    assert len(items(account)) == 2
    assert has(account) == (0, 2 * LONG_RIDE_G, 0)
    assert has(guest) == (0, 0, 0)


@pytest.mark.concurrency
@pytest.mark.breaks_invariants("the guards of bringing are switched off on purpose")
def test_without_the_guards_the_record_arrives_several_times(
    engine, guest, account, parallel, make_app, monkeypatch, session, unlocked
):
    """The control: no book is locked, nobody minds that an activity and its total are gone, and each takes a new id."""
    ride(guest, 8)
    times = 4
    if engine == "sqlite":
        monkeypatch.setattr("backend.app.factory.configure", lambda engine: None)
    app = make_app()
    unlocked(guest, account)
    # the ledger has guards of its own, and controls of its own
    for verb in ("open_both_books", "bring_activity", "close_book"):
        monkeypatch.setattr(points, verb, lambda *_, **__: None)
    # the guest's day and month cannot go below nothing either
    taken = (stored_reductions._TAKE_FROM_DAY, stored_reductions._TAKE_FROM_MONTH)

    def unguarded(opened, writes):
        kept = [write._replace(rows=None) for write in writes if write.statement not in taken]
        transactions.enqueue_writes(opened, kept)

    for module in (guest_merge, ledger_effects):
        monkeypatch.setattr(module, "enqueue_writes", unguarded)
    monkeypatch.setattr(
        guest_merge, "_owned_by", lambda activity, owner: replace(activity, user_id=owner, id=ids.new_id("activity"))
    )
    # the key of the flows' claims would refuse the second too
    monkeypatch.setattr(guest_merge, "insert_claims", lambda _: [])
    # what was decided belongs to an activity by the id that it keeps
    monkeypatch.setattr(guest_transfer, "transfer", lambda *_: None)
    # the last that is read before anything is written: until then nobody may have finished
    monkeypatch.setattr(guest_merge, "_read_used", everyone_reads_first(times, guest_merge._read_used))

    def bring(_: int) -> None:
        with app.app_context():
            transactions.in_transaction(lambda opened: service.merge_guest(opened, guest.user_id, account.user_id))

    assert parallel(times, bring).errors == []
    credited = session.execute(
        text("SELECT SUM(credited_g) FROM reductions WHERE user_id = :owner AND superseded_at IS NULL"),
        {"owner": account.user_id},
    )
    assert credited.scalar_one() > LONG_RIDE_G
