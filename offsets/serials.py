"""Serial numbers of registry units: one spelling to compare by, blocks, and what a block holds.

Promise: two spellings of one block (case, spaces, dashes, full-width characters, leading zeros) compare equal, and a
block that shares one unit with another is found. How each registry writes a block is data
(`library/registries.toml`). Touches that one file, once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from offsets.documents import Document
from offsets.errors import OffsetRefused

_REGISTRIES = Path(__file__).parent / "library" / "registries.toml"
_LONGEST = 200
# NFKC already makes full-width and compatibility dashes plain; these are the ones it leaves alone.
_DASHES = re.compile("[‐‑‒–—―−⁃ー﹘-]+")
_INVISIBLE = re.compile(r"[\s\u200b-\u200f\u2060\ufeff\u00ad]+")
_LEADING_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")
_ALLOWED = re.compile(r"[A-Z0-9./:_-]+", re.ASCII)
# A part of a serial that is digits but for letters that look like them: retail pages print a final 0 as O.
_LIKE_DIGITS = re.compile(r"[OIL]|(?=[OIL]*[0-9])[0-9OIL]+", re.ASCII)
_JOINTS = re.compile(r"(-|TO(?=[0-9]))", re.ASCII)
_DIGITS = str.maketrans("OIL", "011")
DEMONSTRATION = "DEMO-"


@dataclass(frozen=True, slots=True)
class Registry:
    """Where units are issued and retired; `pattern` finds `first`, `last` and the `series` they count within."""

    registry_id: str
    name: str
    url: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class SerialBlock:
    """Units `first` to `last`, both included, of one `series` of one registry; one unit is one tonne.

    Blocks are compared by registry, series and numbers; `text` is for people, with the zeros the registry writes,
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
        from_text, to_text = str(first).zfill(b - a), str(last).zfill(d - c)
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


def parse_block(registry: Registry, text: str) -> SerialBlock:
    """The block written as `text` the way its registry writes them.

    Refuses another shape (`serials.not_a_block`; `serials.letter_for_digit` with what was `meant`, where letters that
    look like digits are all that is wrong) and a backward range.
    """
    tidy = _tidy(text)
    lead = len(DEMONSTRATION) if tidy.startswith(DEMONSTRATION) else 0
    found = registry.pattern.fullmatch(tidy, lead)
    if found is None:
        raise _no_block(registry, tidy, lead)
    first, last = int(found["first"]), int(found["last"])
    if first > last:
        raise OffsetRefused("serials.backward", serial=tidy)
    named = [value for name, value in sorted(found.groupdict().items()) if name not in ("first", "last")]
    return SerialBlock(
        registry_id=registry.registry_id,
        series=tidy[:lead] + "|".join(_LEADING_ZEROS.sub("", value) for value in named),
        first=first,
        last=last,
        text=tidy,
        spans=(found.span("first"), found.span("last")),
    )


def _no_block(registry: Registry, tidy: str, lead: int) -> OffsetRefused:
    parts = _JOINTS.split(tidy)
    meant = "".join(part.translate(_DIGITS) if _LIKE_DIGITS.fullmatch(part) else part for part in parts)
    # never read silently: one digit taken for another would be somebody else's unit
    if meant != tidy and registry.pattern.fullmatch(meant, lead):
        return OffsetRefused("serials.letter_for_digit", registry=registry.registry_id, serial=tidy, meant=meant)
    return OffsetRefused("serials.not_a_block", registry=registry.registry_id, serial=tidy)


def _tidy(text: str) -> str:
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).upper())
    plain = _DASHES.sub("-", _INVISIBLE.sub("", plain)).strip("-")
    if len(plain) > _LONGEST or not _ALLOWED.fullmatch(plain):
        raise OffsetRefused("serials.unreadable", serial=text[:_LONGEST])
    return plain


def find_overlap(block: SerialBlock, known: Iterable[SerialBlock]) -> SerialBlock | None:
    """The first known block that shares a unit with `block`, or None."""
    return next((other for other in known if block.overlaps(other)), None)


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
        registry_id, written = table.slug("id"), table.text("pattern")
        table.text("example")
        try:
            pattern = re.compile(written)
        except re.error as error:
            table.note("pattern", f"is not a regular expression: {error}")
            pattern = re.compile("")
        if not {"first", "last"} <= set(pattern.groupindex):
            table.note("pattern", "needs the groups first and last")
        if registry_id in found:
            table.note("id", "appears twice")
        found[registry_id] = Registry(registry_id, table.text("name"), table.url("url"), pattern)
        table.url("source")
        table.done()
    document.root.done()
    document.finish()
    return found
