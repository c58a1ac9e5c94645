"""What stays of the activities of somebody who was erased: which day and which region, not which instant and place.

Reductions are written once: their grams and workings, and all sums, stay as they are.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from backend.activities.models import Activity
from backend.platform.data.columns import UtcInstant


class _DayStart(FunctionElement[datetime]):
    """The first instant, in UTC, of the day of an instant or of a civil day."""

    type = UtcInstant()
    inherit_cache = True


class _Region(FunctionElement[str]):
    """The region that a place lies in: of CN-HB/wuhan, CN-HB."""

    type = String()
    inherit_cache = True


@compiles(_DayStart, "postgresql")
def _day_start_on_postgresql(element: _DayStart, compiler: SQLCompiler, **_: Any) -> str:
    return f"date_trunc('day', CAST({compiler.process(element.clauses)} AS timestamptz), 'UTC')"


@compiles(_DayStart, "sqlite")
def _day_start_on_sqlite(element: _DayStart, compiler: SQLCompiler, **_: Any) -> str:
    return f"strftime('%Y-%m-%d 00:00:00.000000', {compiler.process(element.clauses)})"


@compiles(_Region, "postgresql")
def _region_on_postgresql(element: _Region, compiler: SQLCompiler, **_: Any) -> str:
    return f"split_part({compiler.process(element.clauses)}, '/', 1)"


@compiles(_Region, "sqlite")
def _region_on_sqlite(element: _Region, compiler: SQLCompiler, **_: Any) -> str:
    place = compiler.process(element.clauses)
    return f"substr({place}, 1, instr({place} || '/', '/') - 1)"


_ACTIVITIES = Activity.__table__
FORGET = (
    _ACTIVITIES.update()
    .where(_ACTIVITIES.c.user_id == bindparam("owner"))
    .values(
        client_id=None,
        zone="UTC",  # in which the day below is the day it was
        occurred_at=_DayStart(_ACTIVITIES.c.occurred_on),
        region=_Region(_ACTIVITIES.c.region),
        given_region=_Region(_ACTIVITIES.c.given_region),
        created_at=_DayStart(_ACTIVITIES.c.created_at),
        withdrawn_at=_DayStart(_ACTIVITIES.c.withdrawn_at),
    )
)
