"""A buyer hears of their order, payment, lapse, refund and certificate: in the inbox and by mail, once each."""

from __future__ import annotations

from datetime import timedelta

from backend.inbox.service import note_texts
from backend.inbox.service.kinds import get_kind
from backend.platform.core import i18n

FACTS = {
    "order_id": "order_x",
    "project": {"en": "Peat", "zh": "泥炭"},
    "grams": 1500,
    "amount": {"minor": 500, "currency": "JPY"},
    "number": "7Q3D-0K9M-XT5V-2HRA8",
}
KINDS = ("order.placed", "order.paid", "order.lapsed", "order.refunded", "order.refund_declined", "certificate.issued")


def notes(person, language="en"):
    items = person.get("/v1/inbox", headers={"Accept-Language": language}).json["items"]
    return {note["kind"]: note for note in items if note["kind"].startswith(("order.", "certificate."))}


def test_a_purchase_is_told_step_by_step_and_once(shop, person):
    order = shop.buy(person)
    for _ in range(3):
        shop.ring(person, order)
    told = notes(person)
    assert sorted(told) == ["certificate.issued", "order.paid", "order.placed"]
    assert "$0.54" in told["order.paid"]["title"]
    assert "60 kg" in told["order.placed"]["title"]
    assert order["certificate_number"] in told["certificate.issued"]["title"]
    assert shop.count("inbox_notes", "kind IN ('order.placed', 'order.paid', 'certificate.issued')") == 3
    assert "US$0.54" in notes(person, "zh-CN")["order.paid"]["title"]


def test_a_lapse_and_every_refund_is_told(shop, person, later):
    order = shop.order(person)
    payment_id = shop.pay(order)
    later(timedelta(hours=2))
    assert shop.lapse() == 1
    assert notes_now(shop, person) == {"order.placed", "order.lapsed"}
    shop.bank.refund(payment_id, 20)
    shop.bank.refund(payment_id)
    shop.ring(person, order, "charge.refunded")
    assert shop.count("inbox_notes", "kind = 'order.refunded'") == 2


def notes_now(shop, person):
    return {kind for kind in KINDS if shop.count("inbox_notes", f"kind = '{kind}' AND user_id = '{person.user_id}'")}


def test_every_kind_has_its_words_in_both_languages_and_is_mailed(app):
    with app.app_context():
        said = [note_texts.compose(kind, FACTS, language) for kind in KINDS for language in i18n.list_offered()]
    assert all(get_kind(kind).is_mailed for kind in KINDS)
    assert len({words.title for words in said}) == 2 * len(KINDS)
    assert not any("{" in words.title + words.body for words in said)
    assert not any("500.00" in words.title + words.body for words in said)  # a yen has no cents
