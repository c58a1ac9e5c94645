"""Which instances of which flows an activity claims, and which of two claims meet (law: one flow, one payer).

Promise: what an activity claims follows from the document, what was done and when; nothing else is asked. Of one rule,
several activities are several parts of an instance (another ride, another cup) and meet only where they are the same
report; where the rule says how many days it covers, or tells a meal of a slot, each instance is paid once. Touches
nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache

from calculators.figures.library import load_library
from calculators.methodology.document import Methodology
from calculators.methodology.flows import INTERVAL, MEAL, WHOLE, Flow, FlowUse, load_flows
from calculators.methodology.parts import Choice

SHORTEST_INTERVAL_S = 60
KEPT_INSTANCES = 4_096
Span = tuple[datetime, datetime]
Values = Mapping[str, Decimal | str]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """When an activity was done: its instant, its local time, the civil days it covers, its own the last.

    `days` go with the instants at which each begins and ends; `lasts_s` is how long a trip takes at least.
    """

    at: datetime
    local_time: time
    days: Sequence[tuple[date, Span]]
    lasts_s: int | None = None


@dataclass(frozen=True, slots=True)
class Instance:
    """One thing that is paid once: a flow on a day, the part of it, its time, and the report where a rule adds up.

    `part` is empty for the whole; `span` is set for flows that are told apart by their time.
    """

    flow: str
    on: date
    part: str = WHOLE
    span: Span | None = None
    report: str = ""

    @property
    def key(self) -> str:
        """The instance as text; of one flow and owner no two activities may hold the same."""
        span = "" if self.span is None else "-".join(str(int(moment.timestamp())) for moment in self.span)
        return f"{self.on.isoformat()}|{self.part}|{span}|{self.report}"


@lru_cache(maxsize=KEPT_INSTANCES)
def read_instance(flow: str, key: str) -> Instance:
    """The instance of a `key`."""
    on, part, span, report = key.split("|")
    moments = [datetime.fromtimestamp(int(moment), UTC) for moment in span.split("-")] if span else []
    return Instance(flow, date.fromisoformat(on), part, (moments[0], moments[1]) if moments else None, report)


def flows_of(methodology: Methodology) -> tuple[FlowUse, ...]:
    """The flows of a document; of one that names none those of the shipped rule, or else a flow of its own."""
    if methodology.flows:
        return methodology.flows
    shipped = load_library().methodologies.get(methodology.id)
    return (shipped.flows if shipped else ()) or (FlowUse(methodology.id),)


def instances_of(methodology: Methodology, values: Values, done: Occurrence) -> tuple[Instance, ...]:
    """Everything that an activity with these `values` claims."""
    report = report_of(methodology, values, done.at)
    found: dict[Instance, None] = {}
    for use in flows_of(methodology):
        if use.when is None or values.get(use.when) in use.options:
            is_once = methodology.covers is not None or _is_of_a_slot(use)
            found.update(dict.fromkeys(_instances(use, values, done, "" if is_once else report)))
    return tuple(found)


def report_of(methodology: Methodology, values: Values, at: datetime) -> str:
    """The same text for the same rule, instant and answers of one person, whatever device told them."""
    answers = {
        name: _text(value)
        for name, value in values.items()
        if isinstance(spec := methodology.inputs[name], Choice) or spec.given_by == "person"
    }
    told = json.dumps([methodology.id, int(at.timestamp()), answers], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def meets(one: Instance, other: Instance, *, is_same_rule: bool) -> bool:
    """Whether only one of two claims of one owner may be paid."""
    if one.flow != other.flow:
        return False
    if is_same_rule and one.report and other.report:
        return one.report == other.report
    if one.span and other.span:
        return one.span[0] < other.span[1] and other.span[0] < one.span[1]
    return one.on == other.on and (one.part == other.part or WHOLE in (one.part, other.part))


def measures_whole(methodology: Methodology) -> bool:
    """Whether a rule measures everything of its flows, as a meter does."""
    return all(use.is_whole for use in flows_of(methodology))


def _instances(use: FlowUse, values: Values, done: Occurrence, report: str) -> list[Instance]:
    flow = load_flows().get(use.flow)
    own_day, _ = done.days[-1]
    if flow is not None and flow.instance == INTERVAL:
        if use.is_whole:
            return [Instance(use.flow, day, WHOLE, span, report) for day, span in done.days]
        ends = done.at + timedelta(seconds=max(SHORTEST_INTERVAL_S, done.lasts_s or 0))
        return [Instance(use.flow, own_day, INTERVAL, (done.at, ends), report)]
    if flow is not None and flow.instance == MEAL and not use.is_whole:
        count = int(Decimal(values[use.by])) if use.by else 1
        return [Instance(use.flow, own_day, slot, None, report) for slot in _slots(flow, done.local_time, count)]
    parts: tuple[str, ...] = (use.part,)
    if use.by is not None:
        answer = str(values[use.by])
        parts = flow.parts_of(use.by, answer) if flow else (answer,)
    return [Instance(use.flow, day, part, None, report) for day, _ in done.days for part in parts]


def _slots(flow: Flow, at: time, count: int) -> list[str]:
    """The slot of a local time, and for several meals those before it, then those after it."""
    names = [name for name, _ in flow.slots]
    own = max(place for place, (_, begins) in enumerate(flow.slots) if begins <= at)
    return [*reversed(names[: own + 1]), *names[own + 1 :]][: max(1, count)]


def _is_of_a_slot(use: FlowUse) -> bool:
    flow = load_flows().get(use.flow)
    return flow is not None and flow.instance == MEAL and not use.is_whole


def _text(value: Decimal | str) -> str:
    return format(value.normalize(), "f") if isinstance(value, Decimal) else value
