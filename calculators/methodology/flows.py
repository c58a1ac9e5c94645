"""The resource flows that rules measure, and what a document says about them.

Promise: the flows are data that people argue about (`library/flows.toml`), read once and checked; a claim that names an
unknown flow, part, input or option is a problem of the document with its line. Touches that one file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from functools import cache
from pathlib import Path
from typing import Any

from calculators.errors import TableRefused
from calculators.methodology.parts import HOUSEHOLD_THINGS, Choice, Quantity, Words
from calculators.methodology.section import Section

FILE = Path(__file__).parents[1] / "library" / "flows.toml"
DAY, INTERVAL, MEAL, ITEM = "day", "interval", "meal", "item"
PERSON, HOUSEHOLD = "person", "household"
WHOLE, SLOT = "", "slot"
_ENTRY = re.compile(
    r"(?P<flow>[a-z_]+)(?:/(?:(?P<part>[a-z_]+)|\{(?P<by>[a-z_]+)\}))?"
    r"(?: when (?P<input>[a-z_]+) = (?P<options>[a-z_]+(?: \| [a-z_]+)*))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Flow:
    """A resource flow: whose it is, and what of it is paid once (see `library/flows.toml`)."""

    id: str
    title: Words
    owner: str
    instance: str
    reason: str
    words: Mapping[str, Mapping[str, tuple[str, ...]]]  # by input and answer, the parts that it stands for
    slots: tuple[tuple[str, time], ...]  # of a day, each from its local time on
    thing: str | None  # through which a household's flow goes: each that it has is an owner of its own

    def parts_of(self, by: str, answer: str) -> tuple[str, ...]:
        """The parts that an answer stands for."""
        return self.words.get(by, {}).get(answer, (answer,))


@dataclass(frozen=True, slots=True)
class FlowUse:
    """What of a flow a rule measures: all of it, one part (`part`), or the part that an answer names (`by`)."""

    flow: str
    part: str = WHOLE
    by: str | None = None
    when: str | None = None  # only for some answers of this input
    options: tuple[str, ...] = ()
    is_whole: bool = field(init=False)  # whether it measures everything of an instance

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_whole", self.part == WHOLE and self.by is None)

    def __str__(self) -> str:
        part = f"/{{{self.by}}}" if self.by else f"/{self.part}" if self.part else ""
        return f"{self.flow}{part}" + (f" when {self.when} = {' | '.join(self.options)}" if self.when else "")


@cache
def load_flows(file: Path = FILE) -> Mapping[str, Flow]:
    """Every flow by its id. Raises TableRefused for a file that does not hold together."""
    return {name: _flow(name, data) for name, data in tomllib.loads(file.read_text(encoding="utf-8"))["flow"].items()}


def read_flow_uses(section: Section, inputs: Mapping[str, Quantity | Choice]) -> tuple[FlowUse, ...]:
    """The flows that a document names under `flows`; none in a document from before there were any."""
    uses = []
    for entry in section.texts("flows"):
        found = _ENTRY.fullmatch(entry)
        if found is None:
            section.problem("flows", f'{entry!r} is not like "flow", "flow/part", "flow/{{input}} when input = option"')
            continue
        options = tuple((found["options"] or "").split(" | ")) if found["options"] else ()
        use = FlowUse(found["flow"], found["part"] or WHOLE, found["by"], found["input"], options)
        problem = _problem(use, inputs)
        if problem:
            section.problem("flows", f"{entry!r}: {problem}")
        uses.append(use)
    return tuple(uses)


def _problem(use: FlowUse, inputs: Mapping[str, Quantity | Choice]) -> str | None:
    flow = load_flows().get(use.flow)
    if flow is None:
        return f"{use.flow!r} is no flow of library/flows.toml"
    if use.part and flow.instance in (INTERVAL, MEAL) and use.part != {INTERVAL: INTERVAL, MEAL: SLOT}[flow.instance]:
        return f"has no part {use.part!r}"
    if use.by is not None:
        named = inputs.get(use.by)
        is_count = isinstance(named, Quantity) and named.unit == "meal"
        if not (is_count if flow.instance == MEAL else isinstance(named, Choice) and flow.instance != INTERVAL):
            return f"{use.by!r} is no input that names a part"
    if use.when is not None:
        asked = inputs.get(use.when)
        if not isinstance(asked, Choice) or not set(use.options) <= set(asked.options):
            return f"{use.when!r} has no such options"
    return None


def _flow(name: str, data: Mapping[str, Any]) -> Flow:
    flow = Flow(
        id=name,
        title=data["title"],
        owner=data["owner"],
        instance=data["instance"],
        reason=data["reason"],
        words={
            by: {answer: tuple(parts) for answer, parts in answers.items()}
            for by, answers in data.get("words", {}).items()
        },
        slots=tuple((slot, time.fromisoformat(begins)) for slot, begins in data.get("slots", {}).items()),
        thing=data.get("thing"),
    )
    is_known = flow.owner in (PERSON, HOUSEHOLD) and flow.instance in (DAY, INTERVAL, MEAL, ITEM)
    is_known = is_known and (flow.thing is None or (flow.owner == HOUSEHOLD and flow.thing in HOUSEHOLD_THINGS))
    has_slots = [begins for _, begins in flow.slots] == sorted({begins for _, begins in flow.slots})
    if not is_known or not has_slots or (flow.instance == MEAL) != bool(flow.slots) or not flow.reason.strip():
        raise TableRefused(f"flows.toml: {name} does not hold together")
    return flow
