"""The badge of a certificate for somebody's page, and the words that badge and paper share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from xml.sax.saxutils import escape, quoteattr

from babel.dates import format_date
from babel.numbers import format_decimal

from backend.platform.core import i18n
from backend.platform.core.i18n import Language, in_kilograms
from backend.registry.domain import CertificateView

NO_FACTS: Mapping[str, object] = MappingProxyType({})
FOOTPRINT = "footprint:"
# of the badge, in pixels; a Chinese character is as wide as two Latin ones
_BADGE_HEIGHT, _CHARACTER, _EDGE, _LATIN = 56, 7, 14, 0x2E80


def find_year(view: CertificateView) -> str:
    """The year whose footprint the credits are set against; empty for another purpose."""
    purpose = str(view.payload["retirements"][0]["purpose"])
    return purpose.removeprefix(FOOTPRINT) if purpose.startswith(FOOTPRINT) else ""


def is_demonstration(view: CertificateView) -> bool:
    """Whether what was retired is made up, to show how it goes."""
    return any(item["demonstration"] for item in view.payload["retirements"])


def draw_badge(view: CertificateView, language: Language) -> str:
    """An SVG to embed: what was retired, for which year, and that it is a contribution; it runs and loads nothing."""
    say = CertificateWords(language)
    first = say("badge", {"kilograms": say.kilograms(view)})
    second = say("badge_year", {"year": find_year(view)}) if find_year(view) else say("badge_contribution")
    if is_demonstration(view):
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


class CertificateWords:
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


def _measure(text: str) -> int:
    return sum(2 if ord(character) >= _LATIN else 1 for character in text)
