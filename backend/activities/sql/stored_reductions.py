"""How a reduction is stored: its working packed (ADR 0123), and itself counted in the totals of its day and month."""

from __future__ import annotations

import hashlib
import zlib
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import orjson
from flask import current_app
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from backend.activities.domain import CREDIT, SUMS, Reduction
from backend.activities.models import DayTotal
from backend.activities.models import Reduction as ReductionRow
from backend.activities.sql.activities import MONTHS, crossed
from backend.activities.sql.workings import FIGURES, FORM, RAW, SHARED, WORDS
from backend.platform.data.batch import Question, read_as
from backend.platform.data.transactions import Write
from backend.platform.data.upsert import insert_absent, offered, upsert

TOTALS = DayTotal.__table__

LEVEL, MEMORY = 6, 8
KEPT_FIGURES = 50_000
_INSERT_REDUCTION = ReductionRow.__table__.insert()
_INSERT_FIGURES = insert_absent(FIGURES, key=["sha256"])
_USED = select(TOTALS.c.occurred_on, TOTALS.c.credited).where(
    TOTALS.c.user_id == bindparam("owner"),
    TOTALS.c.methodology_id == bindparam("wanted_methodology"),
    TOTALS.c.occurred_on.between(bindparam("first_day"), bindparam("last_day")),
)
_COUNTED = ("credited", "unattested")
_ADD_TO_DAY = upsert(
    TOTALS,
    key=["user_id", "occurred_on", "methodology_id"],
    changes={name: TOTALS.c[name] + offered(TOTALS)[name] for name in _COUNTED},
)
# An upsert would offer the bare difference as a row, which no total below zero may be.
_TAKE_FROM_DAY = (
    TOTALS.update()
    .where(
        TOTALS.c.user_id == bindparam("owner"),
        TOTALS.c.occurred_on == bindparam("day"),
        TOTALS.c.methodology_id == bindparam("of_methodology"),
    )
    .values(
        credited=TOTALS.c.credited - bindparam("taken"),
        unattested=TOTALS.c.unattested - bindparam("taken_unattested"),
    )
)
_ADD_TO_MONTH = upsert(
    MONTHS,
    key=("user_id", "month_on", "methodology_id", "version"),
    changes={name: MONTHS.c[name] + offered(MONTHS)[name] for name in ("activities", *SUMS)},
)
_TAKE_FROM_MONTH = (
    MONTHS.update()
    .where(
        MONTHS.c.user_id == bindparam("owner"),
        MONTHS.c.month_on == bindparam("month"),
        MONTHS.c.methodology_id == bindparam("of_methodology"),
        MONTHS.c.version == bindparam("of_version"),
    )
    .values(
        activities=MONTHS.c.activities - 1,
        **{column: MONTHS.c[column] - bindparam(f"less_{column}") for column in SUMS},
    )
)


@dataclass(frozen=True, slots=True)
class PackedWorking:
    """A record in its stored form: its `own` part, and the `figures` that it shares, under their hash."""

    own: bytes
    figures_sha256: str
    figures: str


@dataclass(frozen=True)
class DayUsed:
    """What one day was credited under one methodology."""

    occurred_on: date
    credited: int


_read_day: Callable[[Mapping[str, Any]], DayUsed] = read_as(DayUsed)


def around(user_id: str, earliest: date, latest: date) -> dict[str, Any]:
    """What bears on activities between two days in UTC: the days around them, their whole months and their whole years.

    The civil day, whatever the zone, is at most one away from UTC's; what is claimed on the day beside it may meet it.
    """
    before, after = earliest - timedelta(days=1), latest + timedelta(days=1)
    return {
        "owner": user_id,
        "first_claimed": before,
        "last_claimed": after,
        "first_held": before - timedelta(days=1),
        "last_held": after + timedelta(days=1),
        "first_near": before.replace(day=1),
        "last_near": after.replace(day=monthrange(after.year, after.month)[1]),
        "first_day": before.replace(month=1, day=1),
        "last_day": after.replace(month=12, day=31),
    }


def used_question(user_id: str, methodology_id: str, first: date, last: date) -> Question[DayUsed]:
    """What each of some days was credited under one methodology."""
    parameters = {"owner": user_id, "wanted_methodology": methodology_id, "first_day": first, "last_day": last}
    return Question(_USED, parameters, _read_day)


def add_to_day(reduction: Reduction, *, amount: int, unattested: int) -> list[Write]:
    """Count differences in what the day of a reduction was credited, and in what nobody attested of that.

    There is nothing to write where there is none. What is added comes first: the one is a part of the other.
    """
    key = {"user_id": reduction.user_id, "occurred_on": reduction.occurred_on}
    writes = []
    if amount > 0 or unattested > 0:
        more = {"credited": max(0, amount), "unattested": max(0, unattested)}
        writes.append(Write(_ADD_TO_DAY, key | {"methodology_id": reduction.methodology_id} | more, adds=_COUNTED))
    if amount < 0 or unattested < 0:
        less = {"taken": max(0, -amount), "taken_unattested": max(0, -unattested)}
        of_day = {"owner": reduction.user_id, "day": reduction.occurred_on, "of_methodology": reduction.methodology_id}
        writes.append(Write(_TAKE_FROM_DAY, of_day | less, rows=1, otherwise=crossed))
    return writes


def insert_counted(reduction: Reduction, *, is_held: bool) -> list[Write]:
    """Store a new reduction, and count it in the totals of its month and its day."""
    amount = reduction.credited_g + reduction.behaviour_points
    return [
        *insert_reduction(reduction),
        add_to_month(reduction, is_held=is_held),
        *add_to_day(reduction, amount=amount, unattested=reduction.unattested),
    ]


def add_to_month(reduction: Reduction, *, is_held: bool) -> Write:
    """Count a reduction that lives from now on in its month; of a held one nothing is credited yet."""
    row = {
        "user_id": reduction.user_id,
        "methodology_id": reduction.methodology_id,
        "version": reduction.version,
        "version_id": reduction.version_id,
        "content_sha256": reduction.content_sha256,
        "month_on": reduction.occurred_on.replace(day=1),
        "activities": 1,
    }
    return Write(_ADD_TO_MONTH, row | _sums(reduction, is_held), adds=("activities", *SUMS))


def take_from_month(reduction: Reduction, *, is_held: bool) -> Write:
    """Count a reduction no longer: another took its place, or its activity was withdrawn."""
    parameters = {
        "owner": reduction.user_id,
        "month": reduction.occurred_on.replace(day=1),
        "of_methodology": reduction.methodology_id,
        "of_version": reduction.version,
    }
    less = {f"less_{name}": amount for name, amount in _sums(reduction, is_held).items()}
    return Write(_TAKE_FROM_MONTH, parameters | less, rows=1, otherwise=crossed)


def _sums(reduction: Reduction, is_held: bool) -> dict[str, int]:
    return {name: 0 if is_held and name in CREDIT else int(getattr(reduction, name)) for name in SUMS}


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


def pack(record: Mapping[str, Any]) -> PackedWorking:
    """The stored form of a record; `workings.unpack` undoes it byte for byte."""
    figures = orjson.dumps({name: record[name] for name in SHARED if name in record})
    own = orjson.dumps({name: None if name in SHARED else value for name, value in record.items()})
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, RAW, MEMORY, zlib.Z_DEFAULT_STRATEGY, WORDS)
    packed = FORM + packer.compress(own) + packer.flush()
    return PackedWorking(packed, hashlib.sha256(figures).hexdigest(), figures.decode())


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
            if len(known) >= KEPT_FIGURES:
                known.clear()
            known.add(sha256)

    return hear


def _known() -> set[str]:
    known: set[str] = current_app.extensions.setdefault("carbon.figures", set())
    return known
