"""The page a newcomer pays on: works without scripts, in two languages, and only for who has the secret."""

from __future__ import annotations

import re

import pytest
import requests

from offsets import PaymentRequest, PaymentStatus
from offsets.sandbox import pay_address
from tests.offsets.conftest import MARK, PRICE, done

GOOD = {"number": "4242 4242 4242 4242", "expiry": "12 / 34", "cvc": "123"}


@pytest.fixture
def intent(gateway):
    return done(gateway.create_payment(PaymentRequest(MARK, PRICE, "50 kg <b>CO2e</b>"), "k1"))


@pytest.fixture
def browser():
    with requests.Session() as session:
        yield session


def submit(browser, sandbox, intent, path="", **fields):
    form = {"client_secret": intent.client_secret, "lang": "en", **fields}
    return browser.post(f"{sandbox.url}/pay/{intent.payment_id}{path}", form, timeout=5, allow_redirects=False)


def page(browser, sandbox, intent, language="en", **more):
    address = pay_address(sandbox.url, intent.payment_id, intent.client_secret, language=language, **more)
    return browser.get(address, timeout=5)


@pytest.mark.parametrize(
    ("language", "words"), [("en", ["Pay CN¥12.34", "Test cards only"]), ("zh", ["支付 ¥12.34", "仅限测试卡"])]
)
def test_the_form_shows_what_is_due_in_the_readers_language(browser, sandbox, intent, language, words):
    seen = page(browser, sandbox, intent, language)
    assert seen.status_code == 200
    assert all(each in seen.text for each in words)
    assert "50 kg &lt;b&gt;CO2e&lt;/b&gt;" in seen.text


def test_the_page_needs_no_script_and_nothing_from_elsewhere(browser, sandbox, intent):
    seen = page(browser, sandbox, intent)
    assert "<script" not in seen.text
    assert "default-src 'none'" in seen.headers["Content-Security-Policy"]
    assert not re.findall(r'(?:src|href)="https?://(?!127\.0\.0\.1)', seen.text)
    for asset in re.findall(r'(?:src|href)="(/static/[^"]+)"', seen.text):
        assert browser.get(sandbox.url + asset, timeout=5).status_code == 200


def test_a_good_card_pays_and_returns_to_the_shop(browser, sandbox, gateway, intent):
    answer = submit(browser, sandbox, intent, return_url="https://shop.example/orders/1?a=b", **GOOD)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("https://shop.example/orders/1?a=b&payment_intent=")
    assert "redirect_status=succeeded" in answer.headers["Location"]
    assert done(gateway.get_payment(intent.payment_id)).captured == PRICE
    assert "Paid" in page(browser, sandbox, intent).text


def test_a_declined_card_says_why_and_leaves_the_form(browser, sandbox, gateway, intent):
    submit(browser, sandbox, intent, **{**GOOD, "number": "4000000000009995"})
    seen = page(browser, sandbox, intent)
    assert "too little money" in seen.text
    assert done(gateway.get_payment(intent.payment_id)).failure_code == "insufficient_funds"
    submit(browser, sandbox, intent, **GOOD)
    assert done(gateway.get_payment(intent.payment_id)).status is PaymentStatus.SUCCEEDED


@pytest.mark.parametrize(
    ("answer", "number", "status"),
    [
        ("complete", "4000002760003184", PaymentStatus.SUCCEEDED),
        ("fail", "4000002760003184", PaymentStatus.OPEN),
        ("complete", "4000008260003178", PaymentStatus.OPEN),
    ],
)
def test_the_bank_asks_and_the_payers_answer_counts(browser, sandbox, gateway, intent, answer, number, status):
    away = submit(browser, sandbox, intent, **{**GOOD, "number": number})
    assert "/authenticate" in away.headers["Location"]
    assert "Is this you?" in browser.get(sandbox.url + away.headers["Location"], timeout=5).text
    submit(browser, sandbox, intent, "/authenticate", answer=answer)
    truth = done(gateway.get_payment(intent.payment_id))
    assert truth.status is status
    again = submit(browser, sandbox, intent, "/authenticate", answer="complete")
    assert again.status_code == 303
    assert done(gateway.get_payment(intent.payment_id)) == truth


def test_a_confirmation_through_the_api_returns_to_its_own_address(browser, sandbox, gateway, intent):
    asked = gateway.confirm_payment(
        intent.payment_id, "pm_card_threeDSecure2Required", "https://shop.example/back", "k2"
    )
    assert "Is this you?" in browser.get(done(asked).action_url, timeout=5).text
    answer = submit(browser, sandbox, intent, "/authenticate", answer="complete")
    assert answer.headers["Location"].startswith("https://shop.example/back?payment_intent=")


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        ({"number": "4242 4242 4242 4241"}, "not a card number"),
        ({"number": "hello"}, "not a card number"),
        ({"number": "4111 1111 1111 1111"}, "test cards"),
        ({"expiry": "01 / 20"}, "in the future"),
        ({"expiry": "13 / 34"}, "in the future"),
        ({"cvc": "12"}, "three or four digits"),
    ],
)
def test_a_typing_mistake_is_told_and_charges_nothing(browser, sandbox, gateway, intent, mistake, words):
    seen = submit(browser, sandbox, intent, **{**GOOD, **mistake})
    assert words in seen.text
    assert done(gateway.get_payment(intent.payment_id)) == intent


@pytest.mark.parametrize("path", ["", "/authenticate"])
def test_without_the_secret_there_is_nothing_to_see_or_do(browser, sandbox, gateway, intent, path):
    for secret in ("", "guess", intent.client_secret + "x"):
        address = f"{sandbox.url}/pay/{intent.payment_id}{path}"
        seen = browser.get(address, params={"client_secret": secret}, timeout=5)
        missing = browser.get(
            address.replace(intent.payment_id, "pi_none"), params={"client_secret": secret}, timeout=5
        )
        assert (seen.status_code, seen.text) == (404, missing.text)
        assert browser.post(address, {"client_secret": secret, **GOOD}, timeout=5).status_code == 404
    assert done(gateway.get_payment(intent.payment_id)) == intent


def test_a_cancelled_payment_says_that_there_is_nothing_to_pay(browser, sandbox, gateway, intent):
    gateway.cancel_payment(intent.payment_id, "k2")
    assert "Nothing to pay" in page(browser, sandbox, intent).text
    submit(browser, sandbox, intent, **GOOD)
    assert done(gateway.get_payment(intent.payment_id)).status is PaymentStatus.CANCELLED


def test_a_return_address_that_is_no_web_address_is_not_followed(browser, sandbox, intent):
    answer = submit(browser, sandbox, intent, return_url="javascript:alert(1)", **GOOD)
    assert answer.headers["Location"].startswith("/pay/")
