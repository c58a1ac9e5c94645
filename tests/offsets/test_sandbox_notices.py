"""Notices: signed, told until acknowledged, and on order held, reordered, repeated or lost."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta

import pytest

from offsets import NoticeRefused
from offsets.sandbox import Sandbox
from tests.offsets.conftest import MARK, RETURN_URL, done, eventually, now


@pytest.fixture
def ringing(bench, bell):
    """The sandbox tells the bell."""
    bench.ask("PUT", "/notices", {"url": bell.url})
    return bell


def test_a_payment_rings_for_every_step_and_our_mark_is_on_it(gateway, pay, ringing):
    paid = pay()
    notices = [gateway.read_notice(body, signature, now()) for body, signature in ringing.wait_for(3)]
    assert [notice.kind for notice in notices] == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
    ]
    assert {notice.payment_id for notice in notices} == {paid.payment_id}
    assert {notice.mark for notice in notices} == {MARK}
    assert len({notice.notice_id for notice in notices}) == 3


def test_a_decline_a_refund_and_a_dispute_ring_too(gateway, pay, ringing, bench):
    pay("pm_card_createDispute")
    other = pay("pm_card_visa", mark=type(MARK)("usr_1", "ord_2"))
    gateway.refund_payment(other.payment_id, None, "r1")
    told = [gateway.read_notice(body, signature, now()) for body, signature in ringing.wait_for(9)]
    kinds = [notice.kind for notice in told]
    assert "charge.dispute.created" in kinds
    assert kinds[-2:] == ["refund.created", "charge.refunded"]
    assert all(notice.payment_id for notice in told)


def test_a_notice_is_told_again_until_it_is_acknowledged(gateway, pay, ringing, bench):
    ringing.answers[:] = [503, 500]
    pay()
    ringing.wait_for(5)
    assert Counter(ringing.types()) == {
        "payment_intent.created": 2,
        "charge.succeeded": 2,
        "payment_intent.succeeded": 1,
    }
    # the bell has rung before the sandbox has read our answer to it
    assert eventually(lambda: all(event["told"] for event in bench.ask("GET", "/notices")["events"]))


def test_held_notices_are_told_in_the_order_one_asks_for(pay, ringing, bench):
    bench.ask("PUT", "/notices", {"mode": "hold"})
    pay()
    held = bench.ask("GET", "/notices")["held"]
    assert len(held) == 3
    assert ringing.rung == []
    told = bench.ask("POST", "/notices/release", {"order": held[::-1]})["told"]
    assert [status for _, status in told] == [200, 200, 200]
    assert ringing.types() == ["payment_intent.succeeded", "charge.succeeded", "payment_intent.created"]


def test_one_notice_can_ring_twenty_times_at_once(pay, ringing, bench):
    pay()
    ringing.wait_for(3)
    (succeeded,) = [event_id for kind, event_id in bench.events() if kind == "payment_intent.succeeded"]
    statuses = bench.ask("POST", f"/notices/{succeeded}/repeat", {"times": 20})["statuses"]
    assert statuses == [200] * 20
    bodies = {body for body, _ in ringing.wait_for(23)[3:]}
    assert {json.loads(body)["id"] for body in bodies} == {succeeded}


def test_a_dropped_notice_never_rings_and_the_truth_is_still_there(gateway, pay, ringing, bench):
    bench.ask("PUT", "/notices", {"mode": "drop"})
    paid = pay()
    bench.ask("PUT", "/notices", {"mode": "deliver"})
    gateway.refund_payment(paid.payment_id, None, "r1")
    ringing.wait_for(2)
    assert ringing.types() == ["refund.created", "charge.refunded"]
    assert done(gateway.get_payment(paid.payment_id)).captured.minor == 1234


def test_a_delayed_notice_comes_later(pay, ringing, bench):
    bench.ask("PUT", "/notices", {"delay_s": 0.5})
    pay()
    assert ringing.rung == []
    assert len(ringing.wait_for(3)) == 3


def test_a_bell_elsewhere_is_never_rung(sandbox):
    with pytest.raises(ValueError, match="loopback"):
        Sandbox(notice_url="https://example.org/hook")


def test_a_notice_nobody_signed_is_refused(gateway, pay, ringing):
    pay()
    body, signature = ringing.wait_for(1)[0]
    assert gateway.read_notice(body, signature, now()).mark == MARK
    forged = body.replace(b"ord_1", b"ord_2")
    for payload, signed in (
        (forged, signature),
        (body, ""),
        (body, "t=1,v1=00"),
        (body, signature.replace("t=", "t=1")),
        (body, "t=x,v1=y"),
        (body, "nonsense"),
        (b"\xff\xfe", signature),
    ):
        with pytest.raises(NoticeRefused):
            gateway.read_notice(payload, signed, now())


@pytest.mark.parametrize("late_by", [timedelta(minutes=6), timedelta(minutes=-6), timedelta(days=3)])
def test_a_notice_signed_at_another_time_is_refused(gateway, pay, ringing, late_by):
    pay()
    body, signature = ringing.wait_for(1)[0]
    with pytest.raises(NoticeRefused, match="tolerance"):
        gateway.read_notice(body, signature, now() + late_by)
    assert gateway.read_notice(body, signature, now() + timedelta(minutes=4))


def test_a_replay_within_the_tolerance_is_the_same_notice_and_only_its_id_stops_it(gateway, pay, ringing):
    pay()
    body, signature = ringing.wait_for(1)[0]
    first, again = (gateway.read_notice(body, signature, now()) for _ in range(2))
    assert first.notice_id == again.notice_id


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        "1",
        '{"object": "event"}',
        '{"object": "event", "id": "evt_1", "type": "x", "created": 1, "data": {"object": []}}',
        '{"object": "event", "id": "evt_1", "type": "x", "created": 1e300, "data": {"object": {"object": "x"}}}',
        '{"object": "v2.core.event"}',
    ],
)
def test_a_signed_body_that_is_no_event_is_refused(gateway, body):
    with pytest.raises(NoticeRefused):
        gateway.read_notice(body.encode(), sign(body), now())


def test_a_notice_about_another_products_payment_bears_no_mark(gateway):
    about = {"object": "payment_intent", "id": "pi_other", "metadata": {"shop": "somebody else"}}
    event = {
        "object": "event",
        "id": "evt_1",
        "type": "payment_intent.succeeded",
        "created": 1,
        "data": {"object": about},
    }
    body = json.dumps(event)
    notice = gateway.read_notice(body.encode(), sign(body), now())
    assert (notice.payment_id, notice.mark) == ("pi_other", None)


def test_a_success_can_ring_before_the_create_call_has_returned(gateway, pay, ringing, bench):
    bench.ask("PUT", "/notices", {"mode": "hold"})
    paid = pay()
    succeeded = bench.ask("GET", "/notices")["held"][-1]
    bench.ask("POST", "/notices/release", {"order": [succeeded]})
    body, signature = ringing.wait_for(1)[0]
    notice = gateway.read_notice(body, signature, now())
    assert (notice.payment_id, notice.mark) == (paid.payment_id, MARK)
    assert RETURN_URL not in body.decode()


def sign(body: str) -> str:
    from stripe import WebhookSignature

    from offsets.sandbox import NOTICE_SECRET

    return WebhookSignature.generate_signature_header(body, NOTICE_SECRET, int(now().timestamp()))
