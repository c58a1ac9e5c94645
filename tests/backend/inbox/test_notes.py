"""A note is told with its fact, once, and worded when it is read, in the reader's language."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from backend.inbox import service as inbox
from backend.inbox.models import NoteRow
from backend.inbox.service.kinds import PERSONAL, Kind, all_kinds
from backend.platform.core import clock, i18n
from backend.platform.core.errors import Refusal
from backend.platform.privacy import vault
from tests.backend.platform.core.raised_codes import places

CHINESE = {"Accept-Language": "zh-CN"}


def notes(person, **options):
    answer = person.get("/v1/inbox", **options)
    assert answer.status_code == 200, answer.text
    return answer.json["items"]


def test_a_note_says_in_words_what_happened(person, notify):
    notify(person, 1330)
    (note,) = notes(person)
    assert note["title"] == "1,330 points expire after December 1, 2026"
    assert note["facts"] == {"amount": 1330, "ends_on": "2026-12-01"}
    assert (note["kind"], note["read_at"]) == ("points.expiring", None)


def test_the_same_note_is_read_in_chinese_by_whoever_asks_in_chinese(person, notify):
    notify(person, 1330)
    (note,) = notes(person, headers=CHINESE)
    assert note["title"] == "1,330 积分将在2026年12月1日之后过期"


def test_what_is_undone_was_never_told(person, in_transaction):
    def fail(session):
        inbox.notify(session, person.user_id, "points.lapsing", {"amount": 1, "ends_on": "2026-12-01"})
        raise Refusal("service.busy")

    with pytest.raises(Refusal):
        in_transaction(fail)
    assert notes(person) == []


def test_a_fact_is_told_once_however_often_a_job_comes_by(person, notify):
    for _ in range(3):
        notify(person, reference="points.expiring:2026-12-01")
    assert len(notes(person)) == 1


def test_the_newest_comes_first_page_by_page(person, notify, frozen_clock):
    for amount in range(1, 6):
        notify(person, amount)
    first = person.get("/v1/inbox?limit=3").json
    second = person.get(f"/v1/inbox?limit=3&cursor={first['next_cursor']}").json
    told = [note["facts"]["amount"] for note in first["items"] + second["items"]]
    assert sorted(told) == [1, 2, 3, 4, 5]
    assert [note["id"] for note in first["items"] + second["items"]] == sorted(
        (note["id"] for note in first["items"] + second["items"]), reverse=True
    )
    assert second["next_cursor"] is None


def test_notes_are_marked_read_by_name_or_all_up_to_one(person, notify):
    for amount in range(1, 6):
        notify(person, amount)
    ids = [note["id"] for note in notes(person)]
    assert person.post("/v1/inbox/read", {"note_ids": [ids[0]]}).json == {"unread": 4}
    assert person.post("/v1/inbox/read", {"until_id": ids[2]}).json == {"unread": 1}
    assert [note["id"] for note in notes(person, query_string={"show": "unread"})] == [ids[1]]


def test_a_note_keeps_the_instant_at_which_it_was_first_read(person, notify, in_transaction):
    notify(person)
    (note,) = notes(person)
    person.post("/v1/inbox/read", {"note_ids": [note["id"]]})
    first = notes(person)[0]["read_at"]
    person.post("/v1/inbox/read", {"note_ids": [note["id"]]})
    assert notes(person)[0]["read_at"] == first is not None


@pytest.mark.parametrize("body", [{}, {"note_ids": [], "until_id": None}])
def test_it_must_be_said_which_notes_were_read(person, body):
    answer = person.post("/v1/inbox/read", body)
    assert (answer.status_code, answer.json["code"]) == (422, "request.invalid")


def test_nobody_reads_or_marks_the_notes_of_another(person, new_person, notify):
    other = new_person()
    notify(person)
    (note,) = notes(person)
    assert notes(other) == []
    assert other.post("/v1/inbox/read", {"note_ids": [note["id"]]}).json == {"unread": 0}
    assert notes(person)[0]["read_at"] is None


@pytest.fixture
def personal_kind(monkeypatch):
    """A kind with a fact in somebody's own words, and its texts."""
    kind = Kind("letter.from_operator", "never", "never", {"reason": PERSONAL, "amount": "number"})
    monkeypatch.setattr("backend.inbox.service.kinds.all_kinds", lambda: {**all_kinds.__wrapped__(), kind.name: kind})
    return kind.name


@pytest.mark.breaks_invariants("the kind is gone when the test is over")
def test_somebodys_own_words_are_sealed_under_the_persons_key(person, personal_kind, in_transaction, session):
    words = {"reason": "canary words of an operator"}
    in_transaction(lambda session: inbox.notify(session, person.user_id, personal_kind, {"amount": 3}, personal=words))
    row = session.scalars(select(NoteRow)).one()
    assert b"canary" not in row.sealed_facts
    assert "canary" not in str(row.facts)
    exported = next(inbox.export_notes(session, person.user_id))
    assert exported["facts"] == {"amount": 3, "reason": "canary words of an operator"}
    vault.the_vault().erase_key(session, person.user_id)
    assert next(inbox.export_notes(session, person.user_id))["facts"] == {"amount": 3}


@pytest.mark.parametrize(
    "kind, facts, personal",
    [
        ("no.such.kind", {}, None),
        ("points.lapsing", {"amount": 1}, None),
        ("points.lapsing", {"amount": 1, "ends_on": "2026-12-01", "name": "Lin"}, None),
        ("points.lapsing", {"ends_on": "2026-12-01"}, {"amount": "1"}),
    ],
)
def test_what_nobody_declared_cannot_be_told(person, session, kind, facts, personal):
    with pytest.raises(ValueError, match=r"kind|facts"):
        inbox.notify(session, person.user_id, kind, facts, personal=personal)


def test_what_was_told_and_chosen_is_exported_and_forgotten(person, notify, in_transaction):
    def export():
        def read(session):
            notes = list(inbox.export_notes(session, person.user_id))
            return {"notes": notes, **inbox.export_choices(session, person.user_id)}

        return in_transaction(read, read_only=True)

    notify(person)
    person.patch("/v1/inbox/preferences", {"kinds": {"points.expiring": False}, "quiet_hours": None})
    exported = export()
    assert [note["facts"]["amount"] for note in exported["notes"]] == [120]
    assert (exported["mailed"], exported["pushed"]) == ({"points.expiring": False}, {})
    assert exported["quiet_hours"] == {"from_minute": None, "until_minute": None}
    in_transaction(lambda session: inbox.forget(session, person.user_id))
    assert export() == {"notes": [], "mailed": {}, "pushed": {}, "quiet_hours": None}


@pytest.mark.parametrize("context", ["inbox_kind", "inbox_title", "inbox_body"])
def test_every_kind_has_its_texts_and_they_speak_of_its_facts(context):
    for name, kind in all_kinds().items():
        assert (context, name) in i18n.read_texts(i18n.ENGLISH), name
        wordable = {fact for fact, style in kind.facts.items() if style != "id"}
        assert places(str(i18n.read_texts(i18n.ENGLISH)[context, name])) <= wordable, name


@pytest.mark.breaks_invariants("a note of a kind that was dropped")
def test_a_note_that_nobody_can_word_is_found(person, in_transaction, session):
    row = {
        "user_id": person.user_id, "id": "nte_1", "reference": "1", "kind": "dropped.kind", "facts": {},
        "sealed_facts": None, "created_at": clock.now(), "read_at": None,
    }  # fmt: skip
    in_transaction(lambda session: session.execute(NoteRow.__table__.insert(), row))
    (found,) = inbox.broken_notes(session)
    assert "dropped.kind" in found
