"""Which reductions rest on a figure: for auditors, over everybody's.

A table of references would cost every logged activity a write or more for a question asked a few times a year. So the
workings themselves are looked through, a bounded number at a time, and only those of versions that can reach the
figure; a page may be empty and still have a next one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backend.activities.domain import Reduction
from backend.activities.sql import activities as sql
from backend.methodology import service as methodology
from backend.platform.data.batch import fetch_one
from backend.platform.data.paging import Page, SortKey, Window, id_field

SCANNED = SortKey((id_field("user", "user_id"), id_field("reduction")))
SCANNED_AT_ONCE = 2_000  # workings a page looks at, whatever it finds


@dataclass(frozen=True)
class FigureUse:
    """Where in a working the figure stands: the parameter, and the row that was taken."""

    parameter: str
    table: str
    region: str
    year: int
    value: str
    unit: str


@dataclass(frozen=True)
class ReductionUse:
    """A reduction that rests on the figure, live or superseded."""

    reduction: Reduction
    uses: list[FigureUse]


def list_reductions_using(
    session: Session, key: str, window: Window, region: str | None = None, year: int | None = None
) -> Page[ReductionUse]:
    """The reductions of anybody that rest on the figure `key`, of this place and year where they are named."""
    versions = methodology.list_versions_reaching(session, key)
    scan = sql.scan_of_workings(versions, json.dumps(key), window.after(SCANNED), SCANNED_AT_ONCE)
    scanned = session.execute(scan).all()
    uses: list[ReductionUse] = []
    for user_id, reduction_id, is_candidate in scanned:
        if is_candidate:
            uses += _uses_of(session, user_id, reduction_id, key, region, year)
        if len(uses) == window.limit and (user_id, reduction_id) != tuple(scanned[-1][:2]):
            return Page(uses, SCANNED.write((user_id, reduction_id)))
    is_end = len(scanned) < SCANNED_AT_ONCE
    return Page(uses, None if is_end else SCANNED.write(scanned[-1][:2]))


def _uses_of(
    session: Session, user_id: str, reduction_id: str, key: str, region: str | None, year: int | None
) -> list[ReductionUse]:
    reduction = fetch_one(session, sql.reduction_question(user_id, reduction_id))
    figures = reduction.working["parameters"].items()
    figure_uses = [
        _use(parameter, taken)
        for parameter, taken in figures
        if taken.get("key") == key and region in (None, taken["region"]) and year in (None, taken["year"])
    ]
    return [ReductionUse(reduction, figure_uses)] if figure_uses else []


def _use(parameter: str, taken: Mapping[str, Any]) -> FigureUse:
    row = (taken[name] for name in ("table", "region", "year", "published_value", "published_unit"))
    return FigureUse(parameter, *row)
