"""A statement on paper, in the reader's language: what it came to at a glance, then everything it rests on.

Printed from the file that was issued, so that paper and file cannot differ; signed over every byte.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType

from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal
from reportlab.platypus import Flowable, KeepTogether, Spacer, Table, TableStyle

from backend import paper
from backend.paper import Bars, Columns, Share, paragraph
from backend.platform.core import i18n
from backend.platform.core.i18n import Language, pick
from backend.platform.privacy import signed_documents
from backend.portfolio.domain import Sum
from backend.portfolio.service.equivalents import list_equivalents
from backend.portfolio.service.statements.statement_file import (
    GasFacts,
    HeldFacts,
    PeriodFacts,
    PointFacts,
    StatementFile,
    read_statement,
)
from backend.portfolio.service.sums import counted_gases
from calculators import load_library
from offsets import PAPER, sign_paper

KILOGRAM = 1000
NO_FACTS: Mapping[str, object] = MappingProxyType({})
QR_SIDE = 66
MOST_EQUIVALENTS = 3
HASH_SHOWN = 12
SKELETONS = {"month": "yMMMM", "year": "y"}  # what of the day names a period
FIRST_SHOWN = ("credit", "collection")


class _Words:
    """How things are said in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, code: str, facts: Mapping[str, object] = NO_FACTS) -> str:
        return i18n.text("statement", code, language=self.language, **facts)

    def number(self, value: int) -> i18n.Number:
        return i18n.Number(value, self.language)

    def mass(self, grams: int) -> str:
        """Grams below a kilogram, else kilograms to the gram: nothing is rounded away."""
        if abs(grams) < KILOGRAM:
            return self("grams", {"amount": self.number(grams)})
        kilograms = format_decimal(grams / KILOGRAM, format="#,##0.###", locale=self.language.locale)
        return self("kilograms", {"amount": kilograms})

    def day(self, on: date) -> str:
        return str(format_date(on, "long", locale=self.language.locale))

    def period(self, period: PeriodFacts) -> str:
        return str(format_skeleton(SKELETONS[period.kind], period.first_on, locale=self.language.locale))

    def place(self, region: str) -> str:
        return load_library().tables.regions.name_of(region, self.language.key)


def print_statement(file: bytes, language: Language) -> bytes:
    """The PDF of a statement's file, signed in its last line; that of a draft says so and is not signed."""
    statement, say = read_statement(file), _Words(language)
    story: list[Flowable] = [
        *_opening(say, statement),
        *_glance(say, statement),
        *_parts(say, statement),
        *_methodologies(say, statement),
        *_points(say, statement.points),
        *_offsets(say, statement),
        *_proof(say, statement),
    ]
    title = f"{say('title')} {say.period(statement.period)}"
    number = statement.number or say("draft")
    printed = paper.make_pdf(
        story,
        title=title,
        subject=number,
        author=statement.issuer,
        language=language.tag,
        footer=f"{title} · {number}",
    )
    if not statement.is_signed:
        return printed
    return sign_paper(printed, signed_documents.sign_detached(printed, PAPER))


def _opening(say: _Words, statement: StatementFile) -> list[Flowable]:
    name = statement.holder
    lines = [
        paragraph(say("title"), "eyebrow"),
        paragraph(say.period(statement.period), "title"),
        paragraph(say("for_name", {"name": name}) if name else say("name_withheld")),
        paragraph(say("place", {"region": say.place(statement.region), "zone": statement.period.zone}), "small"),
    ]
    if not statement.is_signed or statement.issued_on is None:
        return [_side_by_side([*lines, paragraph(say("draft_long"), "small")], [], 0.8)]
    issued = say("issued", {"number": statement.number, "day": say.day(statement.issued_on)})
    lines.append(paragraph(issued, "small"))
    return [_side_by_side(lines, [paper.fitted_qr(_address(statement), QR_SIDE)], 0.84)]


def _glance(say: _Words, statement: StatementFile) -> list[Flowable]:
    total = statement.total
    compared = {
        "region": say.place(statement.region),
        "baseline": say.mass(total.baseline_g),
        "project": say.mass(total.project_g),
        "reduction": say.mass(total.reduction_g),
        "low": say.mass(total.low_g),
        "high": say.mass(total.high_g),
    }
    inside: list[Flowable] = [
        paragraph(say.mass(total.credited_g), "figure"),
        paragraph(say("credited", {"activities": say.number(total.activities)})),
        *_held(say, statement.held),
        Spacer(1, 4),
        paragraph(say("compared", compared)),
        *_gases(say, statement.by_gas),
    ]
    equivalents = list_equivalents(total.credited_g, statement.region, statement.period.last_on, say.language)
    if shown := equivalents[:MOST_EQUIVALENTS]:
        inside += [Spacer(1, 5), paragraph(" · ".join(one.text for one in shown))]
        sources = "; ".join(f"{one.figure.publisher} {one.figure.year} ({one.figure.region})" for one in shown)
        inside.append(paragraph(say("sources", {"sources": sources}), "small"))
    box = Table([[inside]], colWidths=[paper.WIDTH])
    box.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, -1), paper.PALE),
                ("ROUNDEDCORNERS", [6, 6, 6, 6]),
                ("LEFTPADDING", (0, 0), (-1, -1), 14),
                ("RIGHTPADDING", (0, 0), (-1, -1), 14),
                ("TOPPADDING", (0, 0), (-1, -1), 10),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 12),
            ]
        )
    )
    return [Spacer(1, 10), box]


def _held(say: _Words, held: HeldFacts) -> list[Flowable]:
    if not held.activities:
        return []
    words = say("held", {"amount": say.mass(held.credited_g), "activities": say.number(held.activities)})
    return [paragraph(words, "small")]


def _gases(say: _Words, by_gas: Sequence[GasFacts]) -> list[Flowable]:
    """Which gases the total counts; of several kinds, how much is which. Statements from before do not say."""
    if not by_gas:
        return []
    gases = counted_gases((scope for one in by_gas for scope in one.scopes), say.language)
    parts = [f"{' + '.join(one.scopes)}: {say.mass(one.reduction_g)}" for one in by_gas] if len(by_gas) > 1 else []
    return [paragraph(" ".join([gases.text, *filter(None, [" · ".join(parts)])]), "small")]


def _parts(say: _Words, statement: StatementFile) -> list[Flowable]:
    shown: list[Flowable] = []
    if statement.by_category:
        bars = [
            Share(i18n.text("category", category, language=say.language), grams, say.mass(grams))
            for category, grams in statement.by_category.items()
        ]
        shown.append(KeepTogether([paragraph(say("by_category"), "heading"), Bars(bars)]))
    if statement.period.kind == "year":
        year = statement.period.first_on.year
        columns = [_month(say, date(year, month, 1), statement.by_month) for month in range(1, 13)]
        shown.append(KeepTogether([paragraph(say("by_month"), "heading"), Columns(columns)]))
    return shown


def _month(say: _Words, first_on: date, by_month: Mapping[str, int]) -> Share:
    grams = by_month.get(f"{first_on:%Y-%m}", 0)
    label = format_date(first_on, "LLL", locale=say.language.locale)
    return Share(str(label), grams, str(format_decimal(grams / KILOGRAM, format="#,##0.0", locale=say.language.locale)))


def _methodologies(say: _Words, statement: StatementFile) -> list[Flowable]:
    rows = [
        [
            pick(one.titles, say.language),
            say("version", {"version": one.version, "sha256": one.sha256[:HASH_SHOWN]}),
            str(say.number(one.sum.activities)),
            say.mass(one.sum.baseline_g),
            say.mass(one.sum.project_g),
            say("range", {"low": say.number(one.sum.low_g), "high": say.number(one.sum.high_g)}),
            _credit(say, one.sum),
        ]
        for one in statement.versions
    ]
    if not rows:
        return [paragraph(say("by_methodology"), "heading"), paragraph(say("nothing_logged"))]
    head = [
        say(f"head.{name}") for name in ("methodology", "version", "times", "baseline", "project", "range", "credit")
    ]
    listing = paper.table(head, rows, (0.2, 0.2, 0.07, 0.12, 0.12, 0.16, 0.13), numbers_from=2)
    return [paragraph(say("by_methodology"), "heading"), listing, Spacer(1, 3), paragraph(say("how_to_read"), "small")]


def _credit(say: _Words, total: Sum) -> str:
    if total.behaviour_points and not total.credited_g:
        return say("behaviour", {"points": say.number(total.behaviour_points)})
    return say.mass(total.credited_g)


def _points(say: _Words, points: PointFacts) -> list[Flowable]:
    kinds = [kind for kind in FIRST_SHOWN if kind in points.moved] + sorted(points.moved.keys() - set(FIRST_SHOWN))
    rows = [
        [say("opening"), _balance(say, points.opening)],
        *(
            [i18n.text("entry_kind", kind, language=say.language), str(say.number(points.moved[kind]))]
            for kind in kinds
        ),
        [say("closing"), _balance(say, points.closing)],
    ]
    listing = paper.table([say("head.points"), say("head.amount")], rows, (0.55, 0.45), numbers_from=1)
    return [
        KeepTogether(
            [paragraph(say("points"), "heading"), listing, Spacer(1, 3), paragraph(say("points_are"), "small")]
        )
    ]


def _balance(say: _Words, balances: Mapping[str, int]) -> str:
    return say("balances", {name: say.number(amount) for name, amount in balances.items()})


def _offsets(say: _Words, statement: StatementFile) -> list[Flowable]:
    if not statement.retirements:
        return [KeepTogether([paragraph(say("offsets"), "heading"), paragraph(say("no_offsets"))])]
    rows = [
        [
            say.day(one.retired_on),
            f"{one.serials} ({one.vintage}){say('demonstration') if one.is_demonstration else ''}",
            one.certificate or "",
            say.mass(one.grams),
        ]
        for one in statement.retirements
    ]
    head = [say(f"head.{name}") for name in ("day", "serials", "certificate", "grams")]
    listing = paper.table(head, rows, (0.17, 0.43, 0.24, 0.16), numbers_from=3)
    return [paragraph(say("offsets"), "heading"), listing, Spacer(1, 3), paragraph(say("offsets_apart"), "small")]


def _proof(say: _Words, statement: StatementFile) -> list[Flowable]:
    if not statement.is_signed:
        return []
    entry = statement.ledger
    lines = [
        paragraph(say("proof"), "heading"),
        paragraph(say("proof_long", {"address": _address(statement)})),
        paragraph("python -m offsets verify statement.pdf --keys keys.json", "code"),
        paragraph(say("ledger", {"sequence": say.number(entry.sequence), "sha256": entry.sha256}), "code"),
    ]
    return [KeepTogether(lines)]


def _address(statement: StatementFile) -> str:
    return f"{statement.issuer}/v1/statements/{statement.number}/verify"


def _side_by_side(left: list[Flowable], right: list[Flowable], share: float) -> Table:
    sides = Table([[left, right]], colWidths=[paper.WIDTH * share, paper.WIDTH * (1 - share)])
    sides.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 0),
                ("ALIGN", (1, 0), (1, 0), "RIGHT"),
            ]
        )
    )
    return sides
