"""The terms of paying, withdrawing and refunds, which a buyer sees with the price and accepts with the order.

Promise: a version is one text; whoever accepted it can be shown what it said. Touches `library/terms.toml`, once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path

from offsets.documents import Document
from offsets.sources import Source, read_source

_TERMS = Path(__file__).parent / "library" / "terms.toml"


@dataclass(frozen=True, slots=True)
class Terms:
    """One version of the terms; `sha256` is of the whole document."""

    version: str
    sha256: str
    text: Mapping[str, str]
    review_by: date
    sources: tuple[Source, ...]


@cache
def current_terms() -> Terms:
    """The version in force."""
    return read_terms(_TERMS.name, _TERMS.read_text(encoding="utf-8"))


def read_terms(name: str, text: str) -> Terms:
    """The terms a document holds; raises DocumentRefused with every problem and its line."""
    document = Document(name, text)
    root = document.root
    terms = Terms(
        version=root.text("version"),
        sha256=sha256(text.encode()).hexdigest(),
        text=root.texts("text"),
        review_by=root.day("review_by"),
        sources=tuple(read_source(table) for table in root.tables("source")),
    )
    root.done()
    document.finish()
    return terms
