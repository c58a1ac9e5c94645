"""The second half of the main job: a purchase becomes a retired credit and an honest sentence."""

from __future__ import annotations

import time
from typing import Any

from backend.demo.phone import StoryBroken, Teller, figure, grams, say, scene
from backend.platform.core import clock

PROJECT = "katingan-peatland"
GRAMS = 1_250_000
DECLINED_CARD, GOOD_CARD = "4000 0000 0000 0002", "4242 4242 4242 4242"
PATIENCE_S = 10.0
SHOWN = 4  # options
# What Lin says of herself: a flat of two, the metro, little red meat, every second year a flight to another continent.
LIN: dict[str, Any] = {
    "household_size": 2,
    "dwelling_area": 62,
    "electricity": 1900,
    "district_heat": {"value": "18", "unit": "GJ"},
    "red_meat": "0.5",
    "pork": 2,
    "rice": 8,
    "car_km": 600,
    "metro": {"value": "90", "unit": "km"},
    "train": 2400,
    "flights_short": "0.5",
    "flights_medium": 0,
    "flights_long": "0.5",
    "smartphones": "0.33",
}


def a_purchase(lin: Teller) -> None:
    """Reduce first, then offset: quote, order, two cards, certificate, neutrality."""
    year = clock.now().year
    what_remains(lin, year)
    order = a_quote_becomes_an_order(lin, year)
    number = two_cards(lin, order)
    a_certificate_anyone_can_check(lin, number)
    neutrality(lin, year)


def what_remains(lin: Teller, year: int) -> None:
    """The footprint of the year, first all default, then with a few answers; what would lower it, and what remains."""
    scene(f"What did the year emit?   PUT /v1/footprints/{year}")
    unanswered = lin.get(f"/v1/footprints/{year}")
    show_footprint("nothing answered", unanswered)
    footprint = lin.put(f"/v1/footprints/{year}", {"answers": LIN})
    show_footprint(f"{footprint['answered']} answers of {footprint['questions']}", footprint)
    figure("range", f"{footprint['low_g']:,}", f"to {footprint['high_g']:,} g")
    for category in footprint["categories"]:
        figure(category["category"], grams(category["grams"]), f"{category['default_share_pct']} % default")
    scene(f"What could still be reduced?   GET /v1/footprints/{year}/options")
    reducible = lin.get(f"/v1/footprints/{year}/options")
    for option in reducible["options"][:SHOWN]:
        figure(option["id"].replace("_", " "), grams(option["grams"]), who_credits(option["methodology"]))
    for target in reducible["targets"][:1]:
        say(f"The 1.5 °C lifestyle of {target['year']}: {grams(target['grams'])}; {grams(target['gap_g'])} above it.")
    scene(f"What is left to reduce or to offset?   GET /v1/neutrality/{year}")
    books = lin.get(f"/v1/neutrality/{year}")
    figure("remaining", grams(books["remaining_g"]), "footprint − retired − verified growth")
    say(books["claim"]["sentence"])


def who_credits(rule: dict[str, Any] | None) -> str:
    """The methodology that would credit an option, where there is one."""
    if rule is None:
        return "no methodology is about it"
    return f"credited by {rule['id']}" if rule["has_figures"] else f"{rule['id']} has no figures for here yet"


def show_footprint(label: str, footprint: dict[str, Any]) -> None:
    """A total, and how much of it is default."""
    why = f"figures of {footprint['used']['name']}, {footprint['default_share_pct']} % of it default"
    figure(label, grams(footprint["total_g"]), why)


def a_quote_becomes_an_order(lin: Teller, year: int) -> dict[str, Any]:
    """A price that holds, the credits set aside, and a payment to make."""
    scene("A quote, and an order that holds the credits")
    quote = lin.post("/v1/quotes", {"project": PROJECT, "grams": GRAMS, "currency": "USD"}, key="quote-1")
    for line in quote["lines"]:
        figure(line["label"]["en"], money(line["amount_minor"], quote["currency"]), line["working"])
    if quote["reduce_first"]:
        say(quote["reduce_first"]["advice"])
    wish = {"quote_id": quote["id"], "beneficiary": "Lin 林", "year": year}
    order: dict[str, Any] = lin.post("/v1/orders", wish, key="order-1")
    say(f"{order['id']} is {order['state']}; {grams(order['grams'])} are held until {order['hold_expires_at']}.")
    return order


def two_cards(lin: Teller, order: dict[str, Any]) -> str:
    """One card is declined, the next pays; the provider's notice settles the order. Returns the certificate number."""
    scene("Lin pays on the provider's page")
    page = order["payment"]["page_url"]
    lin.fill_in(page, {"number": DECLINED_CARD, "expiry": "12 / 34", "cvc": "123"})
    shown = lin.get(f"/v1/orders/{order['id']}")
    say(f"The first card is declined. The order is {shown['state']}, the credits are still held.")
    lin.fill_in(page, {"number": GOOD_CARD, "expiry": "12 / 34", "cvc": "123"})
    shown = until_certified(lin, order["id"])
    figure("captured", money(shown["payment"]["captured_minor"], shown["currency"]), f"the order is {shown['state']}")
    return str(shown["certificate_number"])


def a_certificate_anyone_can_check(lin: Teller, number: str) -> None:
    """Serials, the signature, and what happens to a number with one digit changed."""
    scene(f"The certificate   GET /v1/certificates/{number}")
    stranger = Teller(lin.url)
    certificate = stranger.get(f"/v1/certificates/{number}")
    figure("grams", f"{certificate['grams']:,}", f"retired for {certificate['beneficiary']}")
    for retired in certificate["retirements"]:
        say(f"Serials {retired['serials']}, vintage {retired['vintage']}, registry: {retired['registry_state']}.")
    wrong = number[:-1] + ("2" if number[-1] != "2" else "3")
    for tried in (number, wrong):
        verdict = stranger.get(f"/v1/certificates/{tried}/verify")
        say(f"{tried} is {'genuine' if verdict['is_genuine'] else 'not genuine'}.")


def neutrality(lin: Teller, year: int) -> None:
    """The year's books side by side, and the sentence that may be said, in two languages."""
    scene(f"How close to neutral?   GET /v1/neutrality/{year}")
    books = lin.get(f"/v1/neutrality/{year}")
    figure("footprint", grams(books["footprint"]["total_g"]))
    figure("retired", grams(books["retired_g"]), "credits, used up for ever")
    figure("remaining", grams(books["remaining_g"]), "still to reduce or to offset")
    for language in ("en", "zh-CN"):
        lin.language = language
        say(lin.get(f"/v1/neutrality/{year}")["claim"]["sentence"])


def until_certified(lin: Teller, order_id: str) -> dict[str, Any]:
    """The order once its certificate is there; raise `StoryBroken` when that takes too long."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        shown: dict[str, Any] = lin.get(f"/v1/orders/{order_id}")
        if shown["certificate_number"]:
            return shown
        time.sleep(0.1)
    raise StoryBroken(f"{order_id} was paid and has no certificate after {PATIENCE_S:.0f} s; it is {shown['state']}")


def money(minor: int, currency: str) -> str:
    """`11.13 USD`: every currency of the demo has two decimals."""
    return f"{minor // 100}.{minor % 100:02} {currency}"
