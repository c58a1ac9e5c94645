"""What stands in a cell of a published file: numbers as people and spreadsheets write them, names as keys.

Promise: a number comes out as the plain decimal text it was meant as, or it is refused; a footnote mark never becomes
a digit. Touches nothing.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

NOTHING = frozenset({"", "-", "--", "–", "—", "/", "n/a", "na", "nan", "not-supplied", "nd", "无", "暂无"})

_WIDE = {ord("．"): ".", ord("，"): ",", ord("－"): "-", ord("−"): "-", ord("＋"): "+"}
_WIDE |= {0xFF10 + digit: str(digit) for digit in range(10)}
_SIGNS = str.maketrans({">": " over ", "<": " under ", "%": " pct ", "+": " plus ", "&": " and "})
_NOTE_MARKS = re.compile(r"[\s*＊※†‡#\[\]()（）注]+$|[①-⑳]+$")
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d{1,2})?", re.ASCII)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(\D|$))")
_LONGEST_KEY = 120
_PLACES = Decimal(1).scaleb(-18)  # what a table holds behind the point


def is_nothing(text: str) -> bool:
    """Whether a cell says that there is no figure."""
    return text.strip().casefold() in NOTHING


def read_number(text: str, *, decimal_comma: bool = False) -> str:
    """The number in a cell as plain decimal text. Raises ValueError.

    Full-width digits, spaces and commas between thousands, an exponent and footnote marks behind it are understood.
    """
    plain = narrow(without_marks(text)).replace("\u00a0", "").replace("\u202f", "").replace(" ", "")
    plain = plain.replace(",", ".") if decimal_comma else _THOUSANDS.sub("", plain)
    if not _NUMBER.fullmatch(plain):
        raise ValueError(f"{text!r} is not a number")
    try:
        number = Decimal(plain).quantize(_PLACES).normalize()
    except InvalidOperation as error:
        raise ValueError(f"{text!r} is too large a number") from error
    return format(number + 0, "f")  # without a sign before zero


def narrow(text: str) -> str:
    """A text with its full-width digits and signs in ordinary width; everything else as it is, marks like ① too."""
    return text.translate(_WIDE)


def without_marks(text: str) -> str:
    """A cell without the footnote marks behind its last letter or digit."""
    before, plain = None, text.strip()
    while before != plain:
        before, plain = plain, _NOTE_MARKS.sub("", plain)
    return plain


def slug(text: str, join: str = "_") -> str:
    """A text as part of a key: plain small letters and digits, signs that tell names apart as words, else a joint."""
    spread = unicodedata.normalize("NFKD", text).casefold().translate(_SIGNS)
    return join.join(re.findall(r"[a-z0-9]+", spread))


def make_key(*parts: str) -> str:
    """A key of these parts; where it grows too long, its end is replaced by a hash of the whole."""
    key = "_".join(filter(None, map(slug, parts)))
    if len(key) <= _LONGEST_KEY:
        return key
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
    return f"{key[: _LONGEST_KEY - 13]}_{digest}"


def unit_of(published: str, known: Mapping[str, str], gas: str = "kgCO2e") -> str:
    """The unit of a factor per `published`, spelled our way where we know it and as published where we do not."""
    return f"{gas}/{known.get(' '.join(published.split()).casefold(), published.strip())}"
