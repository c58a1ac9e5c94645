"""Paying on a phone on the provider's page: by card, Alipay and WeChat Pay, in Chinese and English."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.backend.checkout.conftest import bank, new_person, shelf, shop
from tests.backend.checkout.test_ways_of_paying import LINK, open_page, order_by, ring_for_page

__all__ = ["bank", "new_person", "shelf", "shop"]

SAYS = {
    "en": {"alipay": "Alipay", "wechat_pay": "WeChat Pay", "pay": "Pay ", "yes": "Yes, confirm", "thanks": "Thank you"},
    "zh-CN": {"alipay": "支付宝", "wechat_pay": "微信支付", "pay": "支付", "yes": "是，确认付款", "thanks": "谢谢"},
}
NO_FUNDS = "4000 0000 0000 9995"

pytestmark = pytest.mark.alike_on_both_engines("what the order becomes is tested on both")


@pytest.fixture
def payer(app, shop, person, read, live_server):
    """Somebody at the provider's page of an order of theirs, on a phone."""
    app.extensions["carbon.settings"] = replace(app.extensions["carbon.settings"], public_url=live_server.url)

    def begin(language: str, *methods: str):
        reader = read(width=390, language=language)
        order = order_by(shop, person, *methods)
        page = open_page(person, order, language=language).json["payment"]["page_url"]
        reader.opens(page)
        reader.check_page()
        return reader, order

    return begin


@pytest.fixture
def retired(shop, person):
    """`retired(order)`: the order once the notice about its page has rung."""

    def ring(order):
        ring_for_page(shop, person, order, "checkout.session.completed")
        shop.deliver()
        return shop.get(person, order)

    return ring


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_card_without_funds_then_another_one_pays_and_the_certificate_is_a_page(
    payer, retired, keep_picture, live_server, language
):
    reader, order = payer(language, "card")
    keep_picture(reader, f"checkout-{language}")
    reader.page.locator("#number").fill(NO_FUNDS)
    reader.clicks(reader.page.locator("form button").last)
    assert reader.page.get_by_role("alert").is_visible()
    reader.check_page()
    reader.page.locator("#number").fill("4242 4242 4242 4242")
    go_back_to_the_app(reader, language, reader.page.locator("form button").last)
    paid = retired(order)
    assert paid["state"] == "retired"
    reader.opens(f"{live_server.url}/v1/certificates/{paid['certificate_number']}")
    reader.check_page()
    keep_picture(reader, f"certificate-{language}")


@pytest.mark.parametrize("language, wallet", [("zh-CN", "alipay"), ("en", "wechat_pay")])
def test_a_wallet_is_said_yes_to_on_its_own_page(payer, retired, language, wallet):
    reader, order = payer(language, wallet)
    reader.presses(SAYS[language][wallet])
    reader.check_page()
    go_back_to_the_app(reader, language, reader.page.get_by_role("button", name=SAYS[language]["yes"]))
    assert retired(order)["state"] == "retired"


def go_back_to_the_app(reader, language, button) -> None:
    """Press the last button: the provider leads to our page, and that to the app, which this browser does not have."""
    with reader.expecting("carbon-account://"):
        button.click()
        reader.page.get_by_role("heading", name=SAYS[language]["thanks"]).wait_for()
        assert reader.page.locator("main a").get_attribute("href").startswith(LINK)
        reader.check_page()
