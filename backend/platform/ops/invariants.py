"""What must hold at all times: checks that slices declare in their `wiring` and that everyone runs.

    declare(app, "ledger", service.verify)      verify(session) yields whatever breaks the invariant

One list for the nightly job, for `flask ledger verify` and `flask doctor`, and for the end of every test of state. A
check compares rows with each other, so it reads one snapshot: beside writes it would otherwise find what is only on its
way. A check of many rows may also be able to look at what is new since its last look (`latest`), step by step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, TypeVar

from flask import Flask, current_app
from sqlalchemy.orm import Session

from backend.platform.data.transactions import in_transaction

T = TypeVar("T")
Check = Callable[[Session], Iterable[Any]]


@dataclass(frozen=True)
class Step:
    """What one step of a look has found, and where the next one begins; None after the last."""

    found: list[Any]
    after: str | None


# latest(session, after): one step, in a snapshot of its own; what it has verified it writes down
Latest = Callable[[Session, str], Step]


class Broken(NamedTuple):
    """One thing that is not as it must be: the check that found it, and what it found."""

    check: str
    found: Any


@dataclass(frozen=True)
class Violation:
    """A row that breaks a rule: the row's id, the rule, and the figures that show it."""

    row: str
    rule: str
    figures: str = ""

    def __str__(self) -> str:
        return f"{self.row}: {self.rule}" + (f" ({self.figures})" if self.figures else "")


def declare(app: Flask, name: str, check: Check, *, latest: Latest | None = None) -> None:
    """Add `check` under `name`; a name is declared once."""
    known: dict[str, Check] = app.extensions.setdefault("carbon.checks", {})
    if name in known:
        raise ValueError(f"the check {name!r} is declared twice")
    known[name] = check
    if latest:
        app.extensions.setdefault("carbon.latest_checks", {})[name] = latest


def names() -> list[str]:
    """The names of all declared checks."""
    return sorted(current_app.extensions.get("carbon.checks", {}))


def run(session: Session, *chosen: str) -> Iterator[Broken]:
    """Everything the chosen checks (default: all) find broken; nothing when all is well. Reads only.

    Give it a session that reads a snapshot, as `run_whole` does.
    """
    known: dict[str, Check] = current_app.extensions.get("carbon.checks", {})
    for name in chosen or sorted(known):
        yield from (Broken(name, found) for found in known[name](session))


def run_whole(*chosen: str) -> list[Broken]:
    """Everything the chosen checks (default: all) find broken, from the first row on, in one snapshot."""
    return in_transaction(lambda session: list(run(session, *chosen)), read_only=True, snapshot=True)


def run_latest(write: Callable[[Callable[[Session], Step]], Step]) -> Iterator[Broken]:
    """Everything that is broken, of what is new since the last look where a check can tell, of all where it cannot.

    `write(step)` runs one step in a writing transaction that reads a snapshot: `in_snapshot`, or a job's own.
    """
    latest: dict[str, Latest] = current_app.extensions.get("carbon.latest_checks", {})
    whole = [name for name in names() if name not in latest]
    if whole:
        yield from run_whole(*whole)
    for name in sorted(set(names()) & latest.keys()):
        after: str | None = ""
        while after is not None:
            step = write(partial(_step, latest[name], after))
            yield from (Broken(name, found) for found in step.found)
            after = step.after


def in_snapshot(work: Callable[[Session], T]) -> T:
    """Run `work` in a writing transaction that reads one snapshot."""
    return in_transaction(work, snapshot=True)


def _step(latest: Latest, after: str, session: Session) -> Step:
    return latest(session, after)
