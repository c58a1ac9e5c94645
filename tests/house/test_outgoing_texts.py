"""No text that leaves the house, in any language and channel, says what must never be said where it is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from offsets import find_forbidden, find_forbidden_anywhere, list_rules, list_texts, without_quotations

ROOT = Path(__file__).parents[2]
PAGES = ("backend/templates", "backend/platform/web/static", "offsets/sandbox")
SUFFIXES = {".html", ".js", ".css", ".svg", ".txt", ".toml", ".webmanifest"}
_SAID_BY_ITS_PLACE = re.compile(r"(?P<code>[a-z]+): (sentence\.\w+|note)")


def catalogue_texts() -> Iterator[tuple[str, str]]:
    """What mails, pushes, notes, PDFs, pages and refusals are made of, whatever the reader's place."""
    for path in sorted(ROOT.glob("**/translations/*.po")):
        with path.open("rb") as lines:
            for message in read_po(lines):
                said = message.string if isinstance(message.string, tuple) else (message.string,)
                for text in said:
                    yield f"{path.name}: {message.context} {message.id}", str(text)


def page_texts() -> Iterator[tuple[str, str]]:
    for folder in PAGES:
        for path in sorted((ROOT / folder).rglob("*")):
            # what others wrote and we only serve is no text of ours
            if path.suffix in SUFFIXES and ".min." not in path.name and path.stat().st_size < 200_000:
                yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def rule_book_texts() -> Iterator[tuple[str, str]]:
    for catalogue, texts in list_texts().items():
        for place, words in texts.items():
            if not (catalogue == "claims" and (_SAID_BY_ITS_PLACE.match(place) or "never_say" in place)):
                yield from ((f"{catalogue}: {place} {language}", said) for language, said in words.items())


def test_texts_that_everybody_meets_say_nothing_that_is_forbidden_anywhere() -> None:
    texts = [*catalogue_texts(), *page_texts(), *rule_book_texts()]
    assert len(texts) > 1000
    assert [(where, said) for where, text in texts if (said := find_forbidden_anywhere(text))] == []


@pytest.mark.parametrize("code", sorted(list_rules()))
def test_what_a_places_own_rules_say_uses_none_of_their_words(code: str) -> None:
    own = {place: words for place, words in list_texts()["claims"].items() if place.startswith(f"{code}: ")}
    said = [(place, text) for place, words in own.items() if "never_say" not in place for text in words.values()]
    country = "" if code == "default" else code
    assert [(place, text) for place, text in said if find_forbidden(without_quotations(text), country)] == []


def test_a_planted_sentence_is_caught_in_each_channel() -> None:
    planted = ("You are carbon neutral now", "您的订单让您实现气候中和", "<p>Climate-<em>positive</em> parcels</p>")
    assert all(map(find_forbidden_anywhere, planted))
