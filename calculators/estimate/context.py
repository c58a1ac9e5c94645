"""What lies outside the document and the inputs: place, day, evidence, room under the caps, profile, own history.

Promise: everything an estimate may depend on is in here, is checked, and is recorded; nothing is read from a clock or
a database. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from calculators.errors import FieldError
from calculators.rounding import decimal_text

LONGEST_DURATION_S = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class CountedAlready:
    """Another activity that has claimed one of the same days, under a methodology that cannot count beside this one."""

    methodology: str
    title: Mapping[str, str]
    on: date

    def record(self) -> dict[str, Any]:
        """It as JSON-able data."""
        return {"methodology": self.methodology, "title": dict(self.title), "on": self.on.isoformat()}


@dataclass(frozen=True, slots=True)
class ClaimedElsewhere:
    """A thing of the household that somebody else has counted on one of the same days; it does not say who."""

    thing: str
    on: date

    def record(self) -> dict[str, Any]:
        """It as JSON-able data."""
        return {"thing": self.thing, "on": self.on.isoformat()}


@dataclass(frozen=True, slots=True)
class Context:
    """Where, when and by whom.

    `region` is an ISO 3166 code; `on` the activity's civil day in the person's zone; `evidence` the tier that
    supports it; `cap_room` the grams (or points) left under each cap by its name, an absent name being an untouched
    cap; `history` own-history means by input name; `declared_alternative` the baseline a person declares instead of
    the population's, where the document allows it; `counted_already` what leaves no room beside it, whatever the caps;
    `claimed_elsewhere` a meter, car or roof that somebody else counted; `refused` the rule of plausibility by which it
    earns nothing.
    """

    region: str
    on: date
    evidence: str = "self_declared"
    duration_s: int | None = None
    cap_room: Mapping[str, int] = field(default_factory=dict)
    household_size: Decimal | None = None
    diet: str | None = None
    history: Mapping[str, Decimal | str] = field(default_factory=dict)
    declared_alternative: str | None = None
    counted_already: CountedAlready | None = None
    claimed_elsewhere: ClaimedElsewhere | None = None
    refused: str | None = None

    def problems(self, regions: Mapping[str, Any], alternatives: Mapping[str, Any]) -> list[FieldError]:
        """What is impossible about it: an unknown place, a negative duration, an alternative nobody allows."""
        errors = []
        if self.region not in regions:
            errors.append(
                FieldError("region", "region.unknown", f"unknown region {self.region!r}; use an ISO 3166 code")
            )
        if self.duration_s is not None and not 0 < self.duration_s <= LONGEST_DURATION_S:
            errors.append(
                FieldError("duration_s", "duration.impossible", "must be above 0 and at most a week, in seconds")
            )
        if self.declared_alternative is not None and self.declared_alternative not in alternatives:
            errors.append(
                FieldError(
                    "declared_alternative", "alternative.not_allowed", "this methodology allows no such alternative"
                )
            )
        errors.extend(
            FieldError(f"cap_room.{name}", "cap_room.negative", "must be zero or more")
            for name, room in self.cap_room.items()
            if room < 0
        )
        return errors

    def record(self) -> dict[str, Any]:
        """The context as JSON-able data."""
        size = self.household_size
        return {
            "region": self.region,
            "on": self.on.isoformat(),
            "evidence": self.evidence,
            "duration_s": self.duration_s,
            "cap_room": dict(self.cap_room),
            "household_size": None if size is None else decimal_text(size),
            "diet": self.diet,
            "history": {name: _text(value) for name, value in self.history.items()},
            "declared_alternative": self.declared_alternative,
            "counted_already": None if self.counted_already is None else self.counted_already.record(),
            "claimed_elsewhere": None if self.claimed_elsewhere is None else self.claimed_elsewhere.record(),
            "refused": self.refused,
        }


def read_context(recorded: Mapping[str, Any]) -> Context:
    """The context a working recorded."""
    size = recorded["household_size"]
    return Context(
        region=recorded["region"],
        on=date.fromisoformat(recorded["on"]),
        evidence=recorded["evidence"],
        duration_s=recorded["duration_s"],
        cap_room=dict(recorded["cap_room"]),
        household_size=None if size is None else Decimal(size),
        diet=recorded["diet"],
        history=dict(recorded["history"]),
        declared_alternative=recorded["declared_alternative"],
        counted_already=_read_counted(recorded["counted_already"]),
        # a record from before households existed says nothing of them
        claimed_elsewhere=_read_claimed(recorded.get("claimed_elsewhere")),
        refused=recorded.get("refused"),
    )


def _read_counted(recorded: Mapping[str, Any] | None) -> CountedAlready | None:
    if recorded is None:
        return None
    return CountedAlready(recorded["methodology"], recorded["title"], date.fromisoformat(recorded["on"]))


def _read_claimed(recorded: Mapping[str, Any] | None) -> ClaimedElsewhere | None:
    return None if recorded is None else ClaimedElsewhere(recorded["thing"], date.fromisoformat(recorded["on"]))


def _text(value: Decimal | str) -> str:
    return decimal_text(value) if isinstance(value, Decimal) else value
