"""What is known of a person behind their lock while they log, one activity or a whole queue.

It is read once and kept true as activities are recorded, so that the next one of the same transaction finds the room
and the flows that this one has left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.orm import Session

from backend.activities.domain import Activity, EvidencePiece, FlowClaim, LiveReduction, Reduction
from backend.activities.service import allowance
from backend.activities.service.flow_rivals import HeldClaims
from backend.activities.service.neighbours import Neighbourhood
from backend.activities.service.succession import Succession
from backend.activities.service.views import FreshEstimate
from backend.activities.sql.allowance import use_question
from backend.activities.sql.logging import LoggingAnswers, PeriodUsed, credited_in, used_question
from backend.ledger.domain import Opening
from backend.methodology.service import Interval
from backend.platform.data.batch import Batch
from backend.points.domain import ActivityPoints
from backend.profiles.domain import Timeline
from calculators import Methodology
from config import Policy

LIVES = "lives"


@dataclass(frozen=True)
class LoggingKnowledge:
    """What one round trip tells before an activity is judged; `pieces` are by the place at which they were named."""

    circle: Sequence[str]
    openings: Sequence[Opening]
    logged: Sequence[LoggingAnswers]
    pieces: Sequence[Mapping[str, Sequence[EvidencePiece]]]
    weeks: Sequence[Mapping[str, Sequence[LiveReduction]]]


@dataclass
class LoggingState:
    """What is known of a person behind their lock; it follows what is recorded."""

    user_id: str
    timeline: Timeline
    now: datetime
    days: tuple[date, date]  # in UTC, of the first and of the last of what is logged
    neighbourhood: Neighbourhood
    policy: Policy
    use: allowance.UnattestedUse
    created_at: datetime
    held: HeldClaims
    intervals: dict[str, Sequence[Interval]] = field(default_factory=dict)  # by methodology, when each version counts
    used: dict[str, defaultdict[date, int]] = field(default_factory=dict)  # by methodology, of days and whole months
    follows: Succession | None = None  # what is corrected by what is recorded
    lives: Sequence[LiveReduction] | None = None  # of the weeks around, where they were asked for and are as then

    def add_methodology(self, methodology_id: str, intervals: Sequence[Interval], used: Iterable[PeriodUsed]) -> None:
        """Take in when each version of one methodology counts, and what was credited under it."""
        self.intervals[methodology_id] = intervals
        self.used[methodology_id] = credited_in(used)

    def ask_again(self, session: Session) -> None:
        """Read again what changed with entries for earlier activities: what is used, and what is claimed."""
        batch = Batch(session)
        used = {one: batch.fetch(used_question(self.user_id, one, *self.days)) for one in self.intervals}
        unattested = batch.fetch(use_question(self.user_id, *self.days))
        batch.run()
        for methodology_id, answer in used.items():
            self.add_methodology(methodology_id, self.intervals[methodology_id], answer.all())
        self.use = allowance.use_of(unattested.all())
        self.lives = None
        self.held.by_owner.clear()  # asked again for whoever comes up

    def add_activity(self, recorded: RecordedActivity) -> None:
        """Take in what was recorded just now."""
        if amount := recorded.reduction.amount:
            activity = recorded.activity
            self.neighbourhood.add(activity, amount)
            self.used[activity.methodology_id][activity.occurred_on] += amount
            self.use.add(activity.methodology_id, activity.occurred_on.isoformat(), recorded.reduction.unattested)
            self.held.add(recorded.claims)


@dataclass(frozen=True)
class RecordedActivity:
    """A new activity as it was queued, with all that its view is made of, and the `claims` for which it is paid."""

    activity: Activity
    reduction: Reduction
    rule: Methodology
    worth: ActivityPoints
    fresh: FreshEstimate
    claims: Sequence[FlowClaim]
    has_moved_others: bool = False  # what others are paid, or the year takes of them, is another now
