"""Quote, order, payment, retirement, certificate: the ordinary way, step by step."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from backend.footprints.service import footprints
from backend.profiles import service as profiles
from tests.backend.checkout.bank import NO_FUNDS
from tests.backend.checkout.conftest import GRAMS, buy_up
from tests.backend.registry.conftest import small_lot

TONNE = 1_000_000


@pytest.fixture
def beijinger(person, in_transaction):
    """Somebody whose footprint is known, by the average of where they live."""
    stated = {"region": "CN-BJ", "zone": "Asia/Shanghai"}
    in_transaction(lambda session: profiles.change_profile(session, person.user_id, stated))
    return person


def test_a_quote_explains_its_price(shop, person):
    quote = shop.quote(person, 60_000)
    assert quote["total_minor"] == 54
    assert quote["lines"][0]["working"] == "60,000 g × 8.90 USD/t = 0.534 → 0.54 USD"
    assert quote["reduce_first"] is None


def test_a_quote_says_what_could_be_reduced_instead(shop, beijinger):
    reduce_first = shop.quote(beijinger, 60_000)["reduce_first"]
    assert 0 < reduce_first["largest_g"] < reduce_first["remaining_g"]
    assert reduce_first["beyond_g"] == 0


def test_a_quote_and_its_order_name_the_buyers_own_largest_option_and_what_would_credit_it(shop, beijinger):
    year = f"/v1/footprints/{shop.quote(beijinger)['reduce_first']['year']}"
    beijinger.put(year, {"answers": {"flights_short": 4, "flights_medium": 0, "flights_long": 0}})
    first = beijinger.get(f"{year}/options").json["options"][0]
    quote = shop.quote(beijinger, 60_000)
    reduce_first, largest = quote["reduce_first"], quote["largest_options"]
    option = reduce_first["option"]
    assert (len(largest), largest[0]) == (3, option)
    assert [one["grams"] for one in largest] == sorted((one["grams"] for one in largest), reverse=True)
    assert (option["id"], option["grams"]) == ("train_instead_of_short_flights", first["grams"])
    assert option["methodology_id"] == first["methodology"]["id"] == "transport.rail_instead_of_flight"
    assert option["has_figures"] is False  # nobody published a flight of its family for China
    whole, rest = divmod(first["grams"], 1000)
    assert reduce_first["advice"] == (
        f"Reduce first: “Take the train instead of short flights” would take {whole:,}.{rest // 100} kg a year off your"
        " footprint; “Long train ride instead of a flight” has no figures for your place yet, so it earns no points."
        " What you avoid need not be offset."
    )
    order = shop.order(beijinger)
    chinese = beijinger.get(f"/v1/orders/{order['id']}", headers={"Accept-Language": "zh-CN"}).json["reduce_first"]
    assert chinese["advice"].startswith("先减排：“短途航班改乘火车”一年可减少 ")


def test_without_an_option_the_advice_names_the_largest_category(shop, beijinger, monkeypatch):
    monkeypatch.setattr(footprints, "find_model", lambda region: None)  # no survey: the published average stands in
    reduce_first = shop.quote(beijinger, 60_000)["reduce_first"]
    assert reduce_first["option"] is None
    assert (
        reduce_first["advice"] == "Reduce first: most of your footprint is housing. What you avoid need not be offset."
    )


def test_a_quote_beyond_the_footprint_that_remains_says_so(empty_shop, shelf, beijinger):
    shelf(small_lot("big", units=500))
    quote = empty_shop.quote(beijinger, 400 * TONNE)
    assert quote["reduce_first"]["beyond_g"] == 400 * TONNE - quote["reduce_first"]["remaining_g"] > 0


@pytest.mark.parametrize(
    "change, status, code",
    [
        ({"grams": 999}, 422, "pricing.amount"),
        ({"grams": 55_056}, 422, "checkout.too_little"),
        ({"grams": 0}, 422, "request.invalid"),
        ({"grams": "2000"}, 422, "request.invalid"),
        ({"grams": 3 * TONNE}, 409, "lots.insufficient_stock"),
        ({"currency": "JPY"}, 422, "catalogue.no_price"),
        ({"currency": "usd"}, 422, "request.invalid"),
        ({"project": "none"}, 404, "not_found.project"),
        ({"price": 1}, 422, "request.invalid"),
    ],
)
def test_a_quote_that_cannot_be_made_says_why(change, status, code, shop, person):
    answer = person.post("/v1/quotes", {"project": "katingan-peatland", "grams": GRAMS, "currency": "USD"} | change)
    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_an_order_sets_the_credits_aside_and_carries_what_the_payment_sheet_needs(shop, person):
    order = shop.order(person)
    assert order["state"] == "awaiting_payment"
    assert shop.stock() == (2 * TONNE - GRAMS, GRAMS, 0)
    assert order["payment"]["client_secret"].startswith(shop.bank.payment_of(order["id"]))
    assert order["payment"]["page_url"].startswith(shop.bank.url)
    assert order["payment"]["amount_minor"] == order["price_minor"] == 54


def test_a_paid_order_retires_its_credits_and_has_a_certificate_anyone_can_verify(shop, person, client):
    order = shop.buy(person)
    assert order["state"] == "retired"
    assert shop.stock() == (2 * TONNE - GRAMS, 0, GRAMS)
    assert order["payment"]["captured_minor"] == 54
    assert order["payment"]["client_secret"] is None
    certificate = client.get(f"/v1/certificates/{order['certificate_number']}/verify").get_json()
    assert certificate["is_genuine"]
    assert certificate["certificate"]["grams"] == GRAMS
    assert certificate["certificate"]["beneficiary"] == "Lin Wei"


def test_an_order_keeps_the_price_of_its_quote(shop, person, in_transaction):
    from backend.registry import service as registry
    from offsets import list_project_documents

    quote = shop.quote(person, 100_000)
    dearer = list_project_documents()["katingan-peatland"].replace('"8.90"', '"89.00"')
    in_transaction(lambda session: registry.record_project(session, "katingan-peatland", dearer))
    order = shop.try_order(person, quote=quote).json
    assert order["price_minor"] == quote["total_minor"] == 89


def test_an_expired_quote_is_no_price(shop, person, in_transaction):
    quote = shop.quote(person)
    in_transaction(lambda session: session.execute(text("UPDATE quotes SET expires_at = quoted_at")))
    answer = shop.try_order(person, quote=quote)
    assert (answer.status_code, answer.json["code"]) == (409, "checkout.quote_expired")


def test_a_quote_becomes_one_order(shop, person):
    quote = shop.quote(person)
    first = shop.try_order(person, quote=quote).json
    answer = shop.try_order(person, quote=quote)
    assert (answer.status_code, answer.json["code"]) == (409, "checkout.quote_used")
    assert answer.json["order_id"] == first["id"]


def test_the_same_key_gets_the_first_answer_byte_for_byte(shop, person):
    quote = shop.quote(person)
    first = shop.try_order(person, quote=quote, key="k")
    shop.pay(first.json)
    shop.ring(person, first.json)
    again = shop.try_order(person, quote=quote, key="k")
    assert (again.status_code, again.data) == (201, first.data)
    assert shop.count("orders") == 1


def test_the_same_key_for_another_order_is_refused(shop, person):
    shop.try_order(person, key="k")
    answer = shop.try_order(person, key="k")
    assert (answer.status_code, answer.json["code"]) == (422, "idempotency.mismatch")


def test_a_declined_card_leaves_the_order_open_for_another(shop, person):
    order = shop.order(person)
    shop.pay(order, NO_FUNDS)
    shop.ring(person, order, "payment_intent.payment_failed")
    assert shop.get(person, order)["payment"]["failure_code"] == "insufficient_funds"
    shop.pay(order)
    shop.ring(person, order)
    assert shop.get(person, order)["state"] == "retired"


def test_a_cancelled_order_gives_the_credits_back_and_can_no_longer_be_paid(shop, person):
    order = shop.order(person)
    cancelled = person.post(f"/v1/orders/{order['id']}/cancel")
    assert (cancelled.status_code, cancelled.json["state"]) == (200, "cancelled")
    assert shop.stock() == (2 * TONNE, 0, 0)
    shop.deliver()
    assert shop.get(person, order)["payment"]["status"] == "cancelled"
    assert shop.bank.books()["captured"] == 0


def test_a_paid_order_cannot_be_called_off(shop, person):
    order = shop.buy(person)
    answer = person.post(f"/v1/orders/{order['id']}/cancel")
    assert (answer.status_code, answer.json["code"]) == (409, "orders.already_paid")


def test_another_persons_order_is_as_missing_as_one_that_never_was(shop, person, new_person):
    order = shop.order(person)
    stranger = new_person()
    for path in (f"/v1/orders/{order['id']}", "/v1/orders/ord_01jb0000000000000000000000"):
        assert stranger.get(path).status_code == 404
        assert stranger.post(f"{path}/cancel").status_code == 404
    assert shop.get(person, order)["state"] == "awaiting_payment"
    assert stranger.get("/v1/orders").json["items"] == []


def test_orders_come_latest_first_in_pages(shop, person):
    placed = [shop.order(person)["id"] for _ in range(3)]
    first = person.get("/v1/orders?limit=2").json
    second = person.get(f"/v1/orders?limit=2&cursor={first['next_cursor']}").json
    assert [item["id"] for item in first["items"] + second["items"]] == placed[::-1]


def test_a_sold_out_project_refuses_the_order_and_holds_nothing(shop, person, new_person):
    quote = shop.quote(person, 2 * TONNE)
    buy_up(shop, new_person())
    answer = shop.try_order(person, quote=quote)
    assert (answer.status_code, answer.json["code"]) == (409, "lots.insufficient_stock")
    assert shop.count("orders", "state <> 'retired'") == 0


def test_nobody_orders_while_the_checkout_is_paused(shop, person, in_transaction, app):
    from datetime import UTC, datetime

    from backend.platform.ops.switches import PAUSE_CHECKOUT, Switch

    quote = shop.quote(person)
    in_transaction(
        lambda session: session.add(
            Switch(name=PAUSE_CHECKOUT, is_on=True, reason="test", changed_by="usr_x", changed_at=datetime.now(UTC))
        )
    )
    app.extensions.pop("carbon.switches", None)
    answer = shop.try_order(person, quote=quote)
    assert (answer.status_code, answer.json["code"]) == (503, "service.paused")


def test_an_order_is_set_against_the_year_it_names(shop, person):
    body = {"quote_id": shop.quote(person)["id"], "beneficiary": "Lin", "year": 2025}
    assert person.post("/v1/orders", body).json["purpose"] == "footprint:2025"


@pytest.mark.concurrency
def test_the_same_key_many_times_at_once_is_one_order_and_one_answer(shop, person, parallel):
    quote = shop.quote(person)
    race = parallel(8, lambda _index: shop.try_order(person, quote=quote, key="k"))
    assert race.errors == []
    assert {answer.status_code for answer in race.results} <= {201, 409, 503}
    assert len({answer.data for answer in race.results if answer.status_code == 201}) == 1
    assert shop.try_order(person, quote=quote, key="k").status_code == 201
    (_payment,) = shop.bank.payments_of(shop.try_order(person, quote=quote, key="k").json["id"])
    assert (shop.count("orders"), shop.stock()[1]) == (1, GRAMS)


@pytest.mark.concurrency
def test_one_quote_with_twenty_keys_at_once_becomes_one_order_and_nineteen_refusals(shop, person, parallel):
    quote = shop.quote(person)
    race = parallel(20, lambda index: shop.try_order(person, quote=quote, key=f"k{index}"))
    assert race.errors == []
    told = sorted(answer.json.get("code", "placed") for answer in race.results)
    assert set(told) <= {"placed", "checkout.quote_used", "service.busy"}
    assert told.count("placed") == 1
    assert (shop.count("orders"), shop.stock()[1]) == (1, GRAMS)
