"""What points hand out of one person, and that forgetting the person changes no sum."""

from __future__ import annotations

from backend.ledger import service as ledger
from backend.platform.data import ids
from backend.points import service as points


def exported(person):
    return person.in_transaction(lambda session: list(points.export(session, person.id)), read_only=True)


def test_an_export_holds_every_grant_and_where_its_points_went(person, other):
    activity_id = person.earn(1_000)
    other.earn(5)
    person.spend(300)
    [grant] = exported(person)
    assert (grant["activity_id"], grant["amount"], grant["remaining"]) == (activity_id, 1_000, 700)
    spending = next(entry for entry in person.entries if entry.kind == "spending")
    assert grant["movements"] == [{"entry_id": spending.id, "amount": 300}]


def test_an_export_is_whole_however_many_grants_there_are(person, monkeypatch):
    monkeypatch.setattr("backend.points.service.personal_data.EXPORTED_AT_ONCE", 2)
    for _ in range(5):
        person.settle(ids.new_id("activity"), 10)
    assert [grant["amount"] for grant in exported(person)] == [10] * 5


def test_forgetting_a_person_keeps_every_sum(person):
    person.earn(1_000)
    person.spend(300)
    before = (person.entries, exported(person), person.has)
    for slice_ in (points, ledger):
        person.in_transaction(lambda session, slice_=slice_: slice_.forget(session, person.id))
    assert (person.entries, exported(person), person.has) == before
