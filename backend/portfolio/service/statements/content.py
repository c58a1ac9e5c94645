"""The facts of a statement: integers and texts, the same for every reader, with nothing that names the person.

Reductions, points and offsets stand apart and are never added to one another. What the facts rest on is named by hash:
each version of a methodology, and the end of the person's chain of ledger entries.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from backend.activities import service as activities
from backend.ledger import service as ledger
from backend.platform.core import context
from backend.platform.core.errors import Refusal
from backend.points import service as points
from backend.portfolio.domain import Period
from backend.portfolio.service.account import read_record
from backend.portfolio.service.ranges import add_up, add_up_by_gas
from backend.portfolio.service.sums import by_category, by_methodology, by_month, total
from backend.profiles.domain import Profile
from backend.registry import service as registry

SCHEMA = "carbon-account/statement/1"
A_MOMENT = timedelta(microseconds=1)
YEARS = range(1900, 2201)
_PERIOD = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2]))?\Z", re.ASCII)


def read_period(text: str) -> Period:
    """The period called `text`, `2026-11` or `2026`; raise `not_found.statement` for anything else."""
    match = _PERIOD.match(text)
    if not match or int(match[1]) not in YEARS:
        raise Refusal("not_found.statement")
    year = int(match[1])
    if match[2] is None:
        return Period(text, date(year, 1, 1), date(year, 12, 31))
    month = int(match[2])
    return Period(text, date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))


def compose(session: Session, user_id: str, period: Period, now: datetime) -> tuple[dict[str, Any], Profile]:
    """What is known of `period` by `now`, unsigned and without a number; and the profile it was read with."""
    months, profile = read_record(session, user_id)
    begins_at, ends_at = period.begins_at(profile.zone), period.ends_at(profile.zone)
    head = ledger.get_head(session, user_id)
    held, held_g = activities.sum_held(session, user_id, period.first_on, period.last_on)
    facts = {
        "schema": SCHEMA,
        "issuer": context.settings().public_url,
        "period": {
            "kind": period.kind,
            "text": period.text,
            "from": period.first_on.isoformat(),
            "until": period.last_on.isoformat(),
            "zone": profile.zone,
        },
        "region": profile.region,
        "reductions": {
            **_reductions(session, [month for month in months if period.first_on <= month.month_on <= period.last_on]),
            **_in_range(session, user_id, period),
            "held": {"activities": held, "credited_g": held_g},
        },
        "points": {
            "opening": _balances(session, user_id, begins_at - A_MOMENT),
            "moved": ledger.sum_by_kind(session, user_id, begins_at, ends_at),
            "closing": _balances(session, user_id, min(now, ends_at - A_MOMENT)),
        },
        "offsets": _offsets(session, user_id, begins_at, ends_at),
        "ledger": {"sequence": head.sequence, "sha256": head.sha256},
    }
    return facts, profile


def _reductions(session: Session, months: list[Any]) -> dict[str, Any]:
    methodologies = by_methodology(session, months)
    return {
        "total": asdict(total(months)),
        "by_category": [{"category": name, **asdict(found)} for name, found in by_category(methodologies).items()],
        "by_month": [{"month": f"{on:%Y-%m}", **asdict(found)} for on, found in by_month(months).items()],
        "by_methodology": [
            {
                "id": one.id,
                "category": one.category,
                "title": dict(one.titles),
                "versions": [
                    {"version": version.version, "sha256": version.sha256, **asdict(version.sum)}
                    for version in one.versions
                ],
            }
            for one in methodologies
        ],
    }


def _in_range(session: Session, user_id: str, period: Period) -> dict[str, Any]:
    """The range of the total, in which a figure that several reductions share is one variable, and what counts which
    gases: the bounds in `total` are added up.
    """
    found = list(activities.list_ranged(session, user_id, period.first_on, period.last_on))
    together = add_up(found)
    return {
        "range": {"low_g": together.low_g, "high_g": together.high_g},
        "by_gas": [{**asdict(one), "scopes": list(one.scopes)} for one in add_up_by_gas(found)],
    }


def _balances(session: Session, user_id: str, at: datetime) -> Mapping[str, int]:
    return asdict(points.get_balances(session, user_id, at))


def _offsets(session: Session, user_id: str, since: datetime, until: datetime) -> list[dict[str, Any]]:
    return [
        {
            "certificate": registry.find_certificate_number(session, user_id, reference),
            "project": retired.project_id,
            "registry": retired.registry_id,
            "vintage": retired.vintage,
            "serials": retired.serials,
            "grams": retired.grams,
            "purpose": retired.purpose,
            "retired_at": retired.retired_at.astimezone(UTC).isoformat(timespec="seconds"),
            "demonstration": retired.demonstration,
        }
        for reference, retired in registry.list_retired_between(session, user_id, since, until)
    ]
