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

from calculators.figures.terms import Distribution

# How publishers write that there is no exact figure: nothing, a mark, a word, an error of their spreadsheet.
NOTHING = frozenset(
    {
        "", "-", "--", "–", "—", "―", "/", "\\", ".", "..", "...", "…", ":", "*", "**", "?", "c",
        "[c]", "[x]", "[z]", "[u]", "[w]", "[low]",
        "n/a", "na", "n.a.", "n.a", "nan", "null", "none", "nd", "n/d", "n.d.", "n.d", "ns", "n.s.", "tbc", "tbd",
        "not-supplied", "not supplied", "not available", "not applicable", "no data", "missing", "confidential",
        "n/q", "nq", "n.q.", "n/p", "nil", "tba", "not reported", "not published", "not determined", "unknown",
        "see note", "trace", "traces", "tr", "tr.", "negligible", "below detection", "lod", "<lod", "< lod", "loq",
        "<loq", "bdl",
        "无", "暂无", "无数据", "不适用", "未公布", "微量", "保密", "未检出", "未知", "见注",
        "#n/a", "#n/v", "#null!", "#div/0!", "#value!", "#ref!", "#name?", "#num!", "#spill!", "#calc!",
        "#getting_data",
    }
)  # fmt: skip

_WIDE = {ord("＜"): "<", ord("＞"): ">", ord("．"): ".", ord("，"): ",", ord("－"): "-", ord("−"): "-", ord("＋"): "+",
         ord("＃"): "#"}  # fmt: skip
_WIDE |= {0xFF10 + digit: str(digit) for digit in range(10)}
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_SIGNS = str.maketrans({">": " over ", "<": " under ", "%": " pct ", "+": " plus ", "&": " and "})
_NOTE_MARKS = re.compile(r"(?<=\S)\s*[\[(（][0-9a-z]{1,2}[\])）]$|[\s*＊※†‡#\[\]()（）注]+$|[①-⑳¹²³⁰⁴-⁹]+$")
_AMOUNT = r"[+-]?\d[\d.,\s]*([eE][+-]?\d+)?\s*%?"
_BOUND = re.compile(
    r"(<=?|>=?|≤|≥|≦|≧|⩽|⩾|less than|below|under|up to|more than|over|at (least|most)|小于|大于|低于|高于|不超过|不足)"
    rf"\s*{_AMOUNT}"
    rf"|{_AMOUNT}\s*(以下|以上|or (less|more))",
    re.IGNORECASE,
)
_RANGE = re.compile(rf"{_AMOUNT}(?<![\seE])\s*(-|–|—|~|～|to|至|到)\s*{_AMOUNT}", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d{1,2})?", re.ASCII)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(\D|$))")
_LONGEST_KEY = 120
_WIDE_PCT = 50  # house policy, docs/how-to-import-figures.md
_PLACES = Decimal(1).scaleb(-18)  # what a table holds behind the point


def is_nothing(text: str) -> bool:
    """Whether a cell says that there is no figure."""
    plain = " ".join(_INVISIBLE.sub("", narrow(text)).split()).casefold()
    return plain in NOTHING or without_marks(plain) in NOTHING


def why_no_figure(text: str) -> str | None:
    """Why a cell is no exact figure: nothing is published, or a bound or range only; None where it may be a number.

    A bound is no figure, neither its number nor zero.
    """
    if is_nothing(text):
        return "no figure is published"
    plain = narrow(without_marks(text)).strip()
    for kind, pattern in (("a bound", _BOUND), ("a range", _RANGE)):
        if pattern.fullmatch(plain):
            return f"only {kind} is published: {' '.join(text.split())}"
    return None


def read_number(text: str, *, decimal_comma: bool = False) -> str:
    """The number in a cell as plain decimal text. Raises ValueError.

    Full-width digits, spaces and commas between thousands, an exponent and footnote marks behind it are understood.
    """
    plain = _INVISIBLE.sub("", narrow(without_marks(text))).replace("\u00a0", "").replace("\u202f", "").replace(" ", "")
    plain = plain.replace(",", ".") if decimal_comma else _THOUSANDS.sub("", plain)
    if not _NUMBER.fullmatch(plain):
        raise ValueError(f"{text!r} is not a number")
    try:
        number = Decimal(plain).quantize(_PLACES).normalize()
    except InvalidOperation as error:
        raise ValueError(f"{text!r} is too large a number") from error
    if not number and Decimal(plain):
        raise ValueError(f"{text!r} is too small a number: a table would say 0")
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


def shape_of(uncertainty: str) -> dict[str, str]:
    """The shape of a published range: a wide positive quantity leans to the right, a narrow one does not."""
    if not uncertainty:
        return {"distribution": "", "distribution_reason": ""}
    if Decimal(uncertainty) >= _WIDE_PCT:
        return {"distribution": Distribution.LOG_NORMAL, "distribution_reason": "wide_positive"}
    return {"distribution": Distribution.NORMAL, "distribution_reason": "narrow"}


def unit_of(published: str, known: Mapping[str, str], gas: str = "kgCO2e") -> str:
    """The unit of a factor per `published`, spelled our way where we know it and as published where we do not."""
    return f"{gas}/{known.get(' '.join(published.split()).casefold(), published.strip())}"
