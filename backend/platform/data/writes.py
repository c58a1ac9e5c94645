"""What is queued to be written in a transaction, how it is grouped into statements, and whether it did what it says.

Touches no connection: `transactions` sends it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy.orm import Session
from sqlalchemy.sql import Executable

from backend.platform.core.errors import Refusal
from backend.platform.data import pipeline
from backend.platform.data.joined_writes import group_joinable


class Write(NamedTuple):
    """An INSERT, UPDATE or DELETE that is to be sent with this transaction.

    `rows`: how many rows it must touch; when it touches another number, the exception made by `otherwise` is raised
    as the queue is sent, and the transaction rolls back. `heard` is told how many they were, of equal
    statements sent together how many in all. `adds`: the parameters
    that `statement` adds to what is there, so that several for one row may be sent as their sum
    (`batch_equal_writes`); `once`: several that are equal may be sent as one. Build `statement` once, at module level,
    with `bindparam`s: its SQL is compiled once per statement object.
    """

    statement: Executable
    parameters: Mapping[str, Any]
    rows: int | None = None
    otherwise: Callable[[], Exception] | None = None
    adds: tuple[str, ...] = ()
    once: bool = False
    heard: Callable[[Session, int], None] | None = None


def group_writes(queued: Sequence[Write], *, joins: bool) -> list[Sequence[Write]]:
    """What is queued, in its order: each by itself, or with `joins` those together that may go as one statement."""
    if not joins:
        return [(item,) for item in queued]
    return [[queued[place] for place in places] for places in group_joinable([item.statement for item in queued])]


def statements_of(groups: Sequence[Sequence[Write]]) -> list[pipeline.Statement | pipeline.Joined]:
    """The one statement by which each group is sent."""
    return [_statement_of(group) for group in groups]


def check_touched(session: Session, groups: Sequence[Sequence[Write]], results: Sequence[pipeline.Result]) -> None:
    """Tell whoever wants to hear how many rows a write touched, and raise what it says where that is another number."""
    for group, result in zip(groups, results, strict=False):
        for place, item in enumerate(group):
            if item.rows is None and item.heard is None:
                continue
            touched = result.touched if len(group) == 1 else result.rows[0][f"write_{place}"]
            if item.heard is not None:
                item.heard(session, touched)
            if item.rows is not None and touched != item.rows:
                raise item.otherwise() if item.otherwise else Refusal("internal.unexpected_rows")


def added_up(rows: Sequence[Mapping[str, Any]], adds: tuple[str, ...]) -> list[Mapping[str, Any]]:
    """One row for all that name the same, with the sums of what they add: a row updated often is slow to find."""
    sums: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        known = sums.setdefault(
            tuple(row[name] for name in row if name not in adds), dict(row) | dict.fromkeys(adds, 0)
        )
        for name in adds:
            known[name] += row[name]
    return list(sums.values())


def _statement_of(group: Sequence[Write]) -> pipeline.Statement | pipeline.Joined:
    if len(group) == 1:
        return group[0].statement, group[0].parameters
    counted = tuple(place for place, item in enumerate(group) if item.rows is not None or item.heard is not None)
    return pipeline.Joined([item.statement for item in group], [item.parameters for item in group], counted)
