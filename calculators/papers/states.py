"""Whether a paper says of the thing itself that it was used, rented or repaired, and not that its shop does so too.

Promise: pure; of several lines that sell the thing every one must say it, and what is offered, promised or denied says
nothing. Touches nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from calculators.papers.things import count_of, counts_or_prices, says_any
from calculators.papers.vocabulary import USED, Vocabulary

_NUMBER_LABEL = re.compile(r"\bno\s?[.:#]|\bno\s(?=\S*\d)")  # "no" that denies nothing
_FIGURE = re.compile(r"\d")


def says_state(lines: Sequence[str], names: Sequence[str], states: Sequence[str], words: Vocabulary) -> bool:
    """Whether lines in small letters say that what bears one of `names` was used, rented or repaired, one of `states`.

    It stands on the line that names the thing or, where that names none else, on the next. That a thing had an owner
    may stand in the heading too: a shop of used things sells no others, unless it names new ones there.
    """
    places = [at for at, line in enumerate(lines) if count_of(line, names, words, states) is not None]
    if not places:
        return False
    if USED in states and any(_is_heading_of_used(line, words) for line in lines[: places[0]]):
        return True
    sold = [at for at in places if counts_or_prices(lines[at], names, words)]
    return all(_says(lines, at, places, states, words) for at in sold or places)


def says_used(lines: Sequence[str], words: Vocabulary) -> bool:
    """Whether any line says that what is sold had an owner, and neither denies nor offers it."""
    return any(not _FIGURE.search(line) and USED in _beside(line, words) for line in lines)


def says_of_paper(lines: Sequence[str], state: str, words: Vocabulary) -> bool:
    """Whether any line but the terms of sale says this state."""
    return any(says_any(line, words.states[state]) and not says_any(line, words.labels["terms"]) for line in lines)


def _says(lines: Sequence[str], at: int, places: Sequence[int], states: Sequence[str], words: Vocabulary) -> bool:
    if set(_said(lines[at], words)) & set(states):
        return True
    following = at + 1
    return following < len(lines) and following not in places and bool(_beside(lines[following], words) & set(states))


def _is_heading_of_used(line: str, words: Vocabulary) -> bool:
    if _FIGURE.search(line) or any(says_any(line, words.labels[label]) for label in ("new_too", "kits")):
        return False
    return USED in set(_said(line, words))


def _beside(line: str, words: Vocabulary) -> set[str]:
    """The states that a line says which does not name the thing: none where it offers them or names something else."""
    others = [name for thing, given in words.things.items() for name in (thing.replace("_", " "), *given)]
    if any(says_any(line, words.labels[label]) for label in ("offered", "kits")):
        return set()
    if any(count_of(line, [name], words, tuple(words.states)) is not None for name in others):
        return set()
    said = set(_said(line, words))
    return said if len(said) == 1 else set()


def _said(line: str, words: Vocabulary) -> Iterator[str]:
    """The states that a line says of what it names: none beside terms and denials, and no `repair kit`."""
    plain = _NUMBER_LABEL.sub(" ", line)
    if says_any(plain, words.labels["terms"]) or says_any(plain, words.labels["denied"]):
        return
    for name, spelled in words.states.items():
        if says_any(plain, spelled) and not _is_of_kit(plain, spelled, words.labels["kits"]):
            yield name


def _is_of_kit(line: str, spelled: Sequence[str], kits: Sequence[str]) -> bool:
    """Whether a word of a state stands beside one of what is sold with things: `repair kit`, `used 120 points`."""
    state = "|".join(map(re.escape, spelled))
    kit = "|".join(rf"\b{re.escape(one)}s?\b" if one.isascii() else re.escape(one) for one in kits)
    between = r"\W*(?:[a-z0-9]+\W+|[\u4e00-\u9fff]{1,2})?"
    return re.search(rf"(?:{state}){between}(?:{kit})|(?:{kit})\W*(?:{state})", line) is not None
