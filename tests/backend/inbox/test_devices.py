"""A device is told while it is signed in; its address is sealed, leads to one person, and is never more than a few."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from backend.inbox import service as inbox
from backend.inbox.models import PushDeviceRow
from backend.inbox.service import devices
from backend.platform.privacy import vault
from tests.backend.ports.push_server import MOZILLA, Phone, encode

pytestmark = pytest.mark.usefixtures("pigeon", "frozen_clock")


def listed(person):
    answer = person.get("/v1/inbox/devices")
    assert answer.status_code == 200, answer.json
    return answer.json["items"]


def test_a_device_registers_itself_and_is_shown(person, register, frozen_clock):
    shown = register(person)
    assert shown == {
        "id": person.session_id,
        "service": "mozilla",
        "is_current": True,
        "registered_at": "2026-11-20T04:00:00+00:00",
        "renewed_at": "2026-11-20T04:00:00+00:00",
    }
    assert listed(person) == [shown]
    assert person.get("/v1/inbox/devices").json["application_server_key"] == "the key of these tests"


def test_a_device_that_registers_again_is_told_at_its_newest_address(person, register, notify, pigeon, run_outbox):
    register(person, Phone(endpoint=f"https://{MOZILLA}/old"))
    register(person, Phone(endpoint=f"https://{MOZILLA}/new"))
    notify(person)
    person.patch("/v1/inbox/preferences", {"quiet_hours": None})
    run_outbox()
    assert [endpoint for endpoint, _ in pigeon.sent] == [f"https://{MOZILLA}/new"]
    assert len(listed(person)) == 1


def test_a_dropped_device_is_told_nothing(person, register, notify, pigeon, run_outbox):
    person.patch("/v1/inbox/preferences", {"quiet_hours": None})
    register(person)
    assert person.delete(f"/v1/inbox/devices/{person.session_id}").status_code == 204
    notify(person)
    run_outbox()
    assert pigeon.sent == []
    assert person.delete(f"/v1/inbox/devices/{person.session_id}").status_code == 404


def test_nobody_sees_or_drops_the_device_of_another(person, new_person, register):
    other = new_person()
    register(person)
    assert listed(other) == []
    foreign = other.delete(f"/v1/inbox/devices/{person.session_id}")
    missing = other.delete("/v1/inbox/devices/ses_01jb0000000000000000000000")
    for answer in (foreign, missing):
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    assert len(listed(person)) == 1


@pytest.mark.parametrize(
    "changes, field, code",
    [
        ({"endpoint": "https://169.254.169.254/latest/meta-data/"}, "endpoint", "not_a_push_endpoint"),
        ({"endpoint": "http://updates.push.services.mozilla.com/x"}, "endpoint", "not_a_push_endpoint"),
        ({"endpoint": "https://updates.push.services.mozilla.com@10.0.0.1/x"}, "endpoint", "not_a_push_endpoint"),
        ({"keys": {"p256dh": "AAAA", "auth": encode(b"0" * 16)}}, "keys.p256dh", "not_a_push_key"),
        ({"keys": {"p256dh": "AAAA"}}, "keys.auth", "required"),
        ({"endpoint": "https://fcm.googleapis.com/" + "x" * 2000}, "endpoint", "too_many_characters"),
        ({"endpoint": None}, "endpoint", "null"),
        ({"headers": {"Host": "10.0.0.1"}}, "headers", "unknown"),
    ],
)
def test_what_is_no_subscription_is_refused_by_field_and_changes_nothing(person, changes, field, code):
    answer = person.put("/v1/inbox/device", Phone().subscription | changes)
    assert answer.status_code == 422
    assert [(row["field"], row["code"]) for row in answer.json["errors"]] == [(field, code)]
    assert listed(person) == []


@pytest.fixture
def awake(person):
    person.patch("/v1/inbox/preferences", {"quiet_hours": None})
    return person


def sign_out(person, other):
    other.app.test_client().post("/v1/auth/logout", json={"refresh_token": other.refresh_token})


def revoke(person, other):
    person.delete(f"/v1/me/sessions/{other.session_id}")


def revoke_others(person, other):
    person.delete("/v1/me/sessions")


@pytest.mark.parametrize("leave", [sign_out, revoke, revoke_others])
def test_a_device_that_signed_out_is_forgotten_and_told_nothing(
    leave, awake, another_device, register, notify, pigeon, run_outbox, in_transaction
):
    other = another_device(awake)
    register(awake, Phone(endpoint=f"https://{MOZILLA}/stays"))
    register(other)
    leave(awake, other)
    run_outbox()
    assert in_transaction(lambda session: session.scalars(select(PushDeviceRow.id)).all()) == [awake.session_id]
    notify(awake)
    run_outbox()
    assert [endpoint for endpoint, _ in pigeon.sent] == [f"https://{MOZILLA}/stays"]


def test_what_was_on_its_way_to_a_device_that_signed_out_is_not_sent(awake, register, notify, in_transaction):
    """The outbox may come to the push before it comes to the signing out."""
    register(awake)
    notify(awake)
    [note] = awake.get("/v1/inbox").json["items"]
    facts = {"user_id": awake.user_id, "note_id": note["id"], "expires_at": "2099-01-01T00:00:00+00:00"}

    def find():
        return in_transaction(
            lambda session: inbox.find_push_delivery(session, awake.session_id, facts), read_only=True
        )

    assert find() is not None
    sign_out(awake, awake)
    assert find() is None


def test_a_phone_that_changes_hands_tells_its_new_owner_nothing_of_the_old(
    awake, new_person, register, notify, pigeon, run_outbox
):
    phone, newcomer = Phone(), new_person()
    register(awake, phone)
    register(newcomer, phone)
    notify(awake)
    run_outbox()
    assert pigeon.sent == []
    assert (listed(awake), len(listed(newcomer))) == ([], 1)


@pytest.mark.concurrency
def test_however_many_register_one_address_at_once_it_leads_to_one(new_person, parallel, in_transaction):
    phone, people = Phone(), [new_person() for _ in range(6)]
    answers = parallel(6, lambda number: people[number].put("/v1/inbox/device", phone.subscription).status_code)
    assert set(answers.results) == {200}
    assert len(in_transaction(lambda session: session.scalars(select(PushDeviceRow.id)).all())) == 1


@pytest.mark.concurrency
@pytest.mark.breaks_invariants("the guard is switched off")
def test_control_without_the_directory_it_leads_to_all_of_them(new_person, parallel, in_transaction, monkeypatch):
    phone, people = Phone(), [new_person() for _ in range(6)]
    monkeypatch.setattr(devices, "_register_endpoint", lambda *_: None)
    parallel(6, lambda number: people[number].put("/v1/inbox/device", phone.subscription).status_code)
    assert len(in_transaction(lambda session: session.scalars(select(PushDeviceRow.id)).all())) == 6


MOST = 10


def test_the_device_that_was_silent_longest_makes_room(person, another_device, register, frozen_clock):
    others = [another_device(person) for _ in range(MOST)]
    for number, device in enumerate([person, *others[:-1]]):
        frozen_clock.set(frozen_clock.at.replace(minute=number))
        register(device)
    frozen_clock.set(frozen_clock.at.replace(minute=MOST))
    register(person)  # it speaks again, so it is not the silent one
    register(others[-1])
    ids = {device["id"] for device in listed(person)}
    assert len(ids) == MOST
    assert ids == {person.session_id, *(other.session_id for other in others)} - {others[0].session_id}


@pytest.mark.concurrency
def test_devices_that_come_at_once_are_never_more_than_allowed(person, another_device, parallel):
    many = [another_device(person) for _ in range(MOST + 4)]
    answers = parallel(len(many), lambda number: register_one(many[number], number))
    assert set(answers.results) == {200}
    assert len(listed(person)) == MOST


@pytest.mark.concurrency
def test_control_without_the_guard_they_are_more(person, another_device, parallel, monkeypatch):
    many = [another_device(person) for _ in range(MOST + 4)]
    slots = iter(range(1000))
    monkeypatch.setattr(devices, "_free_slot", lambda _session, _user_id: next(slots))
    parallel(len(many), lambda number: register_one(many[number], number))
    assert len(listed(person)) > MOST


def register_one(device, number):
    phone = Phone(endpoint=f"https://{MOZILLA}/{number}")
    return device.put("/v1/inbox/device", phone.subscription).status_code


def test_with_another_key_of_ours_every_device_must_subscribe_anew(awake, register, notify, pigeon, run_outbox):
    register(awake)
    pigeon.application_server_key = "another key"
    notify(awake)
    run_outbox()
    assert (pigeon.sent, listed(awake)) == ([], [])


def test_a_service_we_no_longer_send_to_is_not_called(awake, register, notify, pigeon, run_outbox, monkeypatch):
    register(awake)
    monkeypatch.setattr("backend.ports.push.services.all_services", lambda: ())
    notify(awake)
    run_outbox()
    assert (pigeon.sent, listed(awake)) == ([], [])


def test_a_suspended_person_is_told_nothing(awake, register, notify, pigeon, run_outbox, in_transaction):
    from backend.accounts import service as accounts

    register(awake)
    in_transaction(lambda session: accounts.suspend(session, awake.user_id, who="Ana", reason="a test"))
    notify(awake)
    run_outbox()
    assert pigeon.sent == []


def test_address_and_keys_are_sealed_under_the_persons_key(person, register, session):
    phone = Phone(endpoint=f"https://{MOZILLA}/canary-address")
    register(person, phone)
    tables = ("push_devices", "push_endpoints")
    stored = [value for table in tables for value in session.execute(text(f"SELECT * FROM {table}")).one()]
    for compose in (phone.endpoint, *phone.subscription["keys"].values()):
        assert not any(compose.encode() in bytes(value) for value in stored if isinstance(value, bytes | memoryview))
        assert compose not in str(stored)
    row = session.scalars(select(PushDeviceRow)).one()
    assert devices.read_sealed(session, person.user_id, row.sealed)["endpoint"] == phone.endpoint
    vault.the_vault().erase_key(session, person.user_id)
    with pytest.raises(vault.KeyErased):
        devices.read_sealed(session, person.user_id, row.sealed)


def test_a_device_is_exported_without_its_keys_and_forgotten(person, register, in_transaction):
    phone = Phone()
    register(person, phone)
    [shown] = in_transaction(lambda session: list(inbox.export_devices(session, person.user_id)), read_only=True)
    assert (shown["id"], shown["service"], shown["endpoint"]) == (person.session_id, "mozilla", phone.endpoint)
    assert not any(key in str(shown) for key in phone.subscription["keys"].values())
    in_transaction(lambda session: inbox.forget(session, person.user_id))
    left = "SELECT (SELECT count(*) FROM push_devices) + (SELECT count(*) FROM push_endpoints)"
    assert in_transaction(lambda session: session.execute(text(left)).scalar_one()) == 0


@pytest.mark.breaks_invariants("an address without its device, and a device without its address")
@pytest.mark.parametrize("table, found", [("push_devices", "not there"), ("push_endpoints", "leads elsewhere")])
def test_an_address_and_a_device_that_part_are_found(table, found, person, register, in_transaction, session):
    register(person)
    in_transaction(lambda session: session.execute(text(f"DELETE FROM {table}")))
    [sentence] = inbox.broken_devices(session)
    assert found in sentence
    assert person.session_id in sentence
