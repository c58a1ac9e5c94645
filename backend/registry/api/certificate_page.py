"""How the certificate's page says things: words, figures and days in the reader's language, and the QR code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import segno
from babel.dates import format_date
from babel.numbers import format_decimal

from backend.platform.core import i18n
from backend.platform.core.i18n import pick
from backend.registry import service


def wording() -> Mapping[str, Callable[..., str]]:
    """What the template calls: `say(code)`, `in_language(texts)`, `figure(n)`, `kilograms(grams)`, `day(instant)`,
    `qr_code(url)`.
    """
    language = i18n.current_language()

    def in_language(said: Mapping[str, str]) -> str:
        return pick(said, language)

    def day(instant: str) -> str:
        return format_date(datetime.fromisoformat(instant), "long", locale=language.locale)

    def say(code: str, **facts: Any) -> str:
        return i18n.text("certificate", code, **facts)

    return {
        "say": say,
        "year_of": service.find_year,
        "in_language": in_language,
        "kilograms": lambda grams: format_decimal(i18n.in_kilograms(grams), locale=language.locale),
        "figure": lambda number: format_decimal(number, locale=language.locale),
        "day": day,
        "qr_code": lambda url: segno.make(url, error="m").svg_data_uri(scale=4, border=2),
    }
