"""Search over figures: words in either language, filters, a rank, and an order that stays.

Promise: every word asked for is in what is found; two Chinese characters are enough; equal matches come in the same
order on every machine. `index_figures` is made once per set of tables; `search` answers from it and touches nothing.

A Latin word is found by its beginning (from two letters on), a run of Chinese characters by its pairs.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from calculators.errors import UnitRefused
from calculators.figures.factors import Row
from calculators.figures.regions import Regions
from calculators.units import Dimensions, parse_unit

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff"  # what else Unicode has is brought to these before it is read
_RUN_OF_HAN = re.compile(f"[{_HAN}]")
_RUN = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
_MOST_WORDS = 16  # whoever asks for more is not searching
# A word in a figure's name says more about it than the same word in its source.
NAMES, KEYS, PLACES, SOURCES = 8, 4, 2, 1
_WHOLE_WORD = 1

Numbers = npt.NDArray[np.int32]
Place = tuple[int, int, int, int, str, str, str]


@dataclass(frozen=True, slots=True)
class Filters:
    """What a figure must be: in `region`, of `year`, measuring what `unit` does, of `kind`, in `table`; None: any."""

    region: str | None = None
    year: int | None = None
    unit: str | None = None
    kind: str | None = None
    table: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A figure that was found; `place` is where it stands in the order, for whoever goes on after it."""

    row: Row
    place: Place


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """The figures in the order of equal matches, and for each word of the sorted `words` who holds it how prominently.

    The holders of word `n` are `holders[starts[n]:starts[n + 1]]`, so those of neighbouring words lie side by side.
    """

    rows: tuple[Row, ...]
    places: tuple[Place, ...]
    words: tuple[str, ...]
    starts: Numbers
    holders: Numbers
    weights: npt.NDArray[np.int16]
    years: Numbers
    codes: dict[str, tuple[dict[str, int], Numbers]]
    regions: Regions


def index_figures(rows: Iterable[Row], regions: Regions) -> Index:
    """The index of these figures; of equal matches a creditable one comes first, then the plainest, then the newest."""
    ordered = sorted(rows, key=_place)
    held: dict[str, tuple[array[int], array[int]]] = {}
    for number, row in enumerate(ordered):
        for word, weight in _weighed(row, regions).items():
            holders, weights = held.setdefault(word, (array("i"), array("h")))
            holders.append(number)
            weights.append(weight)
    words = sorted(held)
    return Index(
        rows=tuple(ordered),
        places=tuple(_place(row) for row in ordered),
        words=tuple(words),
        starts=np.cumsum([0, *(len(held[word][0]) for word in words)], dtype=np.int32),
        holders=np.concatenate([np.empty(0, np.int32), *(np.frombuffer(held[word][0], np.int32) for word in words)]),
        weights=np.concatenate([np.empty(0, np.int16), *(np.frombuffer(held[word][1], np.int16) for word in words)]),
        years=np.fromiter((row.year for row in ordered), np.int32, len(ordered)),
        codes={name: _coded([getattr(row, name) for row in ordered]) for name in ("region", "unit", "kind", "table")},
        regions=regions,
    )


def search(index: Index, query: str, filters: Filters, limit: int, after: Place | None = None) -> list[Hit]:
    """At most `limit` figures that hold every word of `query`, the best first, behind the place `after`.

    An empty query finds whatever the filters let through. Raises RegionRefused for a place nobody knows.
    """
    scores = _scores(index, _words(query)[:_MOST_WORDS])
    allowed = _allowed(index, filters)
    if allowed is not None:
        scores[~allowed] = 0
    found = np.flatnonzero(scores)
    ranked = found[np.argsort(-scores[found], kind="stable")]  # equal scores stay in the order of the index
    begin = 0 if after is None else _behind(index, scores[ranked], ranked, after)
    return [
        Hit(index.rows[number], (-int(scores[number]), *index.places[number][1:]))
        for number in ranked[begin : begin + limit]
    ]


def _scores(index: Index, words: Sequence[str]) -> npt.NDArray[np.int16]:
    total = np.ones(len(index.rows), np.int16)
    for word in words:
        scores = _holders(index, word)
        total = np.where((total > 0) & (scores > 0), total + scores, 0).astype(np.int16)
    return total


def _holders(index: Index, word: str) -> npt.NDArray[np.int16]:
    """How prominently each figure holds the word, or one that begins with it; 0 where it does not."""
    scores = np.zeros(len(index.rows), np.int16)
    first = bisect_left(index.words, word)
    begins = len(word) > 1 or _is_han(word)
    last = bisect_left(index.words, f"{word}\U0010ffff") if begins else bisect_right(index.words, word)
    if first == last:
        return scores
    span = slice(index.starts[first], index.starts[last])
    holders, weights = index.holders[span], index.weights[span]
    for weight in (SOURCES, PLACES, KEYS, NAMES):
        scores[holders[weights == weight]] = weight
    if index.words[first] == word:
        scores[index.holders[index.starts[first] : index.starts[first + 1]]] += _WHOLE_WORD
    return scores


def _allowed(index: Index, filters: Filters) -> npt.NDArray[np.bool_] | None:
    masks = [] if filters.year is None else [index.years == filters.year]
    for column, wanted, lets_through in (
        ("region", filters.region, _is_within(index.regions)),
        ("unit", filters.unit, _measures_the_same),
        ("kind", filters.kind, str.__eq__),
        ("table", filters.table, str.__eq__),
    ):
        if wanted is not None:
            known, codes = index.codes[column]
            masks.append(np.fromiter((lets_through(value, wanted) for value in known), np.bool_, len(known))[codes])
    return np.logical_and.reduce(masks) if masks else None


def _is_within(regions: Regions) -> Callable[[str, str], bool]:
    return lambda place, around: regions.get_region(around).code in regions.chain_of(place)


def _measures_the_same(unit: str, wanted: str) -> bool:
    return unit == wanted or (_measure(unit) is not None and _measure(unit) == _measure(wanted))


def _behind(index: Index, scores: npt.NDArray[np.int16], ranked: npt.NDArray[np.intp], after: Place) -> int:
    """How many of the ranked figures stand at or before `after`, whether or not that one is still there."""
    begin, end = np.searchsorted(-scores, [after[0], after[0] + 1])
    number = bisect_right(index.places, (0, *after[1:]))
    return int(begin + np.searchsorted(ranked[begin:end], number))


@lru_cache(maxsize=2048)
def _measure(unit: str) -> Dimensions | None:
    try:
        return parse_unit(unit).dimensions
    except UnitRefused:
        return None


def _coded(values: Sequence[str]) -> tuple[dict[str, int], Numbers]:
    known: dict[str, int] = {}
    return known, np.fromiter((known.setdefault(value, len(known)) for value in values), np.int32, len(values))


def _place(row: Row) -> Place:
    # the plainest name first: whoever asks for beef means beef before a meal with it
    return (0, 0 if row.creditable else 1, len(_words(row.name_en)), -row.year, row.table, row.key, row.region)


def _weighed(row: Row, regions: Regions) -> dict[str, int]:
    """Every word a figure is found by, with the weight of the most telling place where it stands."""
    places = (row.region, regions.name_of(row.region, "en"), regions.name_of(row.region, "zh"), str(row.year))
    weighed: dict[str, int] = {}
    for weight, texts in (
        (SOURCES, (row.publisher, row.document, row.family, row.gas_scope or "", row.boundary, row.unit, row.note)),
        (PLACES, places),
        (KEYS, (row.key, row.item, row.table)),
        (NAMES, (row.name_en, row.name_zh)),
    ):
        for text in texts:
            weighed.update(dict.fromkeys(_words_held(text), weight))
    return weighed


@lru_cache(maxsize=4096)
def _words_held(text: str) -> tuple[str, ...]:
    """What `text` is found by; the last character of a Chinese run alone too, the others begin a pair."""
    runs = _runs(text)
    return (*_words(text), *(run[-1] for run in runs if _is_han(run) and len(run) > 1))


def _words(text: str) -> list[str]:
    """The words asked for, each once: Latin words whole, Chinese runs in pairs."""
    words: dict[str, None] = {}
    for run in _runs(text):
        pairs = [run[at : at + 2] for at in range(len(run) - 1)] if _is_han(run) and len(run) > 1 else [run]
        words.update(dict.fromkeys(pairs))
    return list(words)


def _runs(text: str) -> list[str]:
    """Letters and digits that stand together, without case, accents, width or small figures (CO₂ is co2)."""
    plain = text.casefold()
    if not plain.isascii():
        spread = unicodedata.normalize("NFKD", plain).casefold()
        plain = "".join(character for character in spread if not unicodedata.combining(character))
    return _RUN.findall(plain)


def _is_han(word: str) -> bool:
    return not word.isascii() and _RUN_OF_HAN.match(word) is not None
