"""The port reads what the provider sends, and the stand-in sends nothing that the provider would not."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from stripe import WebhookSignature

from offsets import (
    WALLETS,
    Mark,
    Money,
    OffsetRefused,
    PageRequest,
    PageStatus,
    PaymentMethod,
    PaymentRequest,
    PaymentStatus,
    Rejected,
    choose_methods,
    methods_for,
)
from offsets.sandbox import NOTICE_SECRET
from offsets.stripe_shapes import find_next_url, read_page
from tests.offsets.conftest import MARK, PRICE, RETURN_URL, done, now

RECORDED = Path(__file__).parent / "recorded"
CURRENCIES = ("CNY", "USD", "EUR", "GBP", "JPY")
EVERY_WAY = tuple(PaymentMethod)


class Shape:
    """JSON read as the SDK reads it: by attributes, all the way down."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.__dict__.update({name: Shape(value) if isinstance(value, dict) else value for name, value in data.items()})

    def to_dict(self) -> dict[str, Any]:
        return dict(vars(self))


def recorded(name: str) -> dict[str, Any]:
    return json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))


def a_page(methods: tuple[PaymentMethod, ...] = EVERY_WAY, minutes: int = 60) -> PageRequest:
    payment = PaymentRequest(MARK, PRICE, "50 kg CO2e", methods)
    return PageRequest(payment, f"{RETURN_URL}?paid", f"{RETURN_URL}?not", now() + timedelta(minutes=minutes), "zh")


@pytest.mark.parametrize(
    ("name", "status", "payment_id"),
    [
        ("session_open", PageStatus.OPEN, None),
        ("session_complete", PageStatus.COMPLETE, "pi_1"),
        ("session_expired", PageStatus.EXPIRED, None),
    ],
)
def test_a_session_is_read_as_a_page(name, status, payment_id):
    page = read_page(Shape(recorded(name)))
    assert (page.page_id, page.mark, page.status, page.payment_id) == ("cs_test_a1", MARK, status, payment_id)
    assert page.expires_at == datetime.fromtimestamp(1795003600, UTC)
    assert (page.url is not None) == (status is PageStatus.OPEN)


@pytest.mark.parametrize(
    ("kind", "payment_id"),
    [
        ("checkout.session.completed", "pi_1"),
        ("checkout.session.async_payment_succeeded", "pi_1"),
        ("checkout.session.expired", None),
    ],
)
def test_a_notice_about_a_session_names_our_order_and_its_payment(kind, payment_id, gateway):
    body = json.dumps(recorded(kind))
    signature = WebhookSignature.generate_signature_header(body, NOTICE_SECRET, int(now().timestamp()))
    notice = gateway.read_notice(body.encode(), signature, now())
    assert (notice.kind, notice.mark, notice.payment_id) == (kind, Mark("usr_1", "ord_1"), payment_id)


@pytest.mark.parametrize(
    ("name", "begins"),
    [("intent_alipay", "https://pm-redirects."), ("intent_wechat_pay", "https://payments.")],
)
def test_the_next_step_of_a_wallet_is_an_address(name, begins):
    assert find_next_url(Shape(recorded(name)).next_action).startswith(begins)


def test_no_next_step_is_no_address():
    assert find_next_url(None) is None
    assert find_next_url(Shape({"type": "use_stripe_sdk", "use_stripe_sdk": {}})) is None


def test_the_stand_ins_sessions_and_notices_have_no_field_that_the_providers_lack(gateway, client, bench):
    page = done(gateway.create_page(a_page(), "k1"))
    allowed = recorded("session_open").keys()
    assert client.v1.checkout.sessions.retrieve(page.page_id).to_dict().keys() <= allowed
    bench.ask("POST", f"/sessions/{page.page_id}/pay", {"method": "alipay", "delayed": True})
    payment_id = done(gateway.get_page(page.page_id)).payment_id
    bench.ask("POST", f"/payment_intents/{payment_id}/settle", {"succeeded": True})
    other = done(gateway.create_page(a_page(), "k2"))
    assert done(gateway.expire_page(other.page_id, "k3")).status is PageStatus.EXPIRED
    events = {event.type: event for event in client.v1.events.list({"limit": 100}).data}
    for kind in ("completed", "async_payment_succeeded", "expired"):
        sent = events[f"checkout.session.{kind}"].to_dict()
        like = recorded(f"checkout.session.{kind}")
        assert sent.keys() == like.keys()
        about = sent["data"]["object"]
        assert about.keys() <= allowed
        assert about["status"] == like["data"]["object"]["status"]
    assert events["checkout.session.completed"].data.object.payment_status == "unpaid"


@pytest.mark.parametrize("method", sorted(WALLETS))
def test_the_stand_ins_wallets_take_the_providers_steps(method, gateway, client):
    made = done(gateway.create_payment(PaymentRequest(MARK, PRICE, "x", (method,)), "k1"))
    way = {"payment_method_data": {"type": method.value}, "return_url": RETURN_URL}
    asked = client.v1.payment_intents.confirm(made.payment_id, way)
    like = recorded(f"intent_{method.value}")["next_action"]
    assert asked.next_action.type == like["type"]
    assert asked.to_dict().keys() <= recorded("intent_alipay").keys()
    truth = done(gateway.get_payment(made.payment_id))
    assert truth.status is PaymentStatus.ACTION_REQUIRED
    assert made.payment_id in truth.action_url


def test_a_page_is_paid_once_and_then_closed(gateway, bench):
    page = done(gateway.create_page(a_page(), "k1"))
    assert done(gateway.create_page(a_page(), "k1")).page_id == page.page_id
    assert (page.status, page.payment_id, page.mark) == (PageStatus.OPEN, None, MARK)
    bench.ask("POST", f"/sessions/{page.page_id}/pay", {"method": "wechat_pay"})
    paid = done(gateway.get_page(page.page_id))
    assert (paid.status, paid.url) == (PageStatus.COMPLETE, None)
    truth = done(gateway.get_payment(paid.payment_id))
    assert (truth.mark, truth.captured) == (MARK, PRICE)
    assert isinstance(gateway.expire_page(page.page_id, "k2"), Rejected)
    assert bench.books() == (1234, 0)


def test_a_page_is_open_for_half_an_hour_at_the_least(gateway):
    assert isinstance(gateway.create_page(a_page(minutes=29), "k1"), Rejected)


@pytest.mark.parametrize("currency", CURRENCIES)
def test_every_currency_of_the_house_is_taken_by_card_and_both_wallets(currency):
    assert methods_for(currency) == EVERY_WAY
    assert choose_methods((), EVERY_WAY, currency) == EVERY_WAY


def test_a_way_that_does_not_take_a_currency_is_neither_offered_nor_accepted(gateway):
    assert methods_for("KRW") == (PaymentMethod.CARD,)
    assert methods_for("NZD") == (PaymentMethod.CARD, PaymentMethod.ALIPAY)
    with pytest.raises(OffsetRefused) as refused:
        choose_methods(["wechat_pay"], EVERY_WAY, "NZD")
    assert refused.value.facts["offered"] == "card, alipay"
    asked = PaymentRequest(MARK, Money(5000, "NZD"), "x", (PaymentMethod.WECHAT_PAY,))
    assert isinstance(gateway.create_payment(asked, "k1"), Rejected)
