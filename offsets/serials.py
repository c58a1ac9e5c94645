"""Serial numbers of registry units: one spelling to compare by, blocks, and what a block holds.

Promise: two spellings of one block (case, spaces, dashes, full-width characters, leading zeros) compare equal, and a
block that shares one unit with another is found. How each registry writes a block is data
(`library/registries.toml`); where that is not known, a block is known by the letters and numbers of its whole text and
units are counted within it (ADR 0119). Touches that one file, once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from offsets.documents import Document, Table
from offsets.errors import OffsetRefused

_REGISTRIES = Path(__file__).parent / "library" / "registries.toml"
_LONGEST = 200
# NFKC already makes full-width and compatibility dashes plain; these are the ones it leaves alone.
_DASHES = re.compile("[‐‑‒–—―−⁃ー﹘-]+")
_INVISIBLE = re.compile(r"[\s\u200b-\u200f\u2060\ufeff\u00ad]+")
_LEADING_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")
_ALLOWED = re.compile(r"[A-Z0-9./:_-]+", re.ASCII)
_ALLOWED_IN_TEXT = re.compile(r"[\w./:#()+&,;-]+")
# Units of a block whose registry's way to number them is not known: "#" stands in no serial of ours.
_COUNTED = re.compile(r"(?P<series>[^#]+)#(?P<first>\d+)-(?P<last>\d+)", re.ASCII)
# A part of a serial that is digits but for letters that look like them: retail pages print a final 0 as O.
_LIKE_DIGITS = re.compile(r"[OIL]|(?=[OIL]*[0-9])[0-9OIL]+", re.ASCII)
_JOINTS = re.compile(r"([^0-9A-Z]|TO(?=[0-9]))", re.ASCII)
# Where a text names a block these tell no two blocks apart.
_PUNCTUATION = re.compile(r"[\W_]+")
_DIGITS = str.maketrans("OIL", "011")
DEMONSTRATION = "DEMO-"


@dataclass(frozen=True, slots=True)
class Registry:
    """Where units are issued and retired; `pattern` finds `first`, `last` and the `series` they count within.

    Where blocks are `counted` the series is a block's whole text, and its units are numbered by us from 1.
    """

    registry_id: str
    name: str
    url: str
    pattern: re.Pattern[str]
    counted: bool = False


@dataclass(frozen=True, slots=True)
class SerialBlock:
    """Units `first` to `last`, both included, of one `series` of one registry; one unit is one tonne.

    Blocks are compared by registry, series and numbers; `text` is for people, with the zeros where the registry writes
    them,
    and `spans` is where its two numbers stand.
    """

    registry_id: str
    series: str
    first: int
    last: int
    text: str
    spans: tuple[tuple[int, int], tuple[int, int]]

    @property
    def units(self) -> int:
        """How many units the block holds."""
        return self.last - self.first + 1

    @property
    def is_demonstration(self) -> bool:
        """Whether the block is invented and says so."""
        return self.text.startswith(DEMONSTRATION)

    def part(self, offset: int, units: int) -> SerialBlock:
        """The block of `units` units that starts `offset` units into this one."""
        if offset < 0 or units < 1 or offset + units > self.units:
            raise ValueError("a part lies inside its block")
        first, last = self.first + offset, self.first + offset + units - 1
        (a, b), (c, d) = self.spans
        pads = "0" in (self.text[a], self.text[c])
        from_text, to_text = (
            str(number).zfill(width if pads else 1) for number, width in ((first, b - a), (last, d - c))
        )
        head = f"{self.text[:a]}{from_text}{self.text[b:c]}"
        spans = ((a, a + len(from_text)), (len(head), len(head) + len(to_text)))
        return replace(self, first=first, last=last, text=f"{head}{to_text}{self.text[d:]}", spans=spans)

    def overlaps(self, other: SerialBlock) -> bool:
        """Whether at least one unit is in both."""
        same = (self.registry_id, self.series) == (other.registry_id, other.series)
        return same and self.first <= other.last and other.first <= self.last


def normalise_serial(text: str) -> str:
    """The one spelling serials are compared in; normalising it again changes nothing.

    Full-width and compatibility characters become plain, letters upper case, every dash "-"; spaces, invisible
    characters and leading zeros of each number go. Refuses what then holds anything but letters, digits and ./:_-.
    """
    return _LEADING_ZEROS.sub("", _tidy(text))


def parse_block(registry: Registry, text: str, units: int | None = None) -> SerialBlock:
    """The block written as `text` the way its registry writes them.

    Of a registry whose blocks are `counted`, `text` is anything that names the block among all and `units` how many it
    holds; without `units` it is a part of such a block as `SerialBlock.text` writes it (`TEXT#1-500`).

    Refuses another shape (`serials.not_a_block`; `serials.letter_for_digit` with what was `meant`, where letters that
    look like digits are all that is wrong), a backward range, and serials of a registry that is read by its pattern
    under one that is not (`serials.other_registry`).
    """
    tidy = _tidy(text, _ALLOWED_IN_TEXT if registry.counted else _ALLOWED)
    if registry.counted and units is not None:
        tidy = _counted(registry, tidy, units)
    lead = len(DEMONSTRATION) if tidy.startswith(DEMONSTRATION) else 0
    found = registry.pattern.fullmatch(tidy, lead)
    if found is None:
        raise _no_block(registry, tidy, lead)
    first, last = int(found["first"]), int(found["last"])
    if first > last:
        raise OffsetRefused("serials.backward", serial=tidy)
    named = [value for name, value in sorted(found.groupdict().items()) if name not in ("first", "last")]
    if registry.counted:
        named = [_letters_and_numbers(value) for value in named]
    return SerialBlock(
        registry_id=registry.registry_id,
        series=tidy[:lead] + "|".join(_LEADING_ZEROS.sub("", value) for value in named),
        first=first,
        last=last,
        text=tidy,
        spans=(found.span("first"), found.span("last")),
    )


def _counted(registry: Registry, tidy: str, units: int) -> str:
    """The text of a whole block whose units are counted."""
    if "#" in tidy or units < 1 or not _letters_and_numbers(tidy):
        raise OffsetRefused("serials.not_a_block", registry=registry.registry_id, serial=tidy)
    # units that can be told from one another elsewhere would be sold twice under two names
    meant = _with_digits(tidy)
    spellings = meant, _PUNCTUATION.sub("-", meant)
    for other in list_registries().values():
        if not other.counted and any(map(other.pattern.search, spellings)):
            raise OffsetRefused("serials.other_registry", registry=other.registry_id, serial=tidy)
    return f"{tidy}#1-{units}"


def _letters_and_numbers(text: str) -> str:
    """What a text that names a block is compared by: its letters and numbers alone."""
    return _PUNCTUATION.sub("", _LEADING_ZEROS.sub("", text))


def _no_block(registry: Registry, tidy: str, lead: int) -> OffsetRefused:
    meant = _with_digits(tidy)
    # never read silently: one digit taken for another would be somebody else's unit
    if meant != tidy and registry.pattern.fullmatch(meant, lead):
        return OffsetRefused("serials.letter_for_digit", registry=registry.registry_id, serial=tidy, meant=meant)
    return OffsetRefused("serials.not_a_block", registry=registry.registry_id, serial=tidy)


def _with_digits(tidy: str) -> str:
    parts = _JOINTS.split(tidy)
    return "".join(part.translate(_DIGITS) if _LIKE_DIGITS.fullmatch(part) else part for part in parts)


def _tidy(text: str, allowed: re.Pattern[str] = _ALLOWED) -> str:
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).upper())
    plain = _DASHES.sub("-", _INVISIBLE.sub("", plain)).strip("-")
    if len(plain) > _LONGEST or not allowed.fullmatch(plain):
        raise OffsetRefused("serials.unreadable", serial=text[:_LONGEST])
    return plain


def find_overlap(block: SerialBlock, known: Iterable[SerialBlock]) -> SerialBlock | None:
    """The first known block that shares a unit with `block`, or None."""
    return next((other for other in known if block.overlaps(other)), None)


def registries_of_one_name(registry_id: str) -> tuple[str, ...]:
    """The registries within which a series names one thing: its own, and for a text that is only counted, all such."""
    counted = tuple(sorted(one.registry_id for one in list_registries().values() if one.counted))
    return counted if registry_id in counted else (registry_id,)


def get_registry(registry_id: str) -> Registry:
    """One registry by id; refuses an unknown one."""
    try:
        return list_registries()[registry_id]
    except KeyError:
        raise OffsetRefused("registries.unknown", registry=registry_id) from None


@cache
def list_registries() -> Mapping[str, Registry]:
    """Every registry of the library by its id."""
    return read_registries(_REGISTRIES.name, _REGISTRIES.read_text(encoding="utf-8"))


def read_registries(name: str, text: str) -> Mapping[str, Registry]:
    """The registries of a document; raises DocumentRefused with every problem."""
    document = Document(name, text)
    found: dict[str, Registry] = {}
    for table in document.root.tables("registry"):
        registry_id, counted = table.slug("id"), table.has("counted") and table.flag("counted")
        pattern = _COUNTED if counted else _pattern(table)
        table.text("example")
        if registry_id in found:
            table.note("id", "appears twice")
        url = "" if counted and not table.has("url") else table.url("url")
        found[registry_id] = Registry(registry_id, table.text("name"), url, pattern, counted)
        if url:
            table.url("source")
        table.done()
    document.root.done()
    document.finish()
    return found


def _pattern(table: Table) -> re.Pattern[str]:
    try:
        pattern = re.compile(table.text("pattern"))
    except re.error as error:
        table.note("pattern", f"is not a regular expression: {error}")
        return _COUNTED
    if not {"first", "last"} <= set(pattern.groupindex):
        table.note("pattern", "needs the groups first and last")
    return pattern
