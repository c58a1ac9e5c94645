"""The stored form of a working (ADR 0123): what is its own packed in its row, what it shares with others once.

`pack` and `unpack` undo each other byte for byte. What a working was packed with is never changed: its first byte says
which words it was packed with, and a test holds them.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.activities.domain import Reduction
from backend.activities.models import Reduction as ReductionRow
from backend.activities.models import ReductionFigures
from backend.platform.data.transactions import Write
from backend.platform.data.upsert import insert_absent

FIGURES, _REDUCTIONS = ReductionFigures.__table__, ReductionRow.__table__

# What of a record depends on the version, the place and the choices alone.
SHARED = ("methodology", "parameters", "freshness", "conservativeness", "table_titles")
FORM = b"\x01"
_WORDS = Path(__file__).with_name("working_words_1.json").read_bytes()  # of form 1, for ever
_RAW, _LEVEL, _MEMORY = -15, 6, 8
KEPT = 50_000

_INSERT_REDUCTION = _REDUCTIONS.insert()
_INSERT_FIGURES = insert_absent(FIGURES, key=["sha256"])
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


@dataclass(frozen=True, slots=True)
class PackedWorking:
    """A record in its stored form: its `own` part, and the `figures` that it shares, under their hash."""

    own: bytes
    figures_sha256: str
    figures: str


def pack(record: Mapping[str, Any]) -> PackedWorking:
    """The stored form of a record."""
    figures = orjson.dumps({name: record[name] for name in SHARED if name in record})
    own = orjson.dumps({name: None if name in SHARED else value for name, value in record.items()})
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW, _MEMORY, zlib.Z_DEFAULT_STRATEGY, _WORDS)
    packed = FORM + packer.compress(own) + packer.flush()
    return PackedWorking(packed, hashlib.sha256(figures).hexdigest(), figures.decode())


def unpack(own: bytes, figures: str) -> dict[str, Any]:
    """The record that was packed, its parts in the order in which it was written."""
    if own[:1] != FORM:
        raise ValueError(f"a working of form {own[:1]!r} cannot be read")
    shared = json.loads(figures)
    plain = json.loads(zlib.decompressobj(_RAW, _WORDS).decompress(own[1:]))
    return {name: shared.get(name, value) for name, value in plain.items()}


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


def insert_reduction(reduction: Reduction) -> list[Write]:
    """Store a reduction, and the figures of its working where they are new."""
    packed, deductions = pack(reduction.working), reduction.working["results"]["deductions"]
    form = {
        "working": None,
        "packed_working": packed.own,
        "figures_sha256": packed.figures_sha256,
        "is_capped": any(deduction["kind"] == "cap" for deduction in deductions),
    }
    return [*_insert_figures(packed), Write(_INSERT_REDUCTION, {**vars(reduction), **form})]


def _insert_figures(packed: PackedWorking) -> list[Write]:
    """Store the figures, where this process does not know that they are stored."""
    if packed.figures_sha256 in _known():
        return []
    row = {"sha256": packed.figures_sha256, "figures": packed.figures}
    return [Write(_INSERT_FIGURES, row, once=True, heard=_hear(packed.figures_sha256))]


def _hear(sha256: str) -> Callable[[Session, int], None]:
    """Know figures once they were there before this transaction: only then are they surely committed."""

    def hear(session: Session, count: int) -> None:
        mine: set[str] = session.info.setdefault("figures", set())
        if count:
            mine.add(sha256)
        elif sha256 not in mine:
            known = _known()
            if len(known) >= KEPT:
                known.clear()
            known.add(sha256)

    return hear


def _known() -> set[str]:
    known: set[str] = current_app.extensions.setdefault("carbon.figures", set())
    return known
