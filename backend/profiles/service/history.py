"""What a profile said at an instant: changes apply forward only, so nobody moves a day that is over.

Whoever changes where, by which clock, with how many or on what they live is judged by the new words from then on, and
by the old ones for what they did before, however late they log it. What was never stated before is no change: the
first word applies to all days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from backend.platform.data.batch import Question, fetch
from backend.profiles.models import ProfilePast
from backend.profiles.service.profile import JUDGED_BY, Profile

MOST_SAID = 12

_TABLE = ProfilePast.__table__
_SINCE = (
    select(_TABLE)
    .where(_TABLE.c.user_id == bindparam("owner"), _TABLE.c.until_at > bindparam("since", type_=_TABLE.c.until_at.type))
    .order_by(_TABLE.c.until_at)
)


@dataclass(frozen=True)
class Timeline:
    """A profile, and what it said before: `pasts` as rows, the earliest first."""

    now: Profile
    pasts: Sequence[Mapping[str, Any]] = ()

    def at(self, instant: datetime) -> Profile:
        """The profile by which something at `instant` is judged."""
        said: dict[str, Any] = {}
        for past in self.pasts:
            if past["until_at"] > instant:
                said = {name: past[name] for name in JUDGED_BY if past[name] is not None} | said
        return replace(self.now, **said) if said else self.now

    def said_lately(self, since: datetime, until: datetime) -> list[Profile]:
        """What counted at `until`, and whatever else was said from `since` on, by what decides over a credit.

        What stood longest comes first after that; of more than `MOST_SAID` the fleeting ones are left out, so that
        nobody hides what they long said behind many words.
        """
        present = self.at(until)
        changes = [past["until_at"] for past in self.pasts if since < past["until_at"] <= until]
        stood: dict[Profile, timedelta] = {}
        for begins_at, ends_at in pairwise([since, *changes]):
            said = replace(self.at(begins_at), zone=present.zone)
            stood[said] = stood.get(said, timedelta()) + (ends_at - begins_at)
        stood.pop(present, None)
        return [present, *sorted(stood, key=lambda said: stood[said], reverse=True)[:MOST_SAID]]


def read_timeline(session: Session, user_id: str, profile: Profile, since: datetime) -> Timeline:
    """What `profile` said from `since` on; asks only when something has changed since then."""
    if profile.changed_at is None or profile.changed_at <= since:
        return Timeline(profile)
    return Timeline(profile, fetch(session, Question(_SINCE, {"owner": user_id, "since": since}, dict)).all())
