"""The statements of the allowance for what nobody attested: how much of it a person and those linked with them used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    bindparam,
    case,
    cast,
    exists,
    func,
    or_,
    select,
    text,
    type_coerce,
    union,
    union_all,
)

from backend.accounts import service as accounts
from backend.activities.domain import PAPERS, LiveReduction
from backend.activities.sql.activities import LIVE, REDUCTIONS, read_live
from backend.activities.sql.evidence import EVIDENCE
from backend.activities.sql.stored_reductions import TOTALS, around
from backend.activities.sql.workings import STORED_WORKING, read_working
from backend.platform.data.batch import Question, read_as

# Days one by one, the other days of their months as a sum (2026-11), every other month of their years too (2026).
_written = cast(TOTALS.c.occurred_on, String(10))
_day = TOTALS.c.occurred_on
_period = case(
    (_day.between(bindparam("first_claimed"), bindparam("last_claimed")), _written),
    (_day.between(bindparam("first_near"), bindparam("last_near")), func.substr(_written, 1, 7)),
    else_=func.substr(_written, 1, 4),
)
_OWNER = select(type_coerce(bindparam("owner"), TOTALS.c.user_id.type).label("user_id"))


def _used_by(*whose: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            _period.label("period"),
            TOTALS.c.methodology_id,
            func.sum(TOTALS.c.unattested).label("unattested"),
        )
        .where(*whose, TOTALS.c.occurred_on.between(bindparam("first_day"), bindparam("last_day")))
        .where(TOTALS.c.unattested > 0)
        .group_by(text("period"), TOTALS.c.methodology_id)
    )


# One's own by itself: nearly nobody has a circle, and a union of ids would have every row of the table looked through.
USED = union_all(
    _used_by(TOTALS.c.user_id == bindparam("owner")),
    _used_by(TOTALS.c.user_id.in_(accounts.circle_of(bindparam("owner"))), TOTALS.c.user_id != bindparam("owner")),
)
# What papers attested by themselves: live and attested, with a paper behind it.
_BY_PAPERS = (
    select(REDUCTIONS.c.occurred_on, func.sum(REDUCTIONS.c.credited_g + REDUCTIONS.c.behaviour_points).label("amount"))
    .where(
        REDUCTIONS.c.user_id.in_(union(_OWNER, accounts.circle_of(bindparam("owner")))),
        REDUCTIONS.c.superseded_at.is_(None),
        REDUCTIONS.c.unattested == 0,
        REDUCTIONS.c.methodology_id.like(bindparam("of_category")),
        REDUCTIONS.c.occurred_on.between(bindparam("first_use_year"), bindparam("last_use_year")),
        REDUCTIONS.c.activity_id != bindparam("but_for"),
        exists().where(
            or_(EVIDENCE.c.user_id == REDUCTIONS.c.user_id, EVIDENCE.c.user_id == bindparam("joining")),
            EVIDENCE.c.activity_id == REDUCTIONS.c.activity_id,
            or_(*(EVIDENCE.c.tier == kind for kind in PAPERS)),
        ),
    )
    .group_by(REDUCTIONS.c.occurred_on)
)
_COUNTED = select(*STORED_WORKING).where(
    REDUCTIONS.c.user_id.in_(union(_OWNER, accounts.circle_of(bindparam("owner")))),
    REDUCTIONS.c.superseded_at.is_(None),
    REDUCTIONS.c.credited_g + REDUCTIONS.c.behaviour_points > 0,
    REDUCTIONS.c.methodology_id == bindparam("wanted_methodology"),
    REDUCTIONS.c.occurred_on == bindparam("on_day"),
    REDUCTIONS.c.activity_id != bindparam("but_for"),
)
_WITHHELD = LIVE.where(text("reductions.withheld > 0 AND activities.occurred_on BETWEEN :first_day AND :last_day"))


@dataclass(frozen=True)
class UnattestedUsed:
    """What nobody attested of a day, of a month's other days (2026-11), or of a year's other months (2026)."""

    period: str
    methodology_id: str
    unattested: int


_read_used: Callable[[Mapping[str, Any]], UnattestedUsed] = read_as(UnattestedUsed)


@dataclass(frozen=True)
class PapersUsed:
    """What papers attested by themselves of a day."""

    occurred_on: date
    amount: int


_read_papers_used: Callable[[Mapping[str, Any]], PapersUsed] = read_as(PapersUsed)


def papers_question(
    user_id: str, category: str, on: date, but_for: str = "", joining: str = ""
) -> Question[PapersUsed]:
    """What papers attested by themselves in the year of a day, for a person and those linked with them, by day.

    The papers of a guest who is `joining` follow the activities that they attest.
    """
    parameters = {
        "owner": user_id,
        "of_category": f"{category}.%",
        "first_use_year": on.replace(month=1, day=1),
        "last_use_year": on.replace(month=12, day=31),
        "but_for": but_for,
        "joining": joining,
    }
    return Question(_BY_PAPERS, parameters, _read_papers_used)


def counted_question(user_id: str, methodology_id: str, on: date, but_for: str = "") -> Question[dict[str, Any]]:
    """The workings of what counts under a methodology on a day, for a person and those linked with them."""
    parameters = {"owner": user_id, "wanted_methodology": methodology_id, "on_day": on, "but_for": but_for}
    return Question(_COUNTED, parameters, read_working)


def use_question(user_id: str, first: date, last: date) -> Question[UnattestedUsed]:
    """What a person and those linked with them used of the allowance in the years of some days."""
    return Question(USED, around(user_id, first, last), _read_used)


def withheld_between(user_id: str, first: date, last: date) -> Question[LiveReduction]:
    """The live reductions of some days of which the allowance kept something back, in the order they happened."""
    return Question(_WITHHELD, {"owner": user_id, "first_day": first, "last_day": last}, read_live)
