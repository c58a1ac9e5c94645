"""What must hold at all times: checks that slices declare in their `wiring` and that everyone runs.

    declare(app, "ledger", service.verify)      verify(session) yields whatever breaks the invariant

One list for the nightly job, for `flask ledger verify` and `flask doctor`, and for the end of every test of state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from flask import Flask, current_app
from sqlalchemy.orm import Session

Check = Callable[[Session], Iterable[Any]]


class Broken(NamedTuple):
    """One thing that is not as it must be: the check that found it, and what it found."""

    check: str
    found: Any


def declare(app: Flask, name: str, check: Check) -> None:
    """Add `check` under `name`; a name is declared once."""
    known: dict[str, Check] = app.extensions.setdefault("carbon.checks", {})
    if name in known:
        raise ValueError(f"the check {name!r} is declared twice")
    known[name] = check


def names() -> list[str]:
    """The names of all declared checks."""
    return sorted(current_app.extensions.get("carbon.checks", {}))


def run(session: Session, *chosen: str) -> Iterator[Broken]:
    """Everything the chosen checks (default: all) find broken; nothing when all is well. Reads only."""
    known: dict[str, Check] = current_app.extensions.get("carbon.checks", {})
    for name in chosen or sorted(known):
        yield from (Broken(name, found) for found in known[name](session))
