"""Product texts by code and language: one gettext file per language under `translations/`.

A third language is one more `.po` file. Entries are found by context (`title`, `detail`, `field`, …) and code; the
text may hold `{named}` places. A missing entry falls back to English and then to the code itself, and the suite's
pseudo-locale test fails.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po
from flask import has_request_context, request
from flask_babel import get_locale

FOLDER = Path(__file__).with_name("translations")
DEFAULT = "en"


@cache
def catalogue(language: str) -> dict[tuple[str | None, str], str]:
    """Every translated text of `language`, by (context, code)."""
    with (FOLDER / f"{language}.po").open("rb") as file:
        return {
            (message.context, message.id): message.string
            for message in read_po(file, locale=language)
            if message.id and message.string
        }


@cache
def languages() -> tuple[str, ...]:
    """The languages we speak, as in the file names (`en`, `zh_CN`); English first."""
    found = sorted(path.stem for path in FOLDER.glob("*.po"))
    return (DEFAULT, *(name for name in found if name != DEFAULT))


def negotiated() -> str:
    """The language of this request, by `Accept-Language`; any Chinese is answered in `zh_CN`."""
    if not has_request_context():
        return DEFAULT
    for tag, _quality in request.accept_languages:
        wanted = tag.replace("-", "_").lower()
        for language in languages():
            if wanted == language.lower() or wanted.split("_")[0] == language.lower().split("_")[0]:
                return language
    return DEFAULT


def wire_language() -> str:
    """The language of this request as a language tag, `en` or `zh-CN`."""
    return language_now().replace("_", "-")


def language_now() -> str:
    """The language texts are made in now: the request's, else English."""
    locale = get_locale() if has_request_context() else None
    return str(locale) if locale and str(locale) in languages() else negotiated()


def text(context: str, code: str, /, language: str | None = None, **facts: Any) -> str:
    """The text of `code` in `context`, with `facts` filled in, in `language` (default: the request's)."""
    wanted = (language or language_now()).replace("-", "_")
    for name in (wanted, DEFAULT):
        found = catalogue(name).get((context, code)) if name in languages() else None
        if found is not None:
            return found.format_map(_Facts(facts))
    return code


class _Facts(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"
