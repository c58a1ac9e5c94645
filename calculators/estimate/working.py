"""What an estimate rests on and what comes out of it, as values that survive JSON.

Promise: everything an estimate may depend on (place, day, evidence, room under the caps, profile, own history, the
activity data, the figures) is in here, is checked and is recorded: `record()` is enough to reach the same integers
years later with the document's text and nothing else. Nothing is read from a clock or a database. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from calculators.estimate.caution import Caution
from calculators.figures.factors import Band
from calculators.figures.freshness import Age
from calculators.methodology.document import Methodology
from calculators.words import ENGLISH, pick, say_basis, say_deduction

SCHEMA = 1
CREDITED, UNCREDITED = "credited", "uncredited"
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
class Allowance:
    """What may still count of what nobody attested: grams or points by bound, and what is left under each.

    A bound is a period of a category or of all (`category_day`, …, `all_year`), or the evidence without which nothing
    counts (`needs_meter`, `needs_order`: 0). A bound `count_…` is how often a household does in a day what the input of
    that name counts: of an activity that told more counts its part.
    """

    bounds: Mapping[str, int]
    room: Mapping[str, int]

    def record(self) -> dict[str, Any]:
        """It as JSON-able data."""
        return {"bounds": dict(self.bounds), "room": dict(self.room)}


@dataclass(frozen=True, slots=True)
class DaysCounted:
    """How many of the days that an activity covers count: those since its person has the account."""

    days: int
    of: int

    def record(self) -> dict[str, int]:
        """It as JSON-able data."""
        return {"days": self.days, "of": self.of}


@dataclass(frozen=True, slots=True)
class Context:
    """Where, when and by whom.

    `region` is an ISO 3166 code; `on` the activity's civil day in the person's zone; `evidence` the tier that
    supports it; `cap_room` the grams (or points) left under each cap by its name, an absent name being an untouched
    cap; `history` own-history means by input name; `declared_alternative` the baseline a person declares instead of
    the population's, where the document allows it; `counted_already` what leaves no room beside it, whatever the caps;
    `claimed_elsewhere` a meter, car or roof that somebody else counted; `refused` the rule of plausibility by which it
    earns nothing; `allowance` what bounds an activity that nobody attested, None where somebody or something did;
    `days_counted` is set where some of its days lie before the account; `netted` is what periods above the baseline
    take of its credit within a rolling year.
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
    allowance: Allowance | None = None
    days_counted: DaysCounted | None = None
    netted: int = 0

    def record(self) -> dict[str, Any]:
        """The context as JSON-able data."""
        size = self.household_size
        return {
            "region": self.region,
            "on": self.on.isoformat(),
            "evidence": self.evidence,
            "duration_s": self.duration_s,
            "cap_room": dict(self.cap_room),
            "household_size": None if size is None else format(size, "f"),
            "diet": self.diet,
            "history": {name: _text(value) for name, value in self.history.items()},
            "declared_alternative": self.declared_alternative,
            "counted_already": None if self.counted_already is None else self.counted_already.record(),
            "claimed_elsewhere": None if self.claimed_elsewhere is None else self.claimed_elsewhere.record(),
            "refused": self.refused,
            "allowance": None if self.allowance is None else self.allowance.record(),
            "days_counted": None if self.days_counted is None else self.days_counted.record(),
            "netted": self.netted,
        }


@dataclass(frozen=True, slots=True)
class ActivityData:
    """Values by input name in the document's units, choices as words, and the record of what was typed.

    `missing` names inputs that a profile or a history should have given and did not.
    """

    values: Mapping[str, Decimal | str]
    choices: tuple[tuple[str, str], ...]
    entered: Mapping[str, dict[str, Any]]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Credit:
    """What is credited and why not more; `reason` is set where nothing is."""

    amount: int
    reason: str | None
    params: Mapping[str, str]
    deductions: list[dict[str, Any]] = field(default_factory=list)
    band: Band | None = None
    uncertainty_pct: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Working:
    """What went in: the methodology, the activity data, the figures, the context and the age of the figures."""

    methodology: Methodology
    data: ActivityData
    entries: Mapping[str, dict[str, Any]]
    context: Context
    age: Age
    unresolved: Mapping[str, str] | None
    table_titles: Mapping[str, str]
    caution: Caution | None = None  # how its uncertainty is credited; None where no grams come out


@dataclass(frozen=True, slots=True)
class Basis:
    """Which baseline it was: a code, and the place and year of its figure (None for a person's own)."""

    code: str
    region: str | None
    year: int | None
    params: Mapping[str, str]

    def facts(self) -> dict[str, Any]:
        """What its sentence needs: place, year and what is special to the code."""
        return {**self.params, "region": self.region, "year": self.year}


@dataclass(frozen=True, slots=True)
class Estimate:
    """One activity's grams: signed reduction, credit after deductions, range, and how it came about.

    `low_g` and `high_g` are the 95 % interval of `reduction_g` before deductions, rounded outward. `reason` is a code
    (None where something is credited); `excess_points` is how far a rule of points lies above its person's own past;
    `basis`, `deductions` and `contrast` are worded in English here, in other languages by `explain` and `sentences`.
    """

    status: str
    reason: str | None
    reason_params: Mapping[str, str]
    baseline_g: int
    project_g: int
    reduction_g: int
    credited_g: int
    low_g: int
    high_g: int
    behaviour_points: int
    basis_of: Basis | None
    contrast_g: int | None
    credit: Credit
    working: Working
    excess_points: int = 0

    @property
    def methodology_id(self) -> str:
        """The methodology's id."""
        return self.working.methodology.id

    @property
    def methodology_sha256(self) -> str:
        """The content hash of the document that was used."""
        return self.working.methodology.sha256

    @property
    def kind_caps(self) -> Mapping[str, int]:
        """The methodology's caps by name, for whoever keeps count of the room."""
        return self.working.methodology.caps

    @property
    def basis(self) -> str:
        """Which baseline and why, in English."""
        basis = self.basis_of
        return "" if basis is None else say_basis(basis.code, basis.facts(), self.working.table_titles, ENGLISH)

    @property
    def basis_code(self) -> str | None:
        """own, parent, lowest_published, highest_published, constant, history, declared or habit."""
        return None if self.basis_of is None else self.basis_of.code

    @property
    def basis_region(self) -> str | None:
        """The place whose figure carries the baseline."""
        return None if self.basis_of is None else self.basis_of.region

    @property
    def basis_year(self) -> int | None:
        """The year of that figure."""
        return None if self.basis_of is None else self.basis_of.year

    @property
    def deductions(self) -> list[dict[str, Any]]:
        """Each deduction with its weight as decimal text, its code and numbers, and an English reason."""
        return [{**deduction, "reason": say_deduction(deduction, ENGLISH)} for deduction in self.credit.deductions]

    @property
    def contrast(self) -> dict[str, Any] | None:
        """The naive figure, never credited, with its label; None where the methodology shows none."""
        naive = self.working.methodology.contrast
        if naive is None or self.contrast_g is None:
            return None
        return {"label": pick(naive.label, ENGLISH), "grams": self.contrast_g, "credited": False}

    @property
    def warnings(self) -> list[dict[str, Any]]:
        """What a reader should know: figures past their day, figures of a later year than the activity."""
        found: list[dict[str, Any]] = []
        if self.working.age.due is not None:
            found.append({"code": self.working.age.state, "params": {"due": self.working.age.due}})
        for name, entry in self.working.entries.items():
            if entry.get("fallback", {}).get("later_year"):
                params = {"name": name, "on": self.working.context.on.isoformat(), "year": str(entry["year"])}
                found.append({"code": "later_year", "params": params})
        return found

    def results(self) -> dict[str, Any]:
        """The integers and codes that a recomputation must reach again."""
        basis = self.basis_of
        return {
            "status": self.status,
            "reason": self.reason,
            "reason_params": dict(self.reason_params),
            "baseline_g": self.baseline_g,
            "project_g": self.project_g,
            "reduction_g": self.reduction_g,
            "credited_g": self.credited_g,
            "low_g": self.low_g,
            "high_g": self.high_g,
            "behaviour_points": self.behaviour_points,
            "basis": None
            if basis is None
            else {"code": basis.code, "region": basis.region, "year": basis.year, "params": dict(basis.params)},
            "deductions": self.credit.deductions,
            "contrast_g": self.contrast_g,
        }

    def record(self) -> dict[str, Any]:
        """The complete recorded working: text, integers and None only, safe for JSON and enough to recompute."""
        working = self.working
        return {
            "schema": SCHEMA,
            "methodology": {"id": working.methodology.id, "sha256": working.methodology.sha256},
            "inputs": dict(working.data.entered),
            "missing": list(working.data.missing),
            # copies: the figures are kept between estimates, and a caller may change its record
            "parameters": {name: dict(entry) for name, entry in working.entries.items()},
            "unresolved": None if working.unresolved is None else dict(working.unresolved),
            "context": working.context.record(),
            "freshness": _age_record(working.age),
            "conservativeness": _caution_record(working, self.credit),
            "table_titles": dict(working.table_titles),
            "results": self.results(),
        }


def _age_record(age: Age) -> dict[str, str | None]:
    return {"state": age.state, "weight": format(age.weight, "f"), "due": age.due}


def _caution_record(working: Working, credit: Credit) -> dict[str, str | None] | None:
    caution = working.caution
    if caution is None:
        return None
    return dict(caution.recorded) if caution.recorded else caution.record(credit.band, credit.uncertainty_pct)


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
        allowance=_read_allowance(recorded.get("allowance")),
        days_counted=_read_days_counted(recorded.get("days_counted")),
        netted=recorded.get("netted", 0),
    )


def _read_counted(recorded: Mapping[str, Any] | None) -> CountedAlready | None:
    if recorded is None:
        return None
    return CountedAlready(recorded["methodology"], recorded["title"], date.fromisoformat(recorded["on"]))


def _read_claimed(recorded: Mapping[str, Any] | None) -> ClaimedElsewhere | None:
    return None if recorded is None else ClaimedElsewhere(recorded["thing"], date.fromisoformat(recorded["on"]))


def _read_allowance(recorded: Mapping[str, Any] | None) -> Allowance | None:
    return None if recorded is None else Allowance(recorded["bounds"], recorded["room"])


def _read_days_counted(recorded: Mapping[str, int] | None) -> DaysCounted | None:
    return None if recorded is None else DaysCounted(recorded["days"], recorded["of"])


def _text(value: Decimal | str) -> str:
    return format(value, "f") if isinstance(value, Decimal) else value
