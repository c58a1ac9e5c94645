"""Unread notes reach the devices a person registered, as they chose, once each, and never in their quiet hours."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from backend.inbox import service as inbox
from backend.inbox.service.kinds import PERSONAL, all_kinds
from backend.jobs import service
from backend.jobs.models import DeadLetterRow
from backend.jobs.runner import dispatch as dispatching
from backend.platform.core import i18n
from backend.platform.ops import outbox
from backend.platform.ops.outbox import OutboxRow
from backend.ports.push import PushFailed, SubscriptionGone
from backend.ports.push.web_push import WebPush
from tests.backend.platform.core.raised_codes import places
from tests.backend.ports.push_server import Phone, push_service_at

HALF_PAST_ELEVEN_AT_NIGHT = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)  # in Beijing
EIGHT_IN_THE_MORNING = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)


@pytest.fixture
def told_on_a_phone(in_beijing, register, pigeon, frozen_clock):
    """Somebody in Beijing whose phone is registered; it is noon."""
    register(in_beijing)
    return in_beijing


@pytest.fixture
def rows(in_transaction):
    return lambda kind=OutboxRow: in_transaction(lambda session: session.scalars(select(kind)).all())


def test_an_unread_note_is_pushed_in_the_persons_language(told_on_a_phone, notify, pigeon, run_outbox):
    notify(told_on_a_phone)
    run_outbox()
    [(_, message)] = pigeon.sent
    [note] = told_on_a_phone.get("/v1/inbox").json["items"]
    assert (message.id, message.kind, message.title) == (note["id"], note["kind"], "120 积分将在2026年12月1日之后过期")
    assert message.lifetime_s == 3 * 86400


def test_whoever_reads_english_is_told_in_english(told_on_a_phone, notify, pigeon, run_outbox):
    told_on_a_phone.patch("/v1/me", {"language": "en"})
    notify(told_on_a_phone)
    run_outbox()
    assert pigeon.titles == ["120 points expire after December 1, 2026"]


def test_every_device_is_told_once(told_on_a_phone, another_device, register, notify, pigeon, run_outbox):
    register(another_device(told_on_a_phone))
    notify(told_on_a_phone)
    run_outbox()
    run_outbox()
    assert len(pigeon.sent) == 2
    assert len({endpoint for endpoint, _ in pigeon.sent}) == 2


@pytest.mark.concurrency
def test_several_dispatchers_at_once_push_once(told_on_a_phone, notify, pigeon, parallel, app, run_outbox):
    for _ in range(5):
        notify(told_on_a_phone)
    parallel(4, lambda _: dispatching.dispatch(app))
    run_outbox()
    assert len(pigeon.sent) == len({message.id for _, message in pigeon.sent}) == 5


@pytest.mark.concurrency
def test_control_dispatchers_who_do_not_take_a_row_push_it_twice(
    told_on_a_phone, notify, pigeon, parallel, app, run_outbox, rows, monkeypatch
):
    pigeon.failures = [PushFailed("not yet")]
    notify(told_on_a_phone)
    run_outbox()
    [row] = rows()
    both_send = threading.Barrier(2)
    send = pigeon.send
    monkeypatch.setattr(pigeon, "send", lambda *given: (both_send.wait(10), send(*given)))
    found = service.Row(**{name: getattr(row, name) for name in service.Row.__dataclass_fields__})
    parallel(2, lambda _: hand_over(app, found))
    assert len(pigeon.sent) == 2


def hand_over(app, row):
    with app.app_context():
        dispatching.handle_batch(app, [row])


def test_who_is_mailed_and_pushed_gets_one_of_each(mailed, register, notify, pigeon, postbox, run_outbox, frozen_clock):
    register(mailed)
    notify(mailed)
    run_outbox()
    assert (len(pigeon.sent), len(postbox.sent)) == (1, 1)


def test_what_was_read_by_then_is_not_pushed(told_on_a_phone, notify, pigeon, run_outbox):
    notify(told_on_a_phone)
    note = told_on_a_phone.get("/v1/inbox").json["items"][0]
    told_on_a_phone.post("/v1/inbox/read", {"until_id": note["id"]})
    run_outbox()
    assert pigeon.sent == []


def test_what_is_read_while_a_push_service_is_down_is_not_pushed_afterwards(
    told_on_a_phone, notify, pigeon, run_outbox, frozen_clock
):
    pigeon.failures.append(PushFailed("mozilla answered 503"))
    notify(told_on_a_phone)
    run_outbox()
    note = told_on_a_phone.get("/v1/inbox").json["items"][0]
    told_on_a_phone.post("/v1/inbox/read", {"until_id": note["id"]})
    frozen_clock.advance(timedelta(minutes=1))
    run_outbox()
    assert pigeon.sent == []


def test_quiet_hours_put_a_push_off_until_they_are_over(told_on_a_phone, notify, pigeon, run_outbox, frozen_clock):
    frozen_clock.set(HALF_PAST_ELEVEN_AT_NIGHT)
    notify(told_on_a_phone)
    run_outbox()
    frozen_clock.set(EIGHT_IN_THE_MORNING - timedelta(seconds=1))
    run_outbox()
    assert pigeon.sent == []
    frozen_clock.set(EIGHT_IN_THE_MORNING)
    run_outbox()
    assert len(pigeon.sent) == 1


def test_control_without_quiet_hours_the_phone_rings_at_night(
    told_on_a_phone, notify, pigeon, run_outbox, frozen_clock
):
    told_on_a_phone.patch("/v1/inbox/preferences", {"quiet_hours": None})
    frozen_clock.set(HALF_PAST_ELEVEN_AT_NIGHT)
    notify(told_on_a_phone)
    run_outbox()
    assert len(pigeon.sent) == 1


@pytest.mark.parametrize(
    "evening, too_early, morning",
    [
        # the clocks go back on 25 October: 22:00 is 20:00 UTC, 08:00 is 07:00 UTC
        ("2026-10-24T20:00:00+00:00", "2026-10-25T06:00:00+00:00", "2026-10-25T07:00:00+00:00"),
        # and forward on 29 March: 22:00 is 21:00 UTC, 08:00 is 06:00 UTC
        ("2026-03-28T21:00:00+00:00", "2026-03-29T05:59:59+00:00", "2026-03-29T06:00:00+00:00"),
    ],
)
def test_the_night_ends_on_the_persons_own_clock_when_the_clocks_change(
    evening, too_early, morning, told_on_a_phone, notify, pigeon, run_outbox, frozen_clock
):
    told_on_a_phone.patch("/v1/me", {"zone": "Europe/Berlin"})
    frozen_clock.set(datetime.fromisoformat(evening))
    notify(told_on_a_phone)
    run_outbox()
    frozen_clock.set(datetime.fromisoformat(too_early))
    run_outbox()
    assert pigeon.sent == []
    frozen_clock.set(datetime.fromisoformat(morning))
    run_outbox()
    assert len(pigeon.sent) == 1


def test_a_kind_that_was_switched_off_is_not_pushed_and_still_mailed(
    mailed, register, notify, pigeon, postbox, run_outbox, frozen_clock
):
    register(mailed)
    mailed.patch("/v1/inbox/preferences", {"pushed_kinds": {"points.expiring": False}})
    notify(mailed)
    run_outbox()
    assert (len(pigeon.sent), len(postbox.sent)) == (0, 1)
    mailed.patch(
        "/v1/inbox/preferences", {"pushed_kinds": {"points.expiring": True}, "kinds": {"points.expiring": False}}
    )
    notify(mailed)
    run_outbox()
    assert (len(pigeon.sent), len(postbox.sent)) == (1, 1)


def test_a_kind_that_is_not_pushed_by_itself_can_be_chosen(told_on_a_phone, notify, pigeon, run_outbox, in_transaction):
    def settled():
        named = {"en": "Low-carbon trip", "zh": "低碳出行"}
        numbers = dict.fromkeys(("before_g", "after_g", "before_points", "after_points"), 1)
        facts = {"activity_id": "act_1", "methodology": named, "occurred_on": "2026-11-20", **numbers}
        in_transaction(lambda session: inbox.notify(session, told_on_a_phone.user_id, "reduction.resettled", facts))
        run_outbox()

    settled()
    assert pigeon.sent == []
    told_on_a_phone.patch("/v1/inbox/preferences", {"pushed_kinds": {"reduction.resettled": True}})
    settled()
    assert pigeon.titles == ["减排量已重新结算：低碳出行"]


def test_nobody_without_a_registered_device_is_pushed_anything(in_beijing, notify, pigeon, run_outbox, frozen_clock):
    notify(in_beijing)
    run_outbox()
    assert pigeon.sent == []


def test_a_crash_between_sending_and_marking_shows_it_once(
    told_on_a_phone, notify, pigeon, app, monkeypatch, run_outbox, frozen_clock, rows
):
    notify(told_on_a_phone)
    with monkeypatch.context() as dying:

        def die(session, row):
            if row.topic == "inbox.push":
                raise SystemExit("killed after sending, before the row was removed")
            return remove(session, row)

        remove = dispatching.service.remove
        dying.setattr(dispatching.service, "remove", die)
        with pytest.raises(SystemExit):
            run_outbox()
    [row] = rows()
    assert (row.topic, row.attempts) == ("inbox.push", 1)
    frozen_clock.advance(timedelta(minutes=6))  # the lease of the one that died is over
    run_outbox()
    assert rows() == []
    # sent twice, because nobody can know; under one name, by which a device replaces what it shows
    assert len(pigeon.sent) == 2
    assert len({(endpoint, message.id) for endpoint, message in pigeon.sent}) == 1


def test_a_push_service_that_is_down_is_tried_again_and_keeps_nobody_else_waiting(
    told_on_a_phone, another_device, register, notify, pigeon, run_outbox, frozen_clock, in_transaction, app
):
    register(another_device(told_on_a_phone))
    handled = []
    outbox.handlers(app)["tests.later"] = outbox.Handler(verb=lambda session, user_id, facts: handled.append(user_id))
    pigeon.failures.append(PushFailed("mozilla answered 429"))
    notify(told_on_a_phone)
    in_transaction(lambda session: outbox.enqueue(session, told_on_a_phone.user_id, "tests.later", {}))
    run_outbox()
    assert len(pigeon.sent) == 1
    assert handled == [told_on_a_phone.user_id]
    frozen_clock.advance(timedelta(seconds=2))
    run_outbox()
    assert len({endpoint for endpoint, _ in pigeon.sent}) == 2
    del outbox.handlers(app)["tests.later"]


def test_what_a_push_service_never_takes_is_put_aside(told_on_a_phone, notify, pigeon, run_outbox, frozen_clock, rows):
    pigeon.failures = [PushFailed("mozilla answered 403")] * 5
    notify(told_on_a_phone)
    for _ in range(5):
        run_outbox()
        frozen_clock.advance(timedelta(hours=1))
    assert rows() == []
    [dead] = rows(DeadLetterRow)
    assert dead.topic == "inbox.push"
    assert "mozilla.com" not in str(vars(dead))


def test_what_nobody_wants_any_more_is_not_pushed(told_on_a_phone, notify, pigeon, run_outbox, frozen_clock, rows):
    pigeon.failures = [PushFailed("mozilla answered 503")]
    notify(told_on_a_phone)
    run_outbox()
    frozen_clock.advance(timedelta(days=3))
    run_outbox()
    assert (pigeon.sent, rows()) == ([], [])


def test_a_device_its_push_service_no_longer_knows_is_dropped(told_on_a_phone, notify, pigeon, run_outbox, rows):
    pigeon.failures = [SubscriptionGone("mozilla")]
    notify(told_on_a_phone)
    run_outbox()
    assert rows() == []
    assert told_on_a_phone.get("/v1/inbox/devices").json["items"] == []
    notify(told_on_a_phone)
    run_outbox()
    assert pigeon.sent == []


def test_what_waits_to_be_pushed_holds_ids_and_no_words(told_on_a_phone, notify, pigeon, run_outbox, rows):
    pigeon.failures = [PushFailed("mozilla answered 503")]
    notify(told_on_a_phone)
    run_outbox()
    [row] = rows()
    assert (row.topic, row.user_id) == ("inbox.push", told_on_a_phone.session_id)
    assert set(row.facts) == {"user_id", "note_id", "expires_at"}


def test_no_title_speaks_of_somebodys_own_words():
    for language in i18n.list_languages():
        for name, kind in all_kinds().items():
            own = {fact for fact, style in kind.facts.items() if style == PERSONAL}
            assert not places(str(i18n.read_texts(language)["inbox_title", name])) & own, (language, name)


def test_a_long_title_is_cut_where_a_lock_screen_would(told_on_a_phone, pigeon, run_outbox, in_transaction):
    long = {"en": "x" * 5000, "zh": "长" * 5000}
    numbers = dict.fromkeys(("before_g", "after_g", "before_points", "after_points"), 1)
    facts = {"activity_id": "act_1", "methodology": long, "occurred_on": "2026-11-20", **numbers}
    in_transaction(lambda session: inbox.notify(session, told_on_a_phone.user_id, "reduction.accepted", facts))
    run_outbox()
    [title] = pigeon.titles
    assert len(title) == 200
    assert title.endswith("长…")


def test_from_the_note_to_the_screen_through_a_push_service(
    app, in_beijing, notify, run_outbox, tmp_path, monkeypatch, frozen_clock
):
    real = WebPush(replace(app.extensions["carbon.settings"], push="webpush://ops@example.org", var_dir=tmp_path))
    monkeypatch.setitem(app.extensions, "carbon.push", real)
    phone = Phone()
    listed = in_beijing.get("/v1/inbox/devices").json
    assert listed == {"items": [], "application_server_key": real.application_server_key}
    assert in_beijing.put("/v1/inbox/device", phone.subscription).status_code == 200
    with push_service_at(tmp_path, monkeypatch) as mozilla:
        mozilla.answers = [(503, {}), (201, {}), (410, {})]
        notify(in_beijing)
        run_outbox()
        frozen_clock.advance(timedelta(seconds=2))
        run_outbox()
        [(path, refused, _), (_, headers, body)] = mozilla.requests
        assert path == "/wpush/v2/gAAAAABn"
        said = phone.receive(body)
        [note] = in_beijing.get("/v1/inbox").json["items"]
        assert said == {"id": note["id"], "kind": "points.expiring", "title": "120 积分将在2026年12月1日之后过期"}
        assert refused["Topic"] == headers["Topic"] == note["id"]
        notify(in_beijing)
        run_outbox()
    assert list(phone.screen.values()) == ["120 积分将在2026年12月1日之后过期"]
    assert in_beijing.get("/v1/inbox/devices").json["items"] == []
