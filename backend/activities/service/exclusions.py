"""What may count only once a day: rules that would credit the same thing, and a meter that is read once.

Whoever is credited first keeps the day; what comes second is stored, worth nothing, and told which one counts. Taking
the first back lets the second count. The documents say what excludes what, on both sides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from backend.activities.sql import CLAIMED, COVER, UNCOVER
from backend.methodology import service as methodology
from backend.platform.core.errors import invalid_inputs
from backend.platform.data.transactions import enqueue_write, fetch_many
from calculators import CountedAlready, InputRefused, Methodology, days_covered

COUNTED_ALREADY = "counted_already"  # the rule book's reason

Row = Mapping[str, Any]
Claims = Mapping[date, Set[str]]  # by day, the methodologies under which something is credited


def days_of(rule: Methodology, inputs: Mapping[str, Any], on: date) -> list[date]:
    """The civil days an activity covers, its own the last; raise `request.invalid` where they cannot be read."""
    try:
        return _days(days_covered(rule, inputs), on)
    except InputRefused as refused:
        raise invalid_inputs(refused.errors) from refused


def days_recorded(rule: Methodology, working: Row, on: date) -> list[date]:
    """The same of a stored working."""
    entered = working["inputs"].get(rule.covers or "")
    return _days(int(Decimal(entered["value"])) if entered else 1, on)


def read_claims(rows: Iterable[Row]) -> Claims:
    """The days that rows of `statements.USED_AND_CLAIMED` or `CLAIMED` say are taken, and by whom."""
    taken: defaultdict[date, set[str]] = defaultdict(set)
    for row in rows:
        taken[date.fromisoformat(row["period"])].add(row["methodology_id"])
    return taken


def ask_claims(session: Session, user_id: str, days: Sequence[date]) -> Claims:
    """What is credited on these days, behind the lock on the person's book."""
    named = {"owner": user_id, "first_claimed": days[0], "last_claimed": days[-1]}
    (rows,) = fetch_many(session, [(CLAIMED, named)])
    return read_claims(rows)


def find_counted(session: Session, rule: Methodology, days: Sequence[date], claims: Claims) -> CountedAlready | None:
    """The first of `days` on which something counts that cannot count beside `rule`, or None."""
    for day in days:
        for other in sorted(claims.get(day, frozenset()) & set(rule.excludes)):
            in_force = methodology.get_in_force(session, other, day)
            return CountedAlready(other, in_force.methodology.title, day)
    return None


def cover(session: Session, user_id: str, activity_id: str, methodology_id: str, days: Sequence[date]) -> None:
    """Take the days before its own for an activity that is credited, queued; its own is in the day's total."""
    for day in days[:-1]:
        row = {"user_id": user_id, "covered_on": day, "activity_id": activity_id, "methodology_id": methodology_id}
        enqueue_write(session, COVER, row)


def uncover(session: Session, user_id: str, activity_id: str) -> None:
    """Give back what `cover` took, queued."""
    enqueue_write(session, UNCOVER, {"owner": user_id, "of_activity": activity_id})


def clashes(credited: Iterable[tuple[Methodology, str, Sequence[date]]]) -> Iterator[str]:
    """Pairs of one person's credited activities that may not both count; each given as rule, id and days."""
    by_day: defaultdict[date, list[tuple[Methodology, str]]] = defaultdict(list)
    for rule, activity_id, days in credited:
        for day in days:
            for other, other_id in by_day[day]:
                if other.id in rule.excludes or rule.id in other.excludes:
                    yield f"{other.id} {other_id} and {rule.id} {activity_id} on {day}"
            by_day[day].append((rule, activity_id))


def _days(count: int, on: date) -> list[date]:
    return [on - timedelta(days=ago) for ago in reversed(range(max(1, count)))]
