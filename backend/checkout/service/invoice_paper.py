"""Receipts, invoices and credit notes on paper, in the reader's language, from the facts that were frozen.

The same facts and language give the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from babel.dates import format_date
from reportlab.platypus import Flowable, Spacer, Table, TableStyle

from backend import paper
from backend.checkout.domain import InvoiceFacts
from backend.paper import paragraph
from backend.platform.core import i18n
from backend.platform.core.i18n import Language, in_kilograms, pick
from offsets import Money

NO_FACTS: Mapping[str, object] = MappingProxyType({})
RECEIPT, INVOICE, CREDIT_NOTE, FAPIAO = "receipt", "invoice", "credit_note", "fapiao"
_TENTH = 10


class _Words:
    """How a paper says things in one language."""

    def __init__(self, language: Language, currency: str) -> None:
        self.language = language
        self._currency = currency

    def __call__(self, code: str, facts: Mapping[str, object] = NO_FACTS) -> str:
        return i18n.text("invoice", code, language=self.language, **facts)

    def money(self, minor: int) -> str:
        return Money(minor, self._currency).format(self.language.key)

    def day(self, written: str) -> str:
        return str(format_date(datetime.fromisoformat(written), "long", locale=self.language.locale))


def print_paper(facts: InvoiceFacts, language: Language, *, is_receipt: bool = False) -> bytes:
    """The PDF of a receipt, an invoice or a credit note."""
    say = _Words(language, facts.currency)
    kind = RECEIPT if is_receipt else CREDIT_NOTE if facts.credits else INVOICE
    title = f"{say(kind)} {facts.number}"
    story: list[Flowable] = [
        paragraph(say(kind), "eyebrow"),
        paragraph(facts.number, "title" if kind != RECEIPT else "heading"),
        paragraph(say.day(facts.issued_at), "small"),
        *_parties(say, facts, is_receipt=is_receipt),
        *_lines(say, facts),
        *_notes(say, facts, kind),
    ]
    return paper.make_pdf(
        story,
        title=title,
        subject=facts.order_id,
        author=facts.seller.splitlines()[0] if facts.seller else "",
        language=language.tag,
        footer=f"{title} · {facts.order_id}",
    )


def _parties(say: _Words, facts: InvoiceFacts, *, is_receipt: bool) -> list[Flowable]:
    seller: list[Flowable] = [paragraph(say("seller"), "head")]
    seller += [paragraph(line) for line in facts.seller.splitlines()]
    buyer: list[Flowable] = []
    if not is_receipt:
        tax_number = [say("tax_number", {"number": facts.buyer.tax_number})] if facts.buyer.tax_number else []
        lines = [facts.buyer.name, *facts.buyer.address.splitlines(), *tax_number]
        buyer = [paragraph(say("buyer"), "head"), *(paragraph(line) for line in lines)]
    sides = Table([[seller, buyer]], colWidths=[paper.WIDTH / 2] * 2)
    sides.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (0, -1), 0)]))
    return [Spacer(1, 10), sides, Spacer(1, 12)]


def _lines(say: _Words, facts: InvoiceFacts) -> list[Flowable]:
    what = {"kilograms": f"{in_kilograms(facts.grams):,f}", "project": pick(facts.project, say.language)}
    rows = [[say("credits", what), ""]]
    if facts.credits:
        rows.append([say("credits_back", {"number": facts.credits}), say.money(-facts.total_minor)])
    else:
        rows += [[pick(line["label"], say.language), say.money(line["amount_minor"])] for line in facts.lines]
    sign = -1 if facts.credits else 1
    if facts.tax_permille:
        percent = f"{facts.tax_permille // _TENTH}.{facts.tax_permille % _TENTH}"
        rows.append([say("net"), say.money(sign * (facts.total_minor - facts.tax_minor))])
        rows.append([say("tax", {"percent": percent}), say.money(sign * facts.tax_minor)])
    rows.append([say("total"), say.money(sign * facts.total_minor)])
    head = [say("head_what"), say("head_amount", {"currency": facts.currency})]
    return [
        paper.table(head, rows, (0.72, 0.28), numbers_from=1),
        Spacer(1, 8),
    ]


def _notes(say: _Words, facts: InvoiceFacts, kind: str) -> list[Flowable]:
    notes = [say("paid") if kind != CREDIT_NOTE else say("given_back")]
    if not facts.tax_permille:
        notes.append(say("no_tax"))
    if kind == RECEIPT:
        notes.append(say("no_invoice"))
    elif facts.buyer.kind == FAPIAO:
        notes.append(say("fapiao_follows"))
    notes.append(say("contribution"))
    return [paragraph(note, "small") for note in notes]
