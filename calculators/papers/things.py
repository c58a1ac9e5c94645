"""How many of a thing a line of a paper names: by the thing's own words, and not by those of what belongs to it.

Promise: pure; a figure counts only where a paper prints a count, and a cover, cable or size is never the thing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from calculators.papers.vocabulary import Vocabulary

_WEAR = "[ _-]?"  # what opens between the letters of a worn word
_COUNT = r"(\d{1,2})\s?(?:[x×*]\s?)?[台件部个只张条把双]?\s?"  # as it begins a line
_MEASURE = r"(?![\d.,a-z%\"″寸]|\s(?:x|×|\*|cm|mm|gb|tb|kg|inch|in\b))"
_WITH = frozenset({"with", "and", "incl", "including", "plus", "含", "带", "配", "送", "附", "和", "及"})


def count_of(line: str, names: Sequence[str], words: Vocabulary, states: Sequence[str] = ()) -> int | None:
    """How many of a thing a line in small letters names; None where it does not name it.

    A count stands directly before the name where the line begins, behind a sign of multiplication, or behind a label.
    The words of `states` behind a name are what was done with the thing, and make no other thing of it.
    """
    done = {one for state in states for one in words.states[state]}
    others = tuple(one for one in words.accessories if one not in done)
    found = [place for name in names for place in _places(line, name) if not _is_of_it(line, place, others)]
    if not found:
        return None
    start, end = min(found)
    count = _count_before(line[:start], words) or _count_after(line[end:]) or _labelled_count(line, words) or 1
    return min(max(1, count), words.bounds["most_items"])


def counts_or_prices(line: str, names: Sequence[str], words: Vocabulary) -> bool:
    """Whether a line in small letters prints how many of a thing are sold or for how much; a heading does neither."""
    if re.search(r"\d[.,]\d\d(?!\d)|[¥￥€£$]\s?\d|\d\s?[元台件]", line) or _labelled_count(line, words):
        return True
    places = [place for name in names for place in _places(line, name)]
    return any(_count_before(line[:start], words) or _count_after(line[end:]) for start, end in places)


def _count_before(before: str, words: Vocabulary) -> int | None:
    states = "|".join(map(re.escape, sorted({one for given in words.states.values() for one in given})))
    leads = "|".join(map(re.escape, words.labels["total"]))
    own = re.fullmatch(rf"(?:(?:{leads})\s?:?\s?)?{_COUNT}(?:(?:{states})\s?)*", before)
    times = re.search(r"(?<![\d.,a-z])(\d{1,2})\s?[x×*]\s?$", before)
    found = own or times
    return int(found[1]) if found else None


def _count_after(after: str) -> int | None:
    found = re.search(rf"(?<!\d)(?<!\d\s)(?<![a-z])[x×*]\s?(\d{{1,2}}){_MEASURE}", after)
    return int(found[1]) if found else None


def _labelled_count(line: str, words: Vocabulary) -> int | None:
    labels = "|".join(map(re.escape, words.labels["count"]))
    found = re.search(rf"(?<![a-z])(?:{labels})\s?:?\s?(\d{{1,2}})(?![\d,]|\.\d)", line)
    return int(found[1]) if found else None


def _places(line: str, name: str) -> Iterator[tuple[int, int]]:
    """Where a line names a thing as a word of its own; wear puts gaps into words."""
    gap = _WEAR if name.isascii() else " ?"
    letters = gap.join(re.escape(one) for one in name if not one.isspace() and one != "_")
    if not letters:
        return
    pattern = rf"(?<![a-z]){letters}s?(?![a-z])" if name.isascii() else letters
    for found in re.finditer(pattern, line):
        yield found.span()


def says_any(line: str, spelled: Sequence[str]) -> bool:
    """Whether a line in small letters says one of these words, which letters of their own alphabet do not go on."""
    said = "|".join(rf"\b{re.escape(one)}\b" if one.isascii() else re.escape(one) for one in spelled)
    return re.search(said, line, re.ASCII) is not None


def _is_of_it(line: str, place: tuple[int, int], accessories: Sequence[str]) -> bool:
    """Whether what is named there belongs to such a thing: `phone case`, `charger for laptop`, `手机保护壳`."""
    start, end = place
    after = re.match(r"(?:[ -]?[a-z0-9]+){0,3}", line[end:])
    following = re.findall(r"[a-z]+", after[0]) if after else []
    until = next((at for at, word in enumerate(following) if word in _WITH), len(following))
    if any(word in accessories or word.removesuffix("s") in accessories for word in following[:until]):
        return True
    if re.search(rf"(?:{_ascii(accessories)})s?\sfor\s(?:[a-z0-9]+\s){{0,2}}$", line[:start]):
        return True
    han = re.match(r"\s?([\u4e00-\u9fff ]{1,5})", line[end:])
    held = re.split("|".join(one for one in _WITH if not one.isascii()), han[1])[0] if han else ""
    return any(word in held for word in accessories if not word.isascii())


def _ascii(accessories: Sequence[str]) -> str:
    return "|".join(re.escape(one) for one in accessories if one.isascii())
