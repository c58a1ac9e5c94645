"""A statement on paper, in the reader's language: what it came to at a glance, then everything it rests on.

Printed from the file that was issued, so that paper and file cannot differ; signed over every byte.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal
from reportlab.platypus import Flowable, KeepTogether, Spacer, Table, TableStyle

from backend import paper
from backend.paper import Bars, Columns, Share, paragraph
from backend.platform.core import i18n
from backend.platform.core.i18n import Language, pick
from backend.platform.privacy import signed_documents
from backend.portfolio.service.equivalents import list_equivalents
from calculators import load_library
from offsets import PAPER, sign_paper

Facts = Mapping[str, Any]

KILOGRAM = 1000
QR_SIDE = 66
MOST_EQUIVALENTS = 3
HASH_SHOWN = 12
SKELETONS = {"month": "yMMMM", "year": "y"}  # what of the day names a period
FIRST_SHOWN = ("credit", "collection")


class _Words:
    """How things are said in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, code: str, **facts: Any) -> str:
        return i18n.text("statement", code, language=self.language, **facts)

    def number(self, value: int) -> i18n.Number:
        return i18n.Number(value, self.language)

    def mass(self, grams: int) -> str:
        """Grams below a kilogram, else kilograms to the gram: nothing is rounded away."""
        if abs(grams) < KILOGRAM:
            return self("grams", amount=self.number(grams))
        kilograms = format_decimal(grams / KILOGRAM, format="#,##0.###", locale=self.language.locale)
        return self("kilograms", amount=kilograms)

    def day(self, on: str) -> str:
        return str(format_date(datetime.fromisoformat(on).date(), "long", locale=self.language.locale))

    def period(self, period: Facts) -> str:
        first = date.fromisoformat(period["from"])
        return str(format_skeleton(SKELETONS[period["kind"]], first, locale=self.language.locale))


def print_statement(file: bytes, language: Language) -> bytes:
    """The PDF of a statement's file, signed in its last line; that of a draft says so and is not signed."""
    read = json.loads(file)
    facts, holder, is_signed = read["statement"], read["holder"], read["signature"] is not None
    say = _Words(language)
    name = holder["name"] if holder else None
    story: list[Flowable] = [
        *_opening(say, facts, name, is_signed=is_signed),
        *_glance(say, facts),
        *_parts(say, facts),
        *_methodologies(say, facts),
        *_points(say, facts),
        *_offsets(say, facts),
        *_proof(say, facts, is_signed=is_signed),
    ]
    title = f"{say('title')} {say.period(facts['period'])}"
    number = facts["number"] or say("draft")
    made = paper.make_pdf(
        story,
        title=title,
        subject=number,
        author=facts["issuer"],
        language=language.tag,
        footer=f"{title} · {number}",
    )
    return sign_paper(made, signed_documents.sign_detached(made, PAPER)) if is_signed else made


def _opening(say: _Words, facts: Facts, name: str | None, *, is_signed: bool) -> list[Flowable]:
    told = [paragraph(say("title"), "eyebrow"), paragraph(say.period(facts["period"]), "title")]
    told.append(paragraph(say("for_name", name=name) if name else say("name_withheld")))
    regions = load_library().tables.regions
    place = {"region": regions.name_of(facts["region"], say.language.key), "zone": facts["period"]["zone"]}
    told.append(paragraph(say("place", **place), "small"))
    if not is_signed:
        told.append(paragraph(say("draft_long"), "small"))
        return [_side_by_side(told, [], 0.8)]
    told.append(
        paragraph(say("issued", number=facts["number"], day=say.day(facts["issued_at"])), "small"),
    )
    return [_side_by_side(told, [paper.fitted_qr(_address(facts), QR_SIDE)], 0.84)]


def _glance(say: _Words, facts: Facts) -> list[Flowable]:
    total = facts["reductions"]["total"]
    regions = load_library().tables.regions
    inside: list[Flowable] = [
        paragraph(say.mass(total["credited_g"]), "figure"),
        paragraph(say("credited", activities=say.number(total["activities"]))),
        *_held(say, facts["reductions"]["held"]),
        Spacer(1, 4),
        paragraph(
            say(
                "compared",
                region=regions.name_of(facts["region"], say.language.key),
                baseline=say.mass(total["baseline_g"]),
                project=say.mass(total["project_g"]),
                reduction=say.mass(total["reduction_g"]),
                low=say.mass(total["low_g"]),
                high=say.mass(total["high_g"]),
            )
        ),
    ]
    on = date.fromisoformat(facts["period"]["until"])
    found = list_equivalents(total["credited_g"], facts["region"], on, say.language)[:MOST_EQUIVALENTS]
    if found:
        inside += [Spacer(1, 5), paragraph(" · ".join(one.text for one in found))]
        sources = "; ".join(f"{one.figure.publisher} {one.figure.year} ({one.figure.region})" for one in found)
        inside.append(paragraph(say("sources", sources=sources), "small"))
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


def _held(say: _Words, held: Facts) -> list[Flowable]:
    if not held["activities"]:
        return []
    said = {"amount": say.mass(held["credited_g"]), "activities": say.number(held["activities"])}
    return [paragraph(say("held", **said), "small")]


def _parts(say: _Words, facts: Facts) -> list[Flowable]:
    reductions, shown = facts["reductions"], []
    if reductions["by_category"]:
        bars = [
            Share(
                i18n.text("category", part["category"], language=say.language),
                part["credited_g"],
                say.mass(part["credited_g"]),
            )
            for part in reductions["by_category"]
        ]
        shown.append(KeepTogether([paragraph(say("by_category"), "heading"), Bars(bars)]))
    if facts["period"]["kind"] == "year":
        by_month = {part["month"]: part["credited_g"] for part in reductions["by_month"]}
        columns = [_month(say, facts["period"]["text"], month, by_month) for month in range(1, 13)]
        shown.append(KeepTogether([paragraph(say("by_month"), "heading"), Columns(columns)]))
    return shown


def _month(say: _Words, year: str, month: int, by_month: Mapping[str, int]) -> Share:
    grams = by_month.get(f"{year}-{month:02}", 0)
    label = format_date(date(int(year), month, 1), "LLL", locale=say.language.locale)
    return Share(str(label), grams, str(format_decimal(grams / KILOGRAM, format="#,##0.0", locale=say.language.locale)))


def _methodologies(say: _Words, facts: Facts) -> list[Flowable]:
    rows = [
        [
            pick(one["title"], say.language),
            say("version", version=version["version"], sha256=version["sha256"][:HASH_SHOWN]),
            str(say.number(version["activities"])),
            say.mass(version["baseline_g"]),
            say.mass(version["project_g"]),
            say("range", low=say.number(version["low_g"]), high=say.number(version["high_g"])),
            _credit(say, version),
        ]
        for one in facts["reductions"]["by_methodology"]
        for version in one["versions"]
    ]
    if not rows:
        return [paragraph(say("by_methodology"), "heading"), paragraph(say("nothing_logged"))]
    head = [
        say(f"head.{name}") for name in ("methodology", "version", "times", "baseline", "project", "range", "credit")
    ]
    made = paper.table(head, rows, (0.2, 0.2, 0.07, 0.12, 0.12, 0.16, 0.13), numbers_from=2)
    return [paragraph(say("by_methodology"), "heading"), made, Spacer(1, 3), paragraph(say("how_to_read"), "small")]


def _credit(say: _Words, version: Facts) -> str:
    if version["behaviour_points"] and not version["credited_g"]:
        return say("behaviour", points=say.number(version["behaviour_points"]))
    return say.mass(version["credited_g"])


def _points(say: _Words, facts: Facts) -> list[Flowable]:
    moved = facts["points"]["moved"]
    kinds = [kind for kind in FIRST_SHOWN if kind in moved] + sorted(moved.keys() - set(FIRST_SHOWN))
    rows = [
        [say("opening"), _balance(say, facts["points"]["opening"])],
        *([i18n.text("entry_kind", kind, language=say.language), str(say.number(moved[kind]))] for kind in kinds),
        [say("closing"), _balance(say, facts["points"]["closing"])],
    ]
    made = paper.table([say("head.points"), say("head.amount")], rows, (0.55, 0.45), numbers_from=1)
    return [
        KeepTogether([paragraph(say("points"), "heading"), made, Spacer(1, 3), paragraph(say("points_are"), "small")])
    ]


def _balance(say: _Words, balances: Facts) -> str:
    return say("balances", **{name: say.number(amount) for name, amount in balances.items()})


def _offsets(say: _Words, facts: Facts) -> list[Flowable]:
    if not facts["offsets"]:
        return [KeepTogether([paragraph(say("offsets"), "heading"), paragraph(say("no_offsets"))])]
    rows = [
        [
            say.day(one["retired_at"]),
            f"{one['serials']} ({one['vintage']}){say('demonstration') if one['demonstration'] else ''}",
            one["certificate"] or "",
            say.mass(one["grams"]),
        ]
        for one in facts["offsets"]
    ]
    head = [say(f"head.{name}") for name in ("day", "serials", "certificate", "grams")]
    made = paper.table(head, rows, (0.17, 0.43, 0.24, 0.16), numbers_from=3)
    return [paragraph(say("offsets"), "heading"), made, Spacer(1, 3), paragraph(say("offsets_apart"), "small")]


def _proof(say: _Words, facts: Facts, *, is_signed: bool) -> list[Flowable]:
    if not is_signed:
        return []
    entry = facts["ledger"]
    lines = [
        paragraph(say("proof"), "heading"),
        paragraph(say("proof_long", address=_address(facts))),
        paragraph("python -m offsets verify statement.pdf --keys keys.json", "code"),
        paragraph(say("ledger", sequence=say.number(entry["sequence"]), sha256=entry["sha256"]), "code"),
    ]
    return [KeepTogether(lines)]


def _address(facts: Facts) -> str:
    return f"{facts['issuer']}/v1/statements/{facts['number']}/verify"


def _side_by_side(left: list[Flowable], right: list[Flowable], share: float) -> Table:
    made = Table([[left, right]], colWidths=[paper.WIDTH * share, paper.WIDTH * (1 - share)])
    made.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 0),
                ("ALIGN", (1, 0), (1, 0), "RIGHT"),
            ]
        )
    )
    return made
