"""A purchase, from the footprint that remains to a certificate anyone can check, over HTTP and nothing else."""

from __future__ import annotations

import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from backend.registry import service as registry
from offsets.sandbox import Sandbox
from tests.journeys.test_a_ride import Phone

PROJECT, GRAMS, YEAR = "delta-blue-carbon-1", 1_200_000, 2026
NO_FUNDS, VISA = "4000 0000 0000 9995", "4242 4242 4242 4242"
PATIENCE_S = 20


@pytest.fixture
def phone(app, live_server, in_transaction) -> Iterator[Phone]:
    """Somebody in Beijing, a shelf with the shipped projects, and the sandbox ringing at our door."""
    with Sandbox(notice_url=f"{live_server.url}/v1/webhooks/stripe") as sandbox:
        app.extensions["carbon.settings"] = replace(app.extensions["carbon.settings"], stripe_api_base=sandbox.url)
        in_transaction(registry.import_library)
        made = Phone(live_server.url)
        made.begin()
        made.call("PATCH", "/v1/me", {"region": "CN-BJ", "zone": "Asia/Shanghai"})
        yield made


def test_what_cannot_be_reduced_is_offset_and_said_honestly(phone, live_server):
    before = phone.call("GET", f"/v1/neutrality/{YEAR}")
    project = phone.call("GET", f"/v1/offset-projects/{PROJECT}")
    quote = phone.call("POST", "/v1/quotes", {"project": PROJECT, "grams": GRAMS, "currency": "USD"})
    assert quote["total_minor"] == 2556  # 1.2 t at 21.30 USD
    assert quote["reduce_first"]["remaining_g"] == before["remaining_g"]

    wish = {"quote_id": quote["id"], "beneficiary": "林薇", "year": YEAR}
    order = phone.call("POST", "/v1/orders", wish, **{"Idempotency-Key": "order 1"})
    assert phone.call("POST", "/v1/orders", wish, **{"Idempotency-Key": "order 1"}) == order
    assert order["state"] == "awaiting_payment"
    left = phone.call("GET", f"/v1/offset-projects/{PROJECT}")["available_g"]
    assert left == project["available_g"] - GRAMS

    assert "lang=en" in order["payment"]["page_url"]
    in_chinese = phone.call("GET", f"/v1/orders/{order['id']}", **{"Accept-Language": "zh-CN"})["payment"]["page_url"]
    with urllib.request.urlopen(in_chinese, timeout=10) as page:
        assert "1,200 kg CO2e" in (text := page.read().decode())
        assert 'lang="zh' in text
    fill_in(order["payment"]["page_url"], NO_FUNDS)
    fill_in(order["payment"]["page_url"], VISA)
    retired = until_retired(phone, order["id"])
    assert retired["payment"]["captured_minor"] == 2556

    number = retired["certificate_number"]
    proof = Phone(live_server.url).call("GET", f"/v1/certificates/{number}/verify")
    assert proof["is_genuine"]
    assert (proof["certificate"]["beneficiary"], proof["certificate"]["grams"]) == ("林薇", GRAMS)
    assert "000000001-000000002" in proof["certificate"]["retirements"][0]["serials"]
    page = read_page(f"{live_server.url}/v1/certificates/{number}")
    assert "已注销 1,200 千克" in page
    assert "data:image/svg+xml" in page

    after = phone.call("GET", f"/v1/neutrality/{YEAR}")
    assert after["retired_g"] == GRAMS
    assert after["remaining_g"] == before["remaining_g"] - GRAMS
    assert after["footprint"] == before["footprint"]


def fill_in(page_url: str, card: str) -> None:
    """Type a card into the provider's page, as a person does in a browser."""
    given = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(page_url).query))
    form = given | {"number": card, "expiry": "12 / 34", "cvc": "123"}
    with urllib.request.urlopen(page_url, urllib.parse.urlencode(form).encode(), timeout=10) as answer:
        assert answer.status == 200


def until_retired(phone: Phone, order_id: str) -> Any:
    """The order once the notice has rung."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        order = phone.call("GET", f"/v1/orders/{order_id}")
        if order["state"] == "retired":
            return order
        time.sleep(0.05)
    raise AssertionError(f"still {order['state']} after {PATIENCE_S} s")


def read_page(url: str) -> str:
    request = urllib.request.Request(url, headers={"Accept": "text/html", "Accept-Language": "zh-CN"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read().decode()
