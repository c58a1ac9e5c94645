"""Words that must never be said where a reader is: the rules' own lists, found however they are spelt.

Promise: a forbidden sentence is found across capitals, hyphens, full-width letters, soft hyphens and line ends;
a text in which none is found names none of the list. Touches the claim documents.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from offsets.claims import ClaimRules, find_rules, list_rules

_MARKUP = re.compile(r"<[^>]{0,500}>")
# A document that explains a rule quotes what the rule forbids: that names the words and does not use them.
_QUOTED = re.compile(r"“[^”]{1,80}”|'[^']{1,80}'|«[^»]{1,80}»")


def find_forbidden(text: str, country: str) -> tuple[str, ...]:
    """The words of a text that must never be said to a reader in a country (ISO 3166), in any language of its rules."""
    return _find(text, find_rules(country))


def find_forbidden_anywhere(text: str) -> tuple[str, ...]:
    """The same for a text that readers of every place meet, each with the code of the rules that forbid it."""
    return tuple(f"{rules.code}: {words}" for rules in list_rules().values() for words in _find(text, rules))


def without_quotations(text: str) -> str:
    """A text without what stands in quotation marks, for notes that explain which words are forbidden."""
    return _QUOTED.sub("", text)


def _find(text: str, rules: ClaimRules) -> tuple[str, ...]:
    said = _plain(text)
    return tuple(words for words in _listed(rules) if _plain(words) in said)


def _listed(rules: ClaimRules) -> Iterator[str]:
    for words in rules.never_say.values():
        yield from words


def _plain(text: str) -> str:
    """Letters and digits alone, in one spelling: what a reader reads, however it was set."""
    composed = unicodedata.normalize("NFKC", _MARKUP.sub(" ", text)).casefold()
    return "".join(character for character in composed if character.isalnum())
