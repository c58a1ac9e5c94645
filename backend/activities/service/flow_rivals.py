"""One flow, one payer: what an activity claims, who else claims the same, and which of them is paid (ADR 0096).

Of two claims that meet, the stronger is paid, whoever told it first: what was attested before what was not, grams
before behaviour points, what measures the whole before what measures a part, more days before fewer, what happened
earlier before what happened later. So the sums are the same in every order of logging.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backend.activities.domain import FlowClaim, LiveReduction
from backend.activities.service.allowance import is_unattested
from backend.activities.service.asset_claims import days_recorded
from backend.activities.service.neighbours import least_of
from backend.activities.sql.activities import live_question
from backend.activities.sql.flow_claims import held_question
from backend.methodology import service as methodology
from backend.platform.core import clock
from backend.platform.data.batch import Batch, fetch_one
from backend.profiles import service as profiles
from backend.profiles.service import HouseholdStatements
from calculators import (
    HOUSEHOLD,
    NETTED,
    REDUCTION,
    CountedAlready,
    Estimate,
    Instance,
    Methodology,
    Occurrence,
    flows_of,
    instances_of,
    load_flows,
    measures_whole,
    meets,
    read_instance,
    report_of,
)

# Reasons behind which a credit waits for room, which a weaker claim on the same flow may have taken.
WANT_ROOM = (None, "cap_reached", "unattested", "netted")
ONE_DAY = timedelta(days=1)
MOST_DAYS = 999


@dataclass(frozen=True)
class Contender:
    """An activity that wants to be paid: whose, when by which clock, under which rule, and what it comes to.

    `least_s` is the least time that a trip takes, see `neighbours.least_of`.
    """

    user_id: str
    activity_id: str
    at: datetime
    zone: str
    rule: Methodology
    estimate: Estimate
    least_s: int | None

    @property
    def days(self) -> list[date]:
        """The civil days it covers, its own the last."""
        context = self.estimate.working.context
        if self.rule.covers is None:
            return [context.on]
        return days_recorded(self.rule, {"inputs": self.estimate.working.data.entered}, context.on)


@dataclass(frozen=True)
class Contest:
    """What an activity claims, and of what meets it the stronger one that is paid, or the weaker ones that were."""

    rule: Methodology | None = None
    claims: Sequence[FlowClaim] = ()
    stronger: FlowClaim | None = None
    weaker: Sequence[FlowClaim] = ()

    def counted(self, session: Session) -> CountedAlready | None:
        """What of the same flow is paid now, the stronger one first; None where nothing is."""
        paid = self.stronger or next(iter(self.weaker), None)
        return counted_by(session, paid) if paid else None


@dataclass
class HeldClaims:
    """What is claimed on some days, by whose flow it is; asked once for each owner, and follows what is recorded.

    `statements` say whose the flows of a person's household are; None until that is asked.
    """

    first: date
    last: date
    by_owner: dict[str, list[FlowClaim]] = field(default_factory=dict)
    statements: HouseholdStatements | None = None

    def add(self, claims: Iterable[FlowClaim]) -> None:
        """Take in what was recorded just now; where an owner was not asked about yet, the answer will tell it."""
        for claim in claims:
            if claim.owner_id in self.by_owner:
                self.by_owner[claim.owner_id].append(claim)

    def reaches(self, days: Iterable[date]) -> bool:
        """Whether everything around some days is in it."""
        return all(self.first <= day - ONE_DAY and day + ONE_DAY <= self.last for day in days)


def contest(session: Session, contender: Contender, held: HeldClaims | None = None) -> Contest:
    """What becomes of an activity beside everything that is paid now; asks for what `held` does not know, and adds it.

    An activity that earns nothing whatever the room claims nothing.
    """
    estimate = contender.estimate
    if not (estimate.credited_g or estimate.behaviour_points) and estimate.reason not in WANT_ROOM:
        return Contest(contender.rule)
    days = contender.days
    if held is None or not held.reaches(days):
        held = HeldClaims(days[0] - ONE_DAY, days[-1] + ONE_DAY)
    claims = _claims(session, contender, held)
    found = _held(session, {claim.owner_id for claim in claims}, held)
    rivals = [one for one in found if one.activity_id != contender.activity_id and _meets_any(one, claims)]
    stronger = min((claim for claim in rivals if claim.rank <= claims[0].rank), key=_rank, default=None)
    return Contest(contender.rule, claims, stronger, () if stronger else rivals)


def holds_claims(estimate: Estimate) -> bool:
    """Whether an activity with this estimate holds its flow: it is paid, or would be but for others of its meter.

    A meter that shows less on some days and more on others is what the home used: nothing else is paid for those days.
    """
    deductions = estimate.credit.deductions
    return bool(estimate.credited_g or estimate.behaviour_points or any(one["kind"] == NETTED for one in deductions))


def counted_by(session: Session, claim: FlowClaim) -> CountedAlready:
    """A claim of a stored activity as the recorded context of what it keeps out names it."""
    paid = fetch_one(session, live_question(claim.user_id, claim.activity_id))
    pinned = methodology.get_pinned(session, paid.version_id, paid.content_sha256)
    return CountedAlready(claim.methodology_id, pinned.methodology.title, claim.claimed_on)


def _claims(session: Session, contender: Contender, held: HeldClaims) -> list[FlowClaim]:
    """Every claim of an activity; those of one activity have one rank."""
    days, rule, working = contender.days, contender.rule, contender.estimate.working
    done = Occurrence(
        at=contender.at,
        local_time=contender.at.astimezone(ZoneInfo(contender.zone)).time(),
        days=[(day, _span(day, contender.zone)) for day in days],
        lasts_s=contender.least_s,
    )
    rank = _rank_of(contender, len(days))
    return [
        FlowClaim(
            owner_id=_owner(session, contender.user_id, instance, held),
            flow=instance.flow,
            instance=instance.key,
            claimed_on=instance.on,
            user_id=contender.user_id,
            activity_id=contender.activity_id,
            methodology_id=rule.id,
            rank=rank,
        )
        for instance in instances_of(rule, working.data.values, done)
    ]


def contender_of(one: LiveReduction, rule: Methodology, estimate: Estimate) -> Contender:
    """A stored activity with what it would come to."""
    return Contender(one.user_id, one.activity_id, one.occurred_at, one.zone, rule, estimate, least_by(estimate))


def least_by(estimate: Estimate) -> int | None:
    """The least time that a trip takes, by what is recorded of it."""
    working = estimate.working
    entered = {name: value["entered"] for name, value in working.data.entered.items()}
    return least_of(working.methodology.id, entered, working.context.duration_s)


def is_of_home(rule: Methodology) -> bool:
    """Whether a rule measures what a household shares."""
    return any(_is_of_household(use.flow) for use in flows_of(rule))


def find_meetings(claims: Iterable[FlowClaim]) -> list[tuple[FlowClaim, FlowClaim]]:
    """Pairs of claims of different activities that may not both be paid; all of one owner."""
    found: list[tuple[FlowClaim, FlowClaim]] = []
    near: list[FlowClaim] = []
    for claim in sorted(claims, key=lambda one: (one.claimed_on, one.activity_id)):
        near = [one for one in near if claim.claimed_on - one.claimed_on <= ONE_DAY]
        found += [(one, claim) for one in near if one.activity_id != claim.activity_id and _meet(one, claim)]
        near.append(claim)
    return found


def _held(session: Session, owners: Iterable[str], held: HeldClaims) -> list[FlowClaim]:
    """What is claimed of the flows of some owners, asked where it is not known."""
    owners = sorted(owners)
    batch = Batch(session)
    asked = {one: batch.fetch(held_question(one, held.first, held.last)) for one in owners if one not in held.by_owner}
    if asked:
        batch.run()
        held.by_owner |= {owner: answer.all() for owner, answer in asked.items()}
    return [claim for owner in owners for claim in held.by_owner[owner]]


def _owner(session: Session, user_id: str, instance: Instance, held: HeldClaims) -> str:
    """Whose the flow of an instance is: a person's, their household's that day, or that of what it goes through."""
    flow = load_flows().get(instance.flow)
    if flow is None or flow.owner != HOUSEHOLD:
        return user_id
    if held.statements is None:
        held.statements = fetch_one(session, profiles.statements_question(user_id))
    if flow.thing:
        return held.statements.identify(flow.thing, instance.on)
    return held.statements.household_on(instance.on) or user_id


def _is_of_household(flow: str) -> bool:
    known = load_flows().get(flow)
    return known is not None and known.owner == HOUSEHOLD


def _rank_of(contender: Contender, days: int) -> str:
    """The lower the stronger; the report at the end makes two that are alike in everything else differ for good."""
    working, rule = contender.estimate.working, contender.rule
    bounded = working.context.allowance
    doubts = int(bounded is not None) + int(is_unattested(bounded))  # what a paper attests is bounded too
    weaknesses = (doubts, rule.yields != REDUCTION, not measures_whole(rule))
    report = report_of(rule, working.data.values, contender.at)
    flags = "".join(str(int(weakness)) for weakness in weaknesses)
    return f"{flags}{MOST_DAYS - days:03d}{int(contender.at.timestamp()):011d}{report}"


def _span(day: date, zone: str) -> tuple[datetime, datetime]:
    return clock.span_of_day(day, zone)


def _meets_any(claim: FlowClaim, claims: Iterable[FlowClaim]) -> bool:
    return any(_meet(claim, mine) for mine in claims)


def _meet(one: FlowClaim, other: FlowClaim) -> bool:
    if (one.owner_id, one.flow) != (other.owner_id, other.flow):
        return False
    mine, theirs = read_instance(one.flow, one.instance), read_instance(other.flow, other.instance)
    return meets(mine, theirs, is_same_rule=one.methodology_id == other.methodology_id)


def _rank(claim: FlowClaim) -> str:
    return claim.rank
