"""The stored form of a working read again (ADR 0123); `stored_reductions.pack` writes it.

What a working was packed with is never changed: its first byte names the form, and a test holds the words of form 1.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import select

from backend.activities.models import Reduction as ReductionRow
from backend.activities.models import ReductionFigures

FIGURES, _REDUCTIONS = ReductionFigures.__table__, ReductionRow.__table__

# What of a record depends on the version, the place and the choices alone.
SHARED = ("methodology", "parameters", "freshness", "conservativeness", "table_titles")
FORM = b"\x01"
WORDS = Path(__file__).with_name("working_words_1.json").read_bytes()  # of form 1, for ever
RAW = -15  # without a header

_FIGURES_OF = (
    select(FIGURES.c.figures)
    .where(FIGURES.c.sha256 == _REDUCTIONS.c.figures_sha256)
    .correlate(_REDUCTIONS)
    .scalar_subquery()
    .label("figures")
)
STORED_WORKING = (_REDUCTIONS.c.working, _REDUCTIONS.c.packed_working, _FIGURES_OF)
_FORM_COLUMNS = {"working", "packed_working", "figures_sha256", "is_capped"}
COLUMNS = (*(column for column in _REDUCTIONS.c if column.name not in _FORM_COLUMNS), *STORED_WORKING)
# The same in SQL, of a table called `r`.
STORED_WORKING_SQL = """r.working, r.packed_working,
    (SELECT f.figures FROM reduction_figures f WHERE f.sha256 = r.figures_sha256) AS figures"""


def unpack(own: bytes, figures: str) -> dict[str, Any]:
    """The record that was packed, its parts in the order in which it was written; read as it was written, by orjson."""
    shared = orjson.loads(figures)
    return {name: shared.get(name, value) for name, value in _unpack_own(own).items()}


def read_own_part(packed: bytes | None, whole: str | None) -> dict[str, Any]:
    """A record but for what it shares with others: its inputs, context and results."""
    if packed is not None:
        return _unpack_own(packed)
    stored: dict[str, Any] = json.loads(whole or "{}")
    return stored


def _unpack_own(own: bytes) -> dict[str, Any]:
    if own[:1] != FORM:
        raise ValueError(f"a working of form {own[:1]!r} cannot be read")
    plain: dict[str, Any] = orjson.loads(zlib.decompressobj(RAW, WORDS).decompress(own[1:]))
    return plain


def read_working(row: Mapping[str, Any]) -> dict[str, Any]:
    """The record in a row with the columns of `STORED_WORKING`."""
    if row["packed_working"] is None:
        stored: dict[str, Any] = json.loads(row["working"])
        return stored
    return unpack(row["packed_working"], row["figures"])


def with_working(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with the columns of `STORED_WORKING`, its record in their place."""
    whole = dict(row)
    whole["working"] = read_working(row)
    del whole["packed_working"], whole["figures"]
    return whole
