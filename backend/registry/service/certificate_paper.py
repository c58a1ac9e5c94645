"""A certificate on paper, in the reader's language, and its badge: from what was signed, so the same bytes each time.

How far the registry has followed changes with time: that is said on the page to which the code leads, not on paper.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from babel.dates import format_date
from babel.numbers import format_decimal
from reportlab.platypus import Flowable, Spacer, Table, TableStyle

from backend import paper
from backend.paper import paragraph
from backend.platform.core import i18n
from backend.platform.core.i18n import Language, in_kilograms, pick
from backend.registry.domain import CertificateView

NO_FACTS: Mapping[str, object] = MappingProxyType({})
QR_SIDE = 92
FOOTPRINT = "footprint:"
# of the badge, in pixels; a Chinese character is as wide as two Latin ones
_BADGE_HEIGHT, _CHARACTER, _EDGE, _LATIN = 56, 7, 14, 0x2E80


def find_year(view: CertificateView) -> str:
    """The year whose footprint the credits are set against; empty for another purpose."""
    purpose = str(view.payload["retirements"][0]["purpose"])
    return purpose.removeprefix(FOOTPRINT) if purpose.startswith(FOOTPRINT) else ""


def print_certificate(view: CertificateView, language: Language) -> bytes:
    """The PDF of a certificate."""
    say = _Words(language)
    project, number = view.payload["project"], view.number
    left: list[Flowable] = [
        paragraph(say("title"), "eyebrow"),
        paragraph(say("grams", {"kilograms": say.kilograms(view)}), "figure"),
        paragraph(say("retired_for", {"name": view.beneficiary}) if view.beneficiary else say("retired_unnamed")),
        paragraph(say("issued_on_day", {"day": say.day(view.payload["issued_at"])}), "small"),
    ]
    story: list[Flowable] = [
        _side_by_side(left, paper.fitted_qr(view.url, QR_SIDE)),
        *([paragraph(say("demonstration"), "heading")] if _is_demonstration(view) else []),
        Spacer(1, 8),
        *([paragraph(say.plain_words(view))] if find_year(view) else []),
        paragraph(say("meaning")),
        Spacer(1, 8),
        _facts(say, view, project),
        Spacer(1, 8),
        paragraph(say("check_here", {"address": view.url}), "small"),
    ]
    title = f"{say('title')} {number}"
    return paper.make_pdf(
        story, title=title, subject=number, author=view.url.rsplit("/v1/", 1)[0], language=language.tag, footer=title
    )


def draw_badge(view: CertificateView, language: Language) -> str:
    """An SVG to embed: what was retired, for which year, and that it is a contribution; it runs and loads nothing."""
    say = _Words(language)
    first = say("badge", {"kilograms": say.kilograms(view)})
    second = say("badge_year", {"year": find_year(view)}) if find_year(view) else say("badge_contribution")
    if _is_demonstration(view):
        second = say("badge_demonstration")
    width = 2 * _EDGE + 16 + _CHARACTER * max(_measure(first), _measure(second))
    title = f"{first} {second} {view.number}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{_BADGE_HEIGHT}" role="img"'
        f" lang={quoteattr(language.tag)} aria-label={quoteattr(title)}>"
        f"<title>{escape(title)}</title>"
        f'<rect width="{width}" height="{_BADGE_HEIGHT}" rx="8" fill="#eff6f2" stroke="#1f6b4f"/>'
        f'<rect x="8" y="10" width="4" height="{_BADGE_HEIGHT - 20}" rx="2" fill="#1f6b4f"/>'
        f'<g font-family="system-ui, sans-serif" fill="#17211d">'
        f'<text x="{_EDGE + 8}" y="24" font-size="13" font-weight="600">{escape(first)}</text>'
        f'<text x="{_EDGE + 8}" y="43" font-size="12" fill="#46534d">{escape(second)}</text></g></svg>'
    )


class _Words:
    """How a certificate says things in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, code: str, facts: Mapping[str, object] = NO_FACTS) -> str:
        # the face of the papers has no small figure two
        return i18n.text("certificate", code, language=self.language, **facts).replace("₂", "2")

    def kilograms(self, view: CertificateView) -> str:
        return str(format_decimal(in_kilograms(view.payload["grams"]), locale=self.language.locale))

    def day(self, written: str) -> str:
        return str(format_date(datetime.fromisoformat(written), "long", locale=self.language.locale))

    def plain_words(self, view: CertificateView) -> str:
        return self("plain_words", {"kilograms": self.kilograms(view), "year": find_year(view)})


def _facts(say: _Words, view: CertificateView, project: Mapping[str, Any]) -> Table:
    rows = [
        [say("number"), view.number],
        *([[say("for_year"), find_year(view)]] if find_year(view) else []),
        [say("project"), f"{pick(project['title'], say.language)} ({project['country']})"],
        [say("standard"), f"{project['standard']} · {project['methodology']}"],
        *(
            [say("serials"), f"{item['serials']} · {say('vintage', {'year': item['vintage']})}"]
            for item in view.payload["retirements"]
        ),
    ]
    return paper.table([say("what"), ""], rows, (0.26, 0.74), numbers_from=2)


def _is_demonstration(view: CertificateView) -> bool:
    return any(item["demonstration"] for item in view.payload["retirements"])


def _measure(text: str) -> int:
    return sum(2 if ord(character) >= _LATIN else 1 for character in text)


def _side_by_side(left: list[Flowable], right: Flowable) -> Table:
    sides = Table([[left, right]], colWidths=[paper.WIDTH * 0.8, paper.WIDTH * 0.2])
    style = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (0, 0), 0),
        ("ALIGN", (1, 0), (1, 0), "RIGHT"),
    ]
    sides.setStyle(TableStyle(style))
    return sides
