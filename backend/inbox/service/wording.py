"""The words of a note, made from its facts in the language of whoever reads it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from babel.dates import format_date
from babel.numbers import format_decimal

from backend import texts
from backend.inbox.service.kinds import get_kind


class Words(NamedTuple):
    """What a person reads of a note."""

    title: str
    body: str


def word(kind: str, facts: Mapping[str, Any], language: str) -> Words:
    """Title and body of a note in `language` (as in `backend.texts`)."""
    styles = get_kind(kind).facts
    said = {name: _written(styles[name], value, language) for name, value in facts.items() if name in styles}
    return Words(*(texts.text(context, kind, language=language, **said) for context in ("inbox_title", "inbox_body")))


def label(kind: str, language: str) -> str:
    """What notes of this kind are called where a person chooses among them."""
    return texts.text("inbox_kind", kind, language=language)


def _written(style: str, value: Any, language: str) -> str:
    if style == "number":
        return str(format_decimal(value, locale=language))
    if style == "day":
        return str(format_date(date.fromisoformat(value), "long", locale=language))
    if style == "words":
        return str(value.get(language.partition("_")[0], value[texts.DEFAULT]))
    return str(value)
