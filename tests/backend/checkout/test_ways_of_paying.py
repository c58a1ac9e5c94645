"""Card, Alipay and WeChat Pay, in the payment sheet or on the provider's page: whichever is tried, paid once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from backend.checkout import flow
from backend.checkout.flow import payment_pages as flow_of_pages
from backend.checkout.flow.provider import OutsideTransactions
from backend.checkout.models import PaymentRow
from backend.checkout.service import payment_pages
from tests.backend.checkout.conftest import GRAMS, due_now

LINK = "carbon-account://payment"
WALLETS = ("alipay", "wechat_pay")


def order_by(shop, person, *methods: str) -> dict:
    body = {"quote_id": shop.quote(person)["id"], "beneficiary": "Lin", "methods": methods}
    answer = person.post("/v1/orders", body)
    assert answer.status_code == 201, answer.json
    return answer.json


def open_page(person, order, link: str = LINK, language: str = "zh-CN"):
    path = f"/v1/orders/{order['id']}/payment-page"
    return person.post(path, {"app_link": link}, headers={"Accept-Language": language})


def session_of(shop, order) -> dict:
    """The page's session in the provider's own books."""
    page = text("SELECT provider_id FROM payment_pages WHERE order_id = :id")
    found = shop.in_transaction(lambda s: s.scalar(page, {"id": order["id"]}), read_only=True)
    return shop.bank.call("GET", f"/v1/checkout/sessions/{found}")


def pay_on_page(shop, order, method: str = "card", *, delayed: bool = False) -> dict:
    body = {"method": method, "delayed": delayed}
    return shop.bank.call("POST", f"/_sandbox/sessions/{session_of(shop, order)['id']}/pay", body)


def authorise(shop, order, method: str, *, passed: bool = True) -> None:
    path = f"/_sandbox/payment_intents/{shop.bank.payment_of(order['id'])}/authorise"
    shop.bank.call("POST", path, {"method": method, "passed": passed})


def ring_for_page(shop, person, order, kind: str):
    """A notice about the page, in the provider's shape."""
    return shop.hear(shop.bank.notice_about(session_of(shop, order), kind))


def test_the_order_carries_what_the_payment_sheet_needs(shop, person):
    payment = shop.order(person)["payment"]
    assert payment["methods"] == ["card", "alipay", "wechat_pay"]
    assert payment["publishable_key"] == "pk_test_sandbox"
    assert payment["return_url"] == LINK
    assert payment["client_secret"]


@pytest.mark.parametrize("method", WALLETS)
def test_a_wallet_pays_an_order(method, shop, person):
    order = order_by(shop, person, method)
    intent = shop.bank.call("GET", f"/v1/payment_intents/{shop.bank.payment_of(order['id'])}")
    assert intent["payment_method_types"] == [method] == order["payment"]["methods"]
    authorise(shop, order, method)
    shop.ring(person, order)
    assert shop.get(person, order)["state"] == "retired"


def test_a_payment_refused_in_the_wallet_leaves_the_order_open(shop, person):
    order = order_by(shop, person, "alipay")
    authorise(shop, order, "alipay", passed=False)
    shop.ring(person, order, "payment_intent.payment_failed")
    shown = shop.get(person, order)
    assert (shown["state"], shown["payment"]["failure_code"]) == ("awaiting_payment", "payment_method_customer_decline")
    authorise(shop, order, "alipay")
    shop.ring(person, order)
    assert shop.get(person, order)["state"] == "retired"


def test_a_wallet_that_pays_after_the_hold_lapsed_buys_what_is_still_there(shop, person, later):
    order = order_by(shop, person, "wechat_pay")
    later(timedelta(hours=2))
    assert shop.lapse() == 1
    authorise(shop, order, "wechat_pay")  # our wish to close it has not reached the provider yet
    shop.ring(person, order)
    assert shop.get(person, order)["state"] == "retired"


def test_a_way_that_does_not_take_the_currency_is_refused_with_those_that_do(shop, person, app):
    app.extensions["carbon.settings"] = replace(app.extensions["carbon.settings"], stripe_methods=("card",))
    body = {"quote_id": shop.quote(person)["id"], "beneficiary": "Lin", "methods": ["alipay"]}
    answer = person.post("/v1/orders", body)
    (error,) = answer.json["errors"]
    assert (answer.status_code, error["field"], error["code"]) == (422, "methods", "payments_method")
    assert error["message"] == "“alipay” does not take USD here. Use one of these: card."


def test_a_page_takes_the_place_of_the_sheet_and_lasts_as_long_as_the_hold(shop, person):
    order = shop.order(person)
    sheet = shop.bank.payment_of(order["id"])
    payment = open_page(person, order).json["payment"]
    session = session_of(shop, order)
    assert payment["page_url"] == session["url"]
    assert payment["client_secret"] is None
    assert session["locale"] == "zh"
    assert session["expires_at"] == int(datetime.fromisoformat(order["hold_expires_at"]).timestamp())
    assert shop.bank.call("GET", f"/v1/payment_intents/{sheet}")["status"] == "canceled"
    # whoever still has the sheet open cannot pay in it
    assert type(shop.bank.pay(sheet)).__name__ == "Rejected"
    pay_on_page(shop, order)
    assert ring_for_page(shop, person, order, "checkout.session.completed").status_code == 200
    assert shop.get(person, order)["state"] == "retired"
    assert shop.bank.books()["captured"] == order["price_minor"]


def test_a_page_asked_for_twice_is_one_page(shop, person):
    order = shop.order(person)
    first, again = (open_page(person, order).json["payment"]["page_url"] for _ in range(2))
    assert first == again
    assert shop.count("payment_pages") == 1


def test_whoever_paid_in_the_sheet_gets_no_page(shop, person):
    order = shop.order(person)
    shop.pay(order)
    answer = open_page(person, order)
    assert answer.status_code == 200
    assert (answer.json["state"], answer.json["payment"]["page_url"]) == ("retired", None)
    again = open_page(person, order)
    assert (again.status_code, again.json["code"]) == (409, "orders.already_paid")
    assert shop.bank.books()["captured"] == order["price_minor"]


@pytest.mark.concurrency
def test_sheet_and_page_tried_at_once_pay_once(shop, person, parallel):
    orders = [shop.order(person) for _ in range(4)]
    for order in orders:
        sheet = shop.bank.payment_of(order["id"])

        def attempt(index, order=order, sheet=sheet):
            if index:
                return shop.bank.pay(sheet)
            answer = open_page(person, order)
            return pay_on_page(shop, order) if (answer.json["payment"]["page_url"] or "").find("/c/pay/") > 0 else None

        assert parallel(2, attempt).errors == []
        shop.in_transaction(due_now)
        shop.reconcile()
        assert shop.get(person, order)["state"] == "retired"
    assert shop.bank.books()["captured"] == sum(order["price_minor"] for order in orders)


def test_control_a_page_beside_an_open_sheet_takes_the_money_twice(shop, person, monkeypatch):
    """What the flow prevents: the same page asked for while nobody has closed the sheet."""

    def give_way_at_once(user_id: str, order_id: str) -> bool:
        def work(session) -> None:
            payment_pages.give_way_to_page(session, session.get_one(PaymentRow, (user_id, order_id)))

        shop.in_transaction(work)
        return True

    order = shop.order(person)
    sheet = shop.bank.payment_of(order["id"])
    monkeypatch.setattr(OutsideTransactions, "cancel_payment", lambda *_: None)
    monkeypatch.setattr(flow_of_pages, "sync_payment", give_way_at_once)
    open_page(person, order)
    shop.bank.pay(sheet)
    pay_on_page(shop, order)
    assert shop.bank.books()["captured"] == 2 * order["price_minor"]


def test_money_that_takes_its_time_pays_when_it_is_there(shop, person):
    order = shop.order(person)
    open_page(person, order)
    session = pay_on_page(shop, order, "alipay", delayed=True)
    assert (session["status"], session["payment_status"]) == ("complete", "unpaid")
    assert ring_for_page(shop, person, order, "checkout.session.completed").status_code == 200
    assert shop.get(person, order)["state"] == "awaiting_payment"
    shop.bank.call("POST", f"/_sandbox/payment_intents/{session['payment_intent']}/settle", {"succeeded": True})
    assert ring_for_page(shop, person, order, "checkout.session.async_payment_succeeded").status_code == 200
    assert shop.get(person, order)["state"] == "retired"


def test_a_page_that_ran_out_is_noticed_and_the_order_lapses(shop, person, later):
    order = shop.order(person)
    open_page(person, order)
    later(timedelta(hours=2))
    assert shop.lapse() == 1
    shop.deliver()
    assert ring_for_page(shop, person, order, "checkout.session.expired").status_code == 200
    shown = shop.get(person, order)
    assert (shown["state"], shown["payment"]["status"], shown["payment"]["page_url"]) == ("lapsed", "none", None)
    assert session_of(shop, order)["status"] == "expired"


def test_an_order_called_off_closes_its_page(shop, person):
    order = shop.order(person)
    open_page(person, order)
    person.post(f"/v1/orders/{order['id']}/cancel")
    shop.deliver()
    assert session_of(shop, order)["status"] == "expired"
    assert shop.get(person, order)["payment"]["status"] == "none"


def test_a_page_is_refused_where_too_little_of_the_hold_is_left(shop, person, later):
    order = shop.order(person)
    later(timedelta(minutes=40))
    shop.get(person, order)
    answer = shop.post_later(person, f"/v1/orders/{order['id']}/payment-page", {"app_link": LINK})
    assert (answer.status_code, answer.json["code"]) == (409, "checkout.page_too_late")


def test_nobody_is_sent_back_to_a_link_that_is_not_the_apps(shop, person, client):
    order = shop.order(person)
    refused = open_page(person, order, "https://evil.example/")
    assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "app_link")
    way = f"/v1/payments/return?order={order['id']}&result=paid&to="
    assert client.get(way + "https://evil.example/").status_code == 422
    page = client.get(way + LINK, headers={"Accept-Language": "zh-CN"})
    assert f'href="{LINK}?order={order["id"]}&amp;result=paid"' in page.text
    assert "返回应用" in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("at", ["/v1/checkout/sessions", "/v1/payment_intents"])
@pytest.mark.parametrize("fault", ["close_before", "close_after", "error_before"])
def test_a_page_interrupted_at_any_step_is_completed_by_the_reconciler(at, fault, shop, person, in_transaction):
    order = shop.order(person)
    shop.bank.fault(fault, at)
    answer = open_page(person, order)
    assert answer.status_code in (200, 503)
    in_transaction(due_now)
    shop.reconcile()
    assert shop.get(person, order)["payment"]["page_url"] == session_of(shop, order)["url"]
    pay_on_page(shop, order, "wechat_pay")
    in_transaction(due_now)
    shop.reconcile()
    assert shop.get(person, order)["state"] == "retired"
    assert shop.bank.books()["captured"] == order["price_minor"]


def test_the_payment_that_gave_way_to_a_page_is_no_difference_of_the_books(shop, person, app):
    order = shop.order(person)
    open_page(person, order)
    with app.app_context():
        assert flow.compare_books(timedelta(days=1)) == []
    pay_on_page(shop, order)
    with app.app_context():
        assert flow.compare_books(timedelta(days=1)) == []
    assert shop.get(person, order)["state"] == "retired"
    assert shop.stock()[2] == GRAMS
