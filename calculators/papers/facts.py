"""What a paper states: its number, issuer, period, amounts and meter, found in the lines that a machine read from it.

Promise: pure text in, facts out; nothing is guessed that does not stand there, and no text makes it fail or take long.
Touches the file of words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from difflib import SequenceMatcher
from typing import Any

from calculators.papers.vocabulary import Vocabulary, load_vocabulary

MOST_DAYS = 12  # of a paper, with which its number is known
SHORTEST_SELLER = 2  # characters of a name: 华润
SELLERS_ALIKE = 0.6  # of their characters in one order; two readings of one worn name have more in common
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ENGLISH = "|".join(_MONTHS)
_DAY_PATTERNS = (
    re.compile(r"(?<![\d?])(?P<y>20\d\d)[-/.](?P<m>\d\d?)[-/.](?P<d>\d\d?)(?!\d)"),
    re.compile(r"(?<!\d)(?P<y>20\d\d)\s?年\s?(?P<m>\d\d?)\s?月\s?(?P<d>\d\d?)\s?日"),
    re.compile(r"(?<!\d)(?P<d>\d\d?)\.(?P<m>\d\d?)\.(?P<y>20\d\d)(?!\d)"),
    re.compile(rf"(?<!\d)(?P<d>\d\d?)\s(?P<n>{_ENGLISH})[a-z]*\.?,?\s(?P<y>20\d\d)(?!\d)"),
    re.compile(rf"(?P<n>{_ENGLISH})[a-z]*\.?\s(?P<d>\d\d?),?\s(?P<y>20\d\d)(?!\d)"),
)
_MONTH = re.compile(r"(?<!\d)(?P<y>20\d\d)\s?年\s?(?P<m>\d\d?)\s?月(?!\s?\d)")
_DAY_IN_NUMBER = re.compile(r"(?:20)?(\d\d)-?(\d\d)-?(\d\d)")
_FIGURE = r"(?<![\d.,?])(\d{1,3}(?:,\d{3})+(?:\.\d{1,4})?|\d{1,9}(?:\.\d{1,4})?)"
_NUMBER = re.compile(r"[0-9A-Z][0-9A-Z\-/]{2,39}", re.IGNORECASE)
_CONFUSED = str.maketrans("OQILSZB", "0011528")  # what wear and cameras make of one another


@dataclass(frozen=True, slots=True)
class PaperAmount:
    """A figure with the unit or currency printed beside it."""

    value: Decimal
    unit: str


Sellers = Sequence[tuple[str, str]]  # the label and the name behind it


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """What was read from a paper; None and nothing where it does not say, or cannot be read.

    `days` are every day it prints, `lines` its text, `means` its source: `text`, `code`, `invoice` or `picture`.
    `issuer` is the first of its `sellers`, which are all that a label names.
    `shown` is what the letters of its pages say, where the text comes from the file itself; None where it is the same.
    """

    means: str
    lines: tuple[str, ...] = ()
    number: str | None = None
    issuer: str | None = None
    meter: str | None = None
    period: tuple[date, date] | None = None
    days: tuple[date, ...] = ()
    amounts: tuple[PaperAmount, ...] = ()
    shown: tuple[str, ...] | None = None
    sellers: tuple[tuple[str, str], ...] = ()

    def is_of_short_number(self, words: Vocabulary | None = None) -> bool:
        """Whether its number is one that several shops may have on one day."""
        return self.number is not None and len(fold_number(self.number)) < _strong(words)

    def named_sellers(self, words: Vocabulary | None = None) -> tuple[tuple[str, str], ...]:
        """Everybody whom it or its page names as its seller: the text of a file may hide whom the page names."""
        return tuple(dict.fromkeys((*self.sellers, *read_facts(self.shown or (), self.means, words).sellers)))

    def keys(self, words: Vocabulary | None = None) -> tuple[str, ...]:
        """By what this paper is known among all: its number, a short one together with each day it prints.

        With each of them, so that nobody makes another paper of it by cutting one off.
        """
        if self.number is None:
            return ()
        folded = fold_number(self.number)
        if len(folded) >= _strong(words):
            return (folded,)
        page = read_facts(self.shown or (), self.means, words)  # the text of a file may hide the page's days
        days = sorted({*self.days, *(self.period or ()), *page.days, *(page.period or ())})[:MOST_DAYS]
        return tuple(f"{folded} {day.isoformat()}" for day in days)

    def record(self) -> dict[str, Any]:
        """It as JSON-able data."""
        return {
            "means": self.means,
            "lines": list(self.lines),
            "number": self.number,
            "issuer": self.issuer,
            "meter": self.meter,
            "period": [day.isoformat() for day in self.period] if self.period else None,
            "days": [day.isoformat() for day in self.days],
            "amounts": [[format(one.value, "f"), one.unit] for one in self.amounts],
            "shown": None if self.shown is None else list(self.shown),
            "sellers": [list(one) for one in self.sellers],
        }


def _strong(words: Vocabulary | None) -> int:
    return (words or load_vocabulary()).bounds["strong_number"]


def read_facts_record(record: Mapping[str, Any]) -> PaperFacts:
    """The facts of a record."""
    days = [date.fromisoformat(day) for day in record["period"] or ()]
    return PaperFacts(
        means=record["means"],
        lines=tuple(record["lines"]),
        number=record["number"],
        issuer=record["issuer"],
        meter=record["meter"],
        period=(days[0], days[1]) if days else None,
        days=tuple(date.fromisoformat(day) for day in record["days"]),
        amounts=tuple(PaperAmount(Decimal(value), unit) for value, unit in record["amounts"]),
        shown=None if record.get("shown") is None else tuple(record["shown"]),
        sellers=tuple((label, name) for label, name in record.get("sellers", _one_seller(record["issuer"]))),
    )


def _one_seller(issuer: str | None) -> list[tuple[str, str]]:
    """The seller of a record from before all were kept: behind which label its name stood is not known."""
    return [] if issuer is None else [("", issuer)]


def read_facts(
    text: Sequence[str], means: str, words: Vocabulary | None = None, *, shown: Sequence[str] | None = None
) -> PaperFacts:
    """What `text`, the lines of one paper from top to bottom, states; `shown` are those that its pages show."""
    words = words or load_vocabulary()
    lines = _bounded_lines(text, words)
    folded = [line.casefold() for line in lines]
    meter = _labelled(folded, lines, words.labels["meter"], words)
    number = _labelled(folded, lines, words.labels["number"], words, meter)
    sellers = tuple(_sellers(folded, lines, words))
    printed = tuple(dict.fromkeys(day for line in folded for day in _days_in(line)))
    return PaperFacts(
        means=means,
        lines=lines,
        number=number,
        issuer=sellers[0][1] if sellers else None,
        meter=meter,
        period=_period(folded),
        days=printed or tuple(_day_of_number(number)),
        amounts=tuple(_amounts(folded, words)),
        shown=None if shown is None else _bounded_lines(shown, words),
        sellers=sellers,
    )


def are_other_sellers(some: Sellers, others: Sellers) -> bool:
    """Whether two papers clearly name two sellers: behind one label, in one script, and no two of their names alike.

    False where wear may have made the difference, so that nobody makes another paper of it by cutting a name off.
    """
    pairs = [(one, other) for one in some for other in others if _is_name(one[1]) and _is_name(other[1])]
    if any(_are_alike(one[1], other[1]) for one, other in pairs):
        return False
    return any(one[0] == other[0] and _scripts(one[1]) == _scripts(other[1]) for one, other in pairs)


def _is_name(name: str) -> bool:
    return len(fold_number(name)) >= SHORTEST_SELLER


def _are_alike(one: str, other: str) -> bool:
    mine, theirs = fold_number(one), fold_number(other)
    if mine in theirs or theirs in mine:
        return True
    return SequenceMatcher(None, mine, theirs, autojunk=False).ratio() >= SELLERS_ALIKE


def _scripts(name: str) -> set[str]:
    """The scripts in which a name is written: one shop has a name in each."""
    return {unicodedata.name(one, "").partition(" ")[0] for one in name if one.isalpha()}


def fold_number(number: str) -> str:
    """A number as it is compared: without separators, and letters that are taken for digits as those digits."""
    plain = "".join(one for one in number.upper() if one.isalnum())
    return plain.translate(_CONFUSED)


def _bounded_lines(text: Iterable[str], words: Vocabulary) -> tuple[str, ...]:
    most, longest = words.bounds["most_lines"], words.bounds["most_characters"]
    plain = (" ".join(unicodedata.normalize("NFKC", line[: 2 * longest]).split())[:longest] for line in text)
    kept: list[str] = []
    for line in plain:
        if line and len(kept) < most:
            kept.append(line)
    return tuple(kept)


def _after_label(line: str, label: str) -> int | None:
    """Where in a line what follows a label begins; None where the label is not there as a word of its own."""
    return next((end for _, end in _places(line, label)), None)


def _places(line: str, label: str) -> Iterator[tuple[int, int]]:
    """Where a label stands in a line as a word of its own."""
    is_word = label[-1].isascii() and label[-1].isalnum()
    at = line.find(label)
    while at >= 0:
        end = at + len(label)
        before_fits = at == 0 or not (label[0].isascii() and line[at - 1].isalnum() and line[at - 1].isascii())
        after_fits = end == len(line) or not (is_word and line[end].isalpha())
        if before_fits and after_fits:
            yield at, end
        at = line.find(label, end)


def _labelled(
    folded: Sequence[str], lines: Sequence[str], labels: Sequence[str], words: Vocabulary, meter: str | None = None
) -> str | None:
    """The first number behind the first of these labels that has one, on its line or alone on the next.

    It is not the `meter`'s, nor that of something else which the words before a bare label name.
    """
    found = (
        number
        for label in labels
        for place, line in enumerate(folded)
        for at, end in _places(line, label)
        if not (label in words.labels["bare"] and _is_foreign(line[:at], words))
        if (number := _number_at(lines, place, end, words)) is not None
    )
    return next((one for one in found if meter is None or fold_number(one) != fold_number(meter)), None)


def _number_at(lines: Sequence[str], place: int, end: int, words: Vocabulary) -> str | None:
    rest = lines[place][end:].lstrip(" .:#-")
    if not rest and place + 1 < len(lines):
        rest = lines[place + 1]
    found = _NUMBER.match(rest)
    return found[0].rstrip("-/") if found and is_number(found[0], words) else None


def _is_foreign(before: str, words: Vocabulary) -> bool:
    """Whether the word that stands before a bare label names something else than the paper: `VAT`, `电能表`."""
    named = before.rstrip(" .:#-")
    last = named.rpartition(" ")[2]
    return any(last == one if one.isascii() else named.endswith(one) for one in words.labels["foreign"])


def day_in_number(paper: PaperFacts) -> bool:
    """Whether the only day known of a paper is one with which its number seems to begin."""
    return not any(True for line in paper.lines for _ in _days_in(line.casefold()))


def is_number(text: str, words: Vocabulary | None = None) -> bool:
    """Whether a text can name one paper among all: long enough, with digits, and not a day."""
    least = (words or load_vocabulary()).bounds["least_number"]
    plain = "".join(one for one in text if one.isalnum())
    is_day = any(pattern.fullmatch(text) for pattern in _DAY_PATTERNS)
    return len(plain) >= least and sum(one.isdigit() for one in plain) >= 3 and not is_day


def _sellers(folded: Sequence[str], lines: Sequence[str], words: Vocabulary) -> Iterator[tuple[str, str]]:
    """Every label of a seller with the name behind it, in the order of the labels; of two at one place the longer."""
    labels = words.labels["issuer"]
    for label in labels:
        longer = [one for one in labels if one != label and one.startswith(label)]
        for place, line in enumerate(folded):
            end = _after_label(line, label)
            is_longer = any(_after_label(line, one) is not None for one in longer)
            if end is not None and not is_longer and (rest := lines[place][end:].strip(" .:#-")):
                yield label, rest[:80]


def _days_in(line: str) -> Iterator[date]:
    places = sorted(
        ((one.start(), one) for pattern in _DAY_PATTERNS for one in pattern.finditer(line)), key=lambda one: one[0]
    )
    for _, one in places:
        named = one.groupdict()
        month = int(named["m"]) if named.get("m") else _MONTHS.index(named["n"]) + 1
        if (day := _day(int(named["y"]), month, int(named["d"]))) is not None:
            yield day


def _day_of_number(number: str | None) -> list[date]:
    """The day with which many shops begin an order's number: 20261120…, 261120…, 26-1120-…"""
    found = _DAY_IN_NUMBER.match(number) if number else None
    if found is None:
        return []
    day = _day(2000 + int(found[1]), int(found[2]), int(found[3]))
    return [] if day is None else [day]


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _period(folded: Sequence[str]) -> tuple[date, date] | None:
    """The first line with two days, the earlier first; else the month that a line names."""
    for line in folded:
        days = list(_days_in(line))
        if len(days) == 2 and days[0] < days[1]:
            return days[0], days[1]
    for line in folded:
        if found := _MONTH.search(line):
            first = _day(int(found["y"]), int(found["m"]), 1)
            if first is not None:
                return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return None


def _amounts(folded: Sequence[str], words: Vocabulary) -> Iterator[PaperAmount]:
    """Every figure with a unit or currency, but for those of another time; of labelled totals alone where there are."""
    named = [line for line in folded if not any(word in line for word in words.labels["other"])]
    of_total = [line for line in named if any(_after_label(line, label) for label in words.labels["total"])]
    for unit, written in words.units.items():
        pattern = re.compile(rf"{_FIGURE}\s?(?:{'|'.join(map(re.escape, written))})(?![a-z0-9])")
        yield from _measured(of_total, pattern, unit) or _measured(named, pattern, unit)
    for currency, written in words.currencies.items():
        signs = "|".join(map(re.escape, written))
        before = re.compile(rf"(?:{signs})\s?{_FIGURE}")
        after = re.compile(rf"{_FIGURE}\s?(?:{signs})(?![a-z0-9])")
        yield from _measured(folded, before, currency) or _measured(folded, after, currency)


def _measured(lines: Sequence[str], pattern: re.Pattern[str], unit: str) -> list[PaperAmount]:
    figures = (found[1] for line in lines for found in pattern.finditer(line))
    return [PaperAmount(Decimal(figure.replace(",", "")), unit) for figure in figures][:50]
