"""Unread notes are mailed as the person chose, to a proven address, and never in their quiet hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backend.inbox.service import QuietHours

NIGHT = QuietHours(22 * 60, 8 * 60)
NAP = QuietHours(13 * 60, 14 * 60 + 30)
HALF_PAST_ELEVEN_AT_NIGHT = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)  # in Beijing
EIGHT_IN_THE_MORNING = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)


def test_an_unread_note_is_mailed_in_the_persons_language(mailed, notify, frozen_clock, postbox, run_outbox):
    notify(mailed)
    run_outbox()
    (message,) = postbox.sent
    assert (message.to, message.subject) == ("lin@example.org", "120 积分将在2026年12月1日之后过期")


def test_what_was_read_by_then_is_not_mailed(mailed, notify, frozen_clock, postbox, run_outbox):
    notify(mailed)
    mailed.post("/v1/inbox/read", {"until_id": mailed.get("/v1/inbox").json["items"][0]["id"]})
    run_outbox()
    assert postbox.sent == []


def test_quiet_hours_put_a_letter_off_until_they_are_over(mailed, notify, frozen_clock, postbox, run_outbox):
    frozen_clock.set(HALF_PAST_ELEVEN_AT_NIGHT)
    notify(mailed)
    run_outbox()
    assert postbox.sent == []
    frozen_clock.set(EIGHT_IN_THE_MORNING - timedelta(seconds=1))
    run_outbox()
    assert postbox.sent == []
    frozen_clock.set(EIGHT_IN_THE_MORNING)
    run_outbox()
    assert len(postbox.sent) == 1


def test_control_without_quiet_hours_the_night_is_disturbed(mailed, notify, frozen_clock, postbox, run_outbox):
    mailed.patch("/v1/inbox/preferences", {"quiet_hours": None})
    frozen_clock.set(HALF_PAST_ELEVEN_AT_NIGHT)
    notify(mailed)
    run_outbox()
    assert len(postbox.sent) == 1


def test_a_kind_that_was_switched_off_is_not_mailed_and_stays_in_the_inbox(
    mailed, notify, frozen_clock, postbox, run_outbox
):
    mailed.patch("/v1/inbox/preferences", {"kinds": {"points.expiring": False}})
    notify(mailed)
    run_outbox()
    assert postbox.sent == []
    assert len(mailed.get("/v1/inbox").json["items"]) == 1


def test_a_kind_that_is_not_mailed_can_be_chosen(mailed, notify, frozen_clock, postbox, run_outbox):
    notify(mailed, kind="points.lapsing")
    run_outbox()
    assert postbox.sent == []
    mailed.patch("/v1/inbox/preferences", {"kinds": {"points.lapsing": True}})
    notify(mailed, kind="points.lapsing")
    run_outbox()
    assert len(postbox.sent) == 1


def test_nobody_without_a_proven_address_is_mailed(person, notify, frozen_clock, postbox, run_outbox):
    notify(person)
    run_outbox()
    assert postbox.sent == []


def test_preferences_say_what_is_mailed_in_words_and_when_it_is_quiet(person):
    shown = person.get("/v1/inbox/preferences", headers={"Accept-Language": "zh-CN"}).json
    assert {"kind": "points.expiring", "label": "即将过期的积分", "is_mailed": True, "is_pushed": True} in shown[
        "kinds"
    ]
    assert shown["quiet_hours"] == {"from": "22:00", "until": "08:00"}
    changed = {"kinds": {"points.expiring": False}, "quiet_hours": {"from": "23:15", "until": "06:30"}}
    shown = person.patch("/v1/inbox/preferences", changed).json
    assert shown["quiet_hours"] == {"from": "23:15", "until": "06:30"}
    assert next(kind for kind in shown["kinds"] if kind["kind"] == "points.expiring")["is_mailed"] is False


@pytest.mark.parametrize(
    "body, field, code",
    [
        ({"kinds": {"no.such": True}}, "kinds.no.such", "not_one_of"),
        ({"kinds": {"reduction.withdrawn": True}}, "kinds.reduction.withdrawn", "not_one_of"),
        ({"quiet_hours": {"from": "24:00", "until": "08:00"}}, "quiet_hours.from", "not_a_time_of_day"),
        ({"quiet_hours": {"from": "22:00", "until": "22:00"}}, "quiet_hours.until", "quiet_all_day"),
        ({"quiet_hours": {"from": "22:00"}}, "quiet_hours.until", "required"),
    ],
)
def test_what_cannot_be_chosen_is_refused_by_field(person, body, field, code):
    answer = person.patch("/v1/inbox/preferences", body)
    assert answer.status_code == 422
    assert [(row["field"], row["code"]) for row in answer.json["errors"]] == [(field, code)]


@pytest.mark.parametrize(
    "hours, zone, at, over",
    [
        (NIGHT, "UTC", "2026-11-20T21:59:59+00:00", None),
        (NIGHT, "UTC", "2026-11-20T22:00:00+00:00", "2026-11-21T08:00:00+00:00"),
        (NIGHT, "UTC", "2026-11-21T07:59:00+00:00", "2026-11-21T08:00:00+00:00"),
        (NIGHT, "UTC", "2026-11-21T08:00:00+00:00", None),
        (NAP, "UTC", "2026-11-20T13:30:00+00:00", "2026-11-20T14:30:00+00:00"),
        (NAP, "UTC", "2026-11-20T14:30:00+00:00", None),
        # the night in which Berlin's clocks go back is an hour longer, and an hour shorter in spring
        (NIGHT, "Europe/Berlin", "2026-10-24T20:00:00+00:00", "2026-10-25T07:00:00+00:00"),
        (NIGHT, "Europe/Berlin", "2026-03-28T21:00:00+00:00", "2026-03-29T06:00:00+00:00"),
        # an end that the clocks jump over comes with the jump
        (QuietHours(60, 150), "Europe/Berlin", "2026-03-29T00:30:00+00:00", "2026-03-29T01:30:00+00:00"),
        (NIGHT, "Pacific/Kiritimati", "2026-11-20T08:00:00+00:00", "2026-11-20T18:00:00+00:00"),
    ],
)
def test_quiet_hours_are_told_on_the_persons_own_clock(hours, zone, at, over):
    ends = hours.end_after(datetime.fromisoformat(at), zone)
    assert ends == (over and datetime.fromisoformat(over))
