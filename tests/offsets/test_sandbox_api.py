"""The stand-in is strict where Stripe is: keys, parameter names, limits, ids, pages; and its books always balance."""

from __future__ import annotations

import threading

import pytest
import requests
import stripe
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from offsets import Money, PaymentRequest, Rejected, Unknown
from offsets.sandbox import API_KEY, Sandbox
from tests.offsets.conftest import MARK, PRICE, done

REQUEST = PaymentRequest(MARK, PRICE, "x")
INTENT = {"amount": 1000, "currency": "cny"}


def test_the_same_key_and_request_replay_the_first_answer(client, sandbox):
    options = {"idempotency_key": "k1"}
    first = client.v1.payment_intents.create(INTENT, options)
    again = client.v1.payment_intents.create(INTENT, options)
    assert first.to_dict() == again.to_dict()
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.last_response.headers


@pytest.mark.parametrize("changed", [{"amount": 1001}, {"currency": "usd"}, {"metadata": {"a": "b"}}])
def test_the_same_key_with_another_request_is_refused(client, changed):
    client.v1.payment_intents.create(INTENT, {"idempotency_key": "k1"})
    with pytest.raises(stripe.IdempotencyError) as refused:
        client.v1.payment_intents.create({**INTENT, **changed}, {"idempotency_key": "k1"})
    assert refused.value.http_status == 400


def test_a_decline_is_remembered_under_its_key_and_a_typing_mistake_is_not(gateway, client):
    made = done(gateway.create_payment(REQUEST, "k1"))
    declined = [
        gateway.confirm_payment(made.payment_id, "pm_card_visa_chargeDeclined", "https://a.b/", "k2") for _ in range(2)
    ]
    assert declined[0] == declined[1]
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.create({"amount": 1, "currency": "cny"}, {"idempotency_key": "k3"})
    assert client.v1.payment_intents.create(INTENT, {"idempotency_key": "k3"}).amount == 1000


def test_a_second_request_while_the_first_still_runs_is_told_to_wait(gateway, bench):
    bench.fault("slow", "/v1/payment_intents", seconds=1.0)
    outcomes = []
    slow = threading.Thread(target=lambda: outcomes.append(gateway.create_payment(REQUEST, "k1")))
    slow.start()
    threading.Event().wait(0.4)
    meanwhile = gateway.create_payment(REQUEST, "k1")
    slow.join()
    assert isinstance(meanwhile, Unknown)
    assert done(outcomes[0]) == done(gateway.create_payment(REQUEST, "k1"))


@pytest.mark.concurrency
def test_twenty_requests_at_once_with_one_key_make_one_payment(gateway, parallel, client):
    parallel(20, lambda _n=None: gateway.create_payment(REQUEST, "k1"))
    assert len(client.v1.payment_intents.list({"limit": 100}).data) == 1


@pytest.mark.concurrency
def test_control_without_a_common_key_they_make_twenty(gateway, parallel, client):
    parallel(20, lambda n=0: gateway.create_payment(REQUEST, f"k{n}{threading.get_ident()}"))
    assert len(client.v1.payment_intents.list({"limit": 100}).data) == 20


def test_a_parameter_stripe_does_not_have_is_refused_by_name(client):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.create({**INTENT, "ammount": 1})
    assert (refused.value.code, refused.value.param) == ("parameter_unknown", "ammount")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.create({**INTENT, "automatic_payment_methods": {"enable": True}})
    assert refused.value.param == "automatic_payment_methods[enable]"


def test_a_parameter_that_is_not_simulated_is_refused_and_never_ignored(client):
    with pytest.raises(stripe.InvalidRequestError, match="does not simulate"):
        client.v1.payment_intents.create({**INTENT, "capture_method": "manual"})


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"currency": "cny"}, "parameter_missing", "amount"),
        ({"amount": 1000}, "parameter_missing", "currency"),
        ({"amount": 49, "currency": "usd"}, "amount_too_small", "amount"),
        ({"amount": 100_000_000, "currency": "usd"}, "amount_too_large", "amount"),
        ({"amount": "1e3", "currency": "usd"}, "parameter_invalid_integer", "amount"),
        ({"amount": "-5", "currency": "usd"}, "parameter_invalid_integer", "amount"),
        ({"amount": 1000, "currency": "xxx"}, None, "currency"),
        ({**INTENT, "payment_method": "pm_nobody"}, "resource_missing", "payment_method"),
        ({**INTENT, "return_url": "https://a.b/"}, None, "return_url"),
        ({**INTENT, "expand": ["customer"]}, None, "expand[0]"),
    ],
)
def test_a_wrong_parameter_is_told_with_its_name(client, params, code, param):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.create(params)
    assert (refused.value.code, refused.value.param) == (code, param)
    assert client.v1.payment_intents.list().data == []


def test_a_redirecting_method_needs_somewhere_to_return_to(client):
    intent = client.v1.payment_intents.create({**INTENT, "automatic_payment_methods": {"enabled": True}})
    with pytest.raises(stripe.InvalidRequestError, match="return_url"):
        client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})


def test_whoever_bears_no_test_key_is_turned_away(sandbox):
    for path in ("/v1/payment_intents", "/_sandbox/books"):
        assert requests.get(sandbox.url + path, timeout=5).status_code == 401
        live = {"Authorization": "Bearer sk_live_1"}
        assert requests.get(sandbox.url + path, headers=live, timeout=5).status_code == 401


def test_lists_come_newest_first_page_by_page(client):
    made = [client.v1.payment_intents.create(INTENT).id for _ in range(5)]
    first = client.v1.payment_intents.list({"limit": 2})
    assert [intent.id for intent in first.data] == made[:2:-1]
    assert first.has_more
    assert [intent.id for intent in first.auto_paging_iter()] == made[::-1]


def test_one_call_can_create_and_confirm(client):
    paid = client.v1.payment_intents.create(
        {**INTENT, "confirm": True, "payment_method": "pm_card_visa", "expand": ["latest_charge"]}
    )
    assert paid.status == "succeeded"
    assert paid.latest_charge.amount_captured == 1000


def test_events_tell_what_happened_in_order(client, pay):
    pay()
    told = [event.type for event in client.v1.events.list().data][::-1]
    assert told == ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]


def test_what_was_kept_in_a_file_survives_a_restart(tmp_path):
    path = str(tmp_path / "sandbox.db")

    def ask(sandbox, method, route, **form):
        headers = {"Authorization": f"Bearer {API_KEY}", "Idempotency-Key": "k1"}
        return requests.request(method, sandbox.url + route, data=form, headers=headers, timeout=5).json()

    with Sandbox(path=path) as sandbox:
        made = ask(sandbox, "POST", "/v1/payment_intents", amount=1000, currency="cny")
    with Sandbox(path=path) as sandbox:
        assert ask(sandbox, "GET", f"/v1/payment_intents/{made['id']}") == made
        assert ask(sandbox, "POST", "/v1/payment_intents", amount=1000, currency="cny") == made


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(parts=st.lists(st.integers(1, 700), min_size=1, max_size=6))
def test_however_a_payment_is_refunded_the_books_never_give_back_more(gateway, pay, bench, parts):
    before_captured, before_refunded = bench.books()
    number = len(bench.events())
    mark = type(MARK)("usr_1", f"ord_{number}")
    paid = pay(mark=mark, amount=Money(1000, "CNY"))
    left = 1000
    for index, part in enumerate(parts):
        outcome = gateway.refund_payment(paid.payment_id, Money(part, "CNY"), f"{number}:{index}")
        if part <= left:
            left -= done(outcome).amount.minor
        else:
            assert isinstance(outcome, Rejected)
    captured, refunded = bench.books()
    assert (captured - before_captured, refunded - before_refunded) == (1000, 1000 - left)
    assert done(gateway.get_payment(paid.payment_id)).refunded.minor == 1000 - left
