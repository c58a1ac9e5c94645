"""The words of a note, made from its facts in the language of whoever reads it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from babel.dates import format_date
from babel.numbers import format_decimal

from backend.inbox.service.kinds import get_kind
from backend.platform.core import i18n
from backend.platform.core.i18n import Language, pick
from offsets import Money

LONGEST_PUSHED = 200


class ComposedNote(NamedTuple):
    """What a person reads of a note."""

    title: str
    body: str


def compose(kind: str, facts: Mapping[str, Any], language: Language) -> ComposedNote:
    """Title and body of a note in `language` (as in `backend.platform.core.i18n`)."""
    said = _written_facts(kind, facts, language)
    return ComposedNote(
        *(i18n.text(context, kind, language=language, **said) for context in ("inbox_title", "inbox_body"))
    )


def compose_title(kind: str, facts: Mapping[str, Any], language: Language) -> str:
    """The title of a note alone, cut where a lock screen would: it stays far below what a push may weigh."""
    title = i18n.text("inbox_title", kind, language=language, **_written_facts(kind, facts, language))
    return title if len(title) <= LONGEST_PUSHED else title[: LONGEST_PUSHED - 1] + "…"


def label(kind: str, language: Language) -> str:
    """What notes of this kind are called where a person chooses among them."""
    return i18n.text("inbox_kind", kind, language=language)


def _written_facts(kind: str, facts: Mapping[str, Any], language: Language) -> dict[str, str | i18n.Number]:
    styles = get_kind(kind).facts
    return {name: _written(styles[name], value, language) for name, value in facts.items() if name in styles}


def _written(style: str, value: Any, language: Language) -> str | i18n.Number:
    if style == "number":
        return i18n.Number(value, language)
    if style == "day":
        return str(format_date(date.fromisoformat(value), "long", locale=language.locale))
    if style == "money":
        return Money(value["minor"], value["currency"]).format(language.key)
    if style == "kilograms":
        return str(format_decimal(Decimal(value).scaleb(-3), locale=language.locale, decimal_quantization=False))
    if style == "words":
        return pick(value, language)
    return str(value)
