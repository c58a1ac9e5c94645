"""How much of what nobody attested may count: a small share of what a person of the region emits (ADR 0065).

The bounds are those of a day, a month and a year, in one category and in all of them; what a person has used of them
is added up over their circle: everybody who shares a household, device, meter, address or payment. Bounds and what is
left go into the recorded context, so that a reduction recomputes without any of this.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache

from sqlalchemy.orm import Session

from backend.activities.domain import EvidenceKind
from backend.activities.service.evidence import EvidenceSummary
from backend.activities.sql.allowance import PapersUsed, UnattestedUsed, papers_question, use_question
from backend.platform.core.context import policy
from backend.platform.data.batch import Question, fetch
from calculators import (
    COUNT,
    Allowance,
    DaysCounted,
    Methodology,
    load_limits,
    metered_by,
    published_grams,
    share_of,
    unattested_bounds,
)
from config import UnattestedPolicy

LEAST_READINGS = 3  # of one meter, before they attest what ran through it
READINGS_APART = timedelta(hours=6)  # nearer photographs show one reading: hardly a figure has turned between them
MONTHS = 12
DAY, MONTH, YEAR = "day", "month", "year"
CATEGORY, ALL = "category", "all"
PAPERS = "papers"  # the bounds of what papers attest by themselves

Period = tuple[str, str]  # which of day, month and year, and which one


@dataclass
class UnattestedUse:
    """What nobody attested of a circle, by category and period; it follows what is recorded."""

    by_period: defaultdict[tuple[str, Period], int] = field(default_factory=lambda: defaultdict(int))

    def add(self, methodology_id: str, period: str, amount: int) -> None:
        """Take in what a day (2026-11-20), other days of a month (2026-11) or other months of a year (2026) used."""
        category = category_of(methodology_id)
        for kind, length in ((DAY, 10), (MONTH, 7), (YEAR, 4)):
            if len(period) >= length:
                for counted in (category, ALL):
                    self.by_period[counted, (kind, period[:length])] += amount

    def room(self, bounds: Mapping[str, int], category: str, on: date) -> dict[str, int]:
        """What is left under each bound for an activity of a category on a day.

        Nothing is said of those of papers, and of those on how often.
        """
        left = {}
        for name, bound in bounds.items():
            if name.startswith((PAPERS, COUNT)):
                continue
            scope, _, kind = name.partition("_")
            period = on.isoformat()[: {DAY: 10, MONTH: 7, YEAR: 4}.get(kind, 0)]
            used = self.by_period[category if scope == CATEGORY else ALL, (kind, period)] if period else 0
            left[name] = max(0, bound - used)
        return left


def use_of(rows: Iterable[UnattestedUsed]) -> UnattestedUse:
    """What the answers of the database say."""
    use = UnattestedUse()
    for one in rows:
        use.add(one.methodology_id, one.period, int(one.unattested))
    return use


def ask_use(session: Session, user_id: str, first: date, last: date) -> UnattestedUse:
    """The same for the years of some days, asked behind the lock on the circle."""
    return use_of(fetch(session, use_question(user_id, first, last)).all())


def is_attested(rule: Methodology, support: EvidenceSummary) -> bool:
    """Whether evidence attests an activity, if the rules do not doubt it.

    Somebody else vouches for it, or it is a track, or a series of readings of one meter. A word, a photograph and a
    paper that nobody examined attest nothing.
    """
    known = rule.evidence_weights
    if any(piece.is_attested and piece.tier in known for piece in support.pieces):
        return True
    if support.track is not None and EvidenceKind.GPS_TRACE in known:
        return True
    return EvidenceKind.METER_READING in known and _is_series(rule, support)


def is_attested_by_paper(support: EvidenceSummary) -> bool:
    """Whether a paper states by itself what an activity says, in everything that its kind needs."""
    return any(paper.attests for paper in support.examined)


def allowance_by_papers(
    session: Session, user_id: str, rule: Methodology, place: str, on: date, but_for: str = ""
) -> Allowance:
    """What may count on a day of an activity that a paper attests by itself; asked behind the lock on the circle.

    What the activity `but_for` counts is left out.
    """
    rules = policy()
    yearly_g, _ = published_grams(place, rule.category, rules.unattested)
    bounds = {
        f"{PAPERS}_{MONTH}": share_of(yearly_g, rules.papers.category_month_permille) // MONTHS,
        f"{PAPERS}_{YEAR}": share_of(yearly_g, rules.papers.category_year_permille),
    }
    room = room_by_papers(session, bounds, papers_question(user_id, rule.category, on, but_for), on)
    return Allowance(bounds, room)


def room_by_papers(
    session: Session, bounds: Mapping[str, int], asked: Question[PapersUsed], on: date
) -> dict[str, int]:
    """What is left on a day under each bound of what papers attest; nothing is said of the other bounds."""
    left = {name: bound for name, bound in bounds.items() if name.startswith(PAPERS)}
    if not left:
        return {}
    used = fetch(session, asked).all()
    in_month = sum(int(one.amount) for one in used if one.occurred_on.month == on.month)
    taken = {f"{PAPERS}_{MONTH}": in_month, f"{PAPERS}_{YEAR}": sum(int(one.amount) for one in used)}
    return {name: max(0, bound - taken[name]) for name, bound in left.items()}


def wider(by_papers: Allowance, ordinary: Allowance) -> Allowance:
    """Of two allowances the one that leaves more: a paper never takes away what a bare word may count."""
    return ordinary if min(ordinary.room.values()) > min(by_papers.room.values()) else by_papers


def is_unattested(bounded: Allowance | None) -> bool:
    """Whether an allowance is that of what nobody attested: not none, and not that of what papers attest."""
    return bounded is not None and not all(name.startswith(PAPERS) for name in bounded.bounds)


def allowance_for(
    rule: Methodology, support: EvidenceSummary, use: UnattestedUse, place: str, on: date, shares: UnattestedPolicy
) -> Allowance:
    """What may count on a day of an activity that nobody attested, of what a person of a place emits."""
    bounds = {**unattested_bounds(place, rule.category, _days_in_month(on), shares), **_missing(rule, support)}
    return Allowance(bounds, use.room(bounds, rule.category, on))


def days_counted(days: Sequence[date], begun_on: date) -> DaysCounted | None:
    """How many of the days of an activity lie on or after the day its person's account was made; None where all do."""
    since = sum(day >= begun_on for day in days)
    return None if since == len(days) else DaysCounted(since, len(days))


def category_of(methodology_id: str) -> str:
    """The category in a methodology's name."""
    return methodology_id.partition(".")[0]


def _missing(rule: Methodology, support: EvidenceSummary) -> dict[str, int]:
    """A bound of 0 for each kind of paper that a rule needs and nobody has handed in."""
    needed = _needs_of(rule.id)
    shown = support.kinds_shown if needed else frozenset()
    return {name: 0 for name, one_of in needed.items() if shown.isdisjoint(one_of)}


@cache
def _needs_of(methodology_id: str) -> Mapping[str, tuple[str, ...]]:
    """By the name of its bound, the kinds of evidence of which a rule needs one."""
    needs = load_limits().needs
    return {f"needs_{name}": need.one_of for name, need in needs.items() if methodology_id in need.rules}


def _is_series(rule: Methodology, support: EvidenceSummary) -> bool:
    if metered_by(rule.id) is None:
        return False
    counted: list[datetime] = []
    for instant in sorted(reading.read_at for reading in support.readings):
        if not counted or instant - counted[-1] >= READINGS_APART:
            counted.append(instant)
    return len(counted) >= LEAST_READINGS


def _days_in_month(on: date) -> int:
    return monthrange(on.year, on.month)[1]
