"""What each month of a person comes to, methodology by methodology, version by version: written with every reduction.

An account, a statement and a home screen add up a few rows of these instead of every activity there ever was. The
bounds of a month are the sums of the bounds: as if every error went the same way, so the range is never too narrow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, func, select, text
from sqlalchemy.orm import Session

from backend.activities.models import HELD, Activity, MonthTotal, Reduction
from backend.platform.core.errors import Refusal
from backend.platform.data.batch import Question, read_as
from backend.platform.data.transactions import enqueue_write
from backend.platform.data.upsert import offered, upsert

SUMS = ("baseline_g", "project_g", "reduction_g", "credited_g", "low_g", "high_g", "behaviour_points")
CREDIT = ("credited_g", "behaviour_points")  # of these a held activity has none until it is decided
_KEY = ("user_id", "month_on", "methodology_id", "version")

_ACTIVITIES, _REDUCTIONS, _TOTALS = Activity.__table__, Reduction.__table__, MonthTotal.__table__
_ADD = upsert(
    _TOTALS,
    key=_KEY,
    changes={name: _TOTALS.c[name] + offered(_TOTALS)[name] for name in ("activities", *SUMS)},
)
_TAKE = (
    _TOTALS.update()
    .where(
        _TOTALS.c.user_id == bindparam("owner"),
        _TOTALS.c.month_on == bindparam("month"),
        _TOTALS.c.methodology_id == bindparam("of_methodology"),
        _TOTALS.c.version == bindparam("of_version"),
    )
    .values(
        activities=_TOTALS.c.activities - 1,
        **{column: _TOTALS.c[column] - bindparam(f"less_{column}") for column in SUMS},
    )
)
_OF_PERSON = (
    select(*(column for column in _TOTALS.columns if column.name != "user_id"))
    .where(
        _TOTALS.c.user_id == bindparam("owner"),
        _TOTALS.c.month_on.between(bindparam("first_month"), bindparam("last_month")),
        _TOTALS.c.activities > 0,
    )
    .order_by(_TOTALS.c.month_on, _TOTALS.c.methodology_id, _TOTALS.c.version)
)
_LIVE = """
    SELECT user_id, SUBSTR(CAST(month_on AS VARCHAR(10)), 1, 7) AS month, methodology_id, version, activities, {sums}
        FROM month_totals
    UNION ALL
    SELECT r.user_id, SUBSTR(CAST(r.occurred_on AS VARCHAR(10)), 1, 7), r.methodology_id, r.version, -1, {less}
        FROM reductions r JOIN activities a ON a.user_id = r.user_id AND a.id = r.activity_id
        WHERE r.superseded_at IS NULL""".format(
    sums=", ".join(SUMS),
    less=", ".join(
        f"CASE a.status WHEN 'held' THEN 0 ELSE -r.{column} END" if column in CREDIT else f"-r.{column}"
        for column in SUMS
    ),
)
_DIFFERING = text(
    f"SELECT user_id, month, methodology_id, version FROM ({_LIVE}) AS both_sides"
    " GROUP BY user_id, month, methodology_id, version HAVING "
    + " OR ".join(f"SUM({column}) <> 0" for column in ("activities", *SUMS))
)


@dataclass(frozen=True)
class MonthOf:
    """What one version of one methodology came to in one month of one person; signed grams, bounds added up."""

    month_on: date  # its first day
    methodology_id: str
    version: int
    version_id: str
    content_sha256: str
    activities: int
    baseline_g: int
    project_g: int
    reduction_g: int
    credited_g: int
    low_g: int
    high_g: int
    behaviour_points: int


def add_to_month(session: Session, reduction: Mapping[str, Any], *, held: bool) -> None:
    """Count a reduction that lives from now on in its month, queued; of a held one nothing is credited yet."""
    row = {name: reduction[name] for name in ("user_id", "methodology_id", "version", "version_id", "content_sha256")}
    row |= {"month_on": month_of(reduction["occurred_on"]), "activities": 1}
    enqueue_write(session, _ADD, row | _sums(reduction, held), adds=("activities", *SUMS))


def take_from_month(session: Session, reduction: Mapping[str, Any], *, held: bool) -> None:
    """Count a reduction no longer, queued: another took its place, or its activity was withdrawn."""
    named = {
        "owner": reduction["user_id"],
        "month": month_of(reduction["occurred_on"]),
        "of_methodology": reduction["methodology_id"],
        "of_version": reduction["version"],
    }
    less = {f"less_{column}": amount for column, amount in _sums(reduction, held).items()}
    enqueue_write(session, _TAKE, named | less, rows=1, otherwise=lambda: Refusal("service.busy", retry_after_s=1))


def _sums(reduction: Mapping[str, Any], held: bool) -> dict[str, int]:
    return {column: 0 if held and column in CREDIT else int(reduction[column]) for column in SUMS}


def months_question(user_id: str, first: date, last: date) -> Question[MonthOf]:
    """What to ask for the months from that of `first` to that of `last`, the oldest first, in a batch."""
    named = {"owner": user_id, "first_month": month_of(first), "last_month": month_of(last)}
    return Question(_OF_PERSON, named, read_as(MonthOf))


def sum_held(session: Session, user_id: str, first: date, last: date) -> tuple[int, int]:
    """How many activities of these days wait for a decision, and the grams that depend on it: counted in the months,
    and taken out of them if the decision is no.
    """
    held = select(func.count().label("activities"), func.sum(_REDUCTIONS.c.credited_g).label("credited_g")).join_from(
        _ACTIVITIES,
        _REDUCTIONS,
        (_REDUCTIONS.c.user_id == _ACTIVITIES.c.user_id) & (_REDUCTIONS.c.activity_id == _ACTIVITIES.c.id),
    )
    of_days = held.where(
        _ACTIVITIES.c.user_id == user_id,
        _ACTIVITIES.c.status == HELD,
        _ACTIVITIES.c.occurred_on.between(first, last),
        _REDUCTIONS.c.superseded_at.is_(None),
    )
    found = session.execute(of_days).one()
    return found.activities, int(found.credited_g or 0)


def month_of(on: date) -> date:
    """The first day of the month that holds `on`."""
    return on.replace(day=1)


def broken_months(session: Session) -> Iterator[str]:
    """Months whose totals are not what their live reductions add up to."""
    for row in session.execute(_DIFFERING).mappings():
        yield f"the total of a month is the sum of its live reductions: {dict(row)}"
