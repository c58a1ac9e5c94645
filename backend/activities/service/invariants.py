"""What must hold for all activities at any time; each check yields what breaks it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from itertools import groupby

from sqlalchemy.orm import Session

from backend.activities.domain import FlowClaim
from backend.activities.service.claims_backfill import BACKFILLS, is_left
from backend.activities.service.estimates import period_of
from backend.activities.service.flow_rivals import find_meetings
from backend.activities.sql import invariants as sql
from backend.activities.sql.workings import read_working
from backend.methodology import service as methodology
from backend.platform.privacy import audit
from calculators import CalculatorError, verify

_MOST_ENTRIES = 1000

Period = tuple[str, tuple[date, date]]  # a cap's name, and the days it counts over


def broken_sums(session: Session) -> Iterator[str]:
    """Whatever does not add up between activities, reductions, totals, points and versions."""
    for rule, query in sql.RULES.items():
        for row in session.execute(query).mappings():
            yield f"{rule}: {dict(row)}"


def broken_caps(session: Session) -> Iterator[str]:
    """Days, months and years in which somebody was credited more than any version's cap for that period allowed."""
    rows = session.execute(sql.TOTALS, execution_options={"yield_per": 1000}).mappings()
    for owner, totals in groupby(rows, key=lambda row: (row["user_id"], row["methodology_id"])):
        credited: Counter[Period] = Counter()
        allowed: dict[Period, int] = {}
        for row in totals:
            pinned = methodology.get_pinned(session, row["version_id"], row["content_sha256"])
            for name, cap in pinned.methodology.caps.items():
                if days := period_of(name, row["occurred_on"]):
                    credited[name, days] += row["credited"]
                    allowed[name, days] = max(cap, allowed.get((name, days), 0))
        yield from (
            f"{name} from {first}: {owner}"
            for (name, (first, last)), amount in credited.items()
            if amount > allowed[name, (first, last)]
        )


def broken_flows(session: Session) -> Iterator[str]:
    """Pairs of activities that are both paid for one instance of a flow, and claims that nothing credited holds.

    A credit without a claim is none of them where it is older than the last backfill, which left it.
    """
    rows = session.execute(sql.CLAIMS, execution_options={"yield_per": 1000}).mappings()
    for owner, held in groupby(rows, key=lambda row: (row["owner_id"], row["flow"])):
        for one, other in find_meetings(FlowClaim(**row) for row in held):
            yield f"{owner}: {one.activity_id} and {other.activity_id} on {other.claimed_on}"
    held_by = {(row["user_id"], row["activity_id"]) for row in session.execute(sql.HOLDERS).mappings()}
    due = {(row["user_id"], row["activity_id"]): row["created_at"] for row in session.execute(sql.CREDITED).mappings()}
    backfilled_at = _backfilled_at(session) if due.keys() - held_by else None
    for owner, activity in sorted(held_by ^ due.keys()):
        told_at = due.get((owner, activity))
        is_old = told_at is not None and backfilled_at is not None and told_at <= backfilled_at
        if not (is_old and is_left(session, owner, activity)):
            yield f"paid or claiming, not both: {(owner, activity)}"


def _backfilled_at(session: Session) -> datetime | None:
    """When claims were last given to what was credited before there were any: what is told later has its own."""
    entries = (entry for entry, _ in audit.list_entries(session, _MOST_ENTRIES, "activities"))
    return next((entry.at for entry in entries if entry.action in BACKFILLS), None)


def broken_results(session: Session) -> Iterator[str]:
    """Reductions, superseded ones included, whose stored result is not what their working leads to."""
    for row in session.execute(sql.REDUCTIONS, execution_options={"yield_per": 1000}).mappings():
        content = methodology.get_pinned(session, row["version_id"], row["content_sha256"])
        try:
            verify(read_working(dict(row)), content.methodology.text)
        except CalculatorError as problem:
            yield f"{row['user_id']} {row['id']}: {problem}"


def broken_months(session: Session) -> Iterator[str]:
    """Months whose totals are not what their live reductions add up to."""
    for row in session.execute(sql.DIFFERING).mappings():
        yield f"the total of a month is the sum of its live reductions: {dict(row)}"
