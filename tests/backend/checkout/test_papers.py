"""Receipts, invoices, credit notes and certificates on paper: numbered without a gap, the same bytes each time."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
from sqlalchemy import text

from backend.checkout.service import invoices
from tests.backend.checkout.conftest import due_now
from tests.backend.checkout.test_refunds_by_an_operator import GRAMS_OF_1000
from tests.backend.registry.conftest import small_lot

SHOWN_IN = os.environ.get("CARBON_SHOW_PAPERS_IN")  # a folder: whoever wants to look at them
LANGUAGES = ("en", "zh-CN")
BUYER = {"name": "Lin 林 GmbH", "tax_number": "DE123456789", "address": "Hafenstraße 1\n20457 Hamburg"}
FAPIAO = {
    "kind": "fapiao",
    "name": "北京低碳科技有限公司",
    "tax_number": "91110108MA01ABCDEF",
    "address": "北京市海淀区中关村大街 1 号",
}


@pytest.fixture
def shop(empty_shop, shelf, app):
    settings = app.extensions["carbon.settings"]
    seller = "Carbon Account Ltd\n1 Leaf Street, London\nVAT GB 123 4567 89"
    app.extensions["carbon.settings"] = replace(settings, seller=seller, seller_tax_permille=190)
    shelf(small_lot("a", units=9))
    return empty_shop


def paper(person, path: str, language: str = "en") -> bytes:
    answer = person.get(path, headers={"Accept-Language": language})
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf"), answer.data[:300]
    if SHOWN_IN:
        name = f"{path.strip('/').replace('/', '_')}_{language}.pdf"
        (Path(SHOWN_IN) / name).write_bytes(answer.data)
    return answer.data


def written_on(printed: bytes) -> str:
    return "".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(printed))


def invoice(person, order, **buyer):
    return person.post(f"/v1/orders/{order['id']}/invoice", buyer or BUYER)


def test_a_paid_order_has_a_receipt_an_invoice_and_credit_notes(shop, person, new_person, client):
    order = shop.buy(person, GRAMS_OF_1000)
    finance = new_person(roles=("finance",))
    made = invoice(person, order)
    assert made.status_code == 201, made.json
    number = made.json["number"]
    assert number.startswith("INV-")
    assert number.endswith("-000001")
    back = {"reason": "agreed", "keeps_retirement": True, "amount_minor": 300}
    finance.post(f"/v1/operator/orders/{person.user_id}/{order['id']}/refunds", back)
    shop.deliver()
    shop.ring(person, order, "charge.refunded")
    shown = shop.get(person, order)["invoices"]
    assert [(one["number"][:3], one["amount_minor"]) for one in shown] == [("INV", 1000), ("CN-", 300)]
    assert invoice(person, order).json["number"] == number  # the first one stays
    certificate = f"/v1/certificates/{order['certificate_number']}/pdf"
    paths = (f"/v1/orders/{order['id']}/receipt", *(f"/v1/invoices/{one['number']}/pdf" for one in shown), certificate)
    for path in paths:
        printed = [paper(person, path, language) for language in LANGUAGES]
        assert printed[0] != printed[1]
        assert [paper(person, path, language) for language in LANGUAGES] == printed
        assert all("\N{REPLACEMENT CHARACTER}" not in written_on(one) for one in printed)
    stranger = new_person()
    assert stranger.get(f"/v1/invoices/{number}/pdf").status_code == 404
    assert client.get(certificate).status_code == 200  # a certificate is anybody's to see
    page = client.get(f"/v1/certificates/{order['certificate_number']}/page", headers={"Accept-Language": "zh-CN"})
    assert "用以支持他处的气候行动" in page.text


def test_a_fapiaos_data_and_a_price_without_tax_are_said_so(shop, person, app):
    app.extensions["carbon.settings"] = replace(app.extensions["carbon.settings"], seller_tax_permille=0)
    order = shop.buy(person, 900_000)
    number = invoice(person, order, **FAPIAO).json["number"]
    assert paper(person, f"/v1/invoices/{number}/pdf", "zh-CN")


def test_nothing_is_invoiced_or_receipted_before_it_is_paid(shop, person):
    order = shop.order(person)
    for answer in (invoice(person, order), person.get(f"/v1/orders/{order['id']}/receipt")):
        assert (answer.status_code, answer.json["code"]) == (409, "orders.nothing_captured")


def test_a_refund_before_the_invoice_gets_its_credit_note_with_it(shop, person, in_transaction):
    order = shop.buy(person, GRAMS_OF_1000)
    shop.bank.refund(shop.bank.payment_of(order["id"]), 250)
    in_transaction(due_now)
    shop.reconcile()
    invoice(person, order)
    assert [one["amount_minor"] for one in shop.get(person, order)["invoices"]] == [1000, 250]


@pytest.mark.concurrency
def test_invoices_at_once_are_numbered_without_a_gap(shop, new_person, parallel):
    people = [new_person() for _ in range(6)]
    orders = [shop.buy(one, 100_000) for one in people]
    race = parallel(6, lambda index: invoice(people[index], orders[index]).json["number"])
    assert race.errors == []
    assert sorted(int(number[-6:]) for number in race.results) == [1, 2, 3, 4, 5, 6]


def test_control_a_number_given_outside_the_transaction_leaves_a_gap_that_the_invariant_sees(
    shop, person, in_transaction
):
    order = shop.buy(person, 100_000)
    taken = in_transaction(lambda session: invoices._next_place(session, "INV-2020"))
    assert taken == 1
    (violation,) = in_transaction(lambda session: list(invoices.verify(session)), read_only=True)
    assert "INV-2020" in violation.row
    in_transaction(lambda session: session.execute(text("DELETE FROM invoice_series WHERE series = 'INV-2020'")))
    assert shop.get(person, order)["invoices"] == []


def test_a_number_that_is_undone_is_given_again(shop, person, monkeypatch):
    order = shop.buy(person, 100_000)
    with monkeypatch.context() as broken:
        broken.setattr(invoices, "credit_refunds", lambda *_: 1 / 0)
        assert invoice(person, order).status_code == 500
    assert invoice(person, order).json["number"].endswith("-000001")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_badge_is_a_picture_that_says_what_it_is_and_runs_nothing(language, shop, person, client):
    from offsets import find_forbidden_anywhere

    order = shop.buy(person, GRAMS_OF_1000)
    answer = client.get(
        f"/v1/certificates/{order['certificate_number']}/badge.svg", headers={"Accept-Language": language}
    )
    assert answer.mimetype == "image/svg+xml"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "<script" not in answer.text
    assert "href" not in answer.text
    assert "1,123.5" in answer.text
    assert find_forbidden_anywhere(answer.text) == ()
    if SHOWN_IN:
        (Path(SHOWN_IN) / f"badge_{language}.svg").write_text(answer.text, encoding="utf-8")
