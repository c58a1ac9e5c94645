"""Whose rows a statement touches, as PostgreSQL's own planner knows it.

The planner writes a condition on `user_id` at every place where it reads a table, wherever the statement said so: a
value, or the same column of another place. From that follows whether all that a statement reads and writes of owned
tables is one person's, and whether a directory is asked by its key. Nothing is executed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import Engine, event

from backend.platform.data import pipeline
from backend.platform.data.joined_writes import JoinedWrites, join_once
from backend.platform.data.libpq_pipeline import LibpqPipeline
from backend.platform.data.statement_sql import CompiledStatement, compile_once
from backend.platform.data.table_kinds import OWNER, TableKind, placement_of
from backend.platform.data.transactions import Base

EXPLAIN = "EXPLAIN (VERBOSE, FORMAT JSON) "
OF_THE_TRANSACTION = ("SAVEPOINT", "RELEASE", "ROLLBACK")
CONDITIONS = ("Index Cond", "Recheck Cond", "Filter", "Join Filter", "Hash Cond", "Merge Cond", "TID Cond")
VALUE = r"'((?:[^']|'')*)'(?:::[\w ()]+)?"
VALUES = r"ANY \('\{([^}]*)\}'"


@dataclass(frozen=True)
class Sent:
    """A statement as it was sent, with its values."""

    sql: str
    explain: Any  # explain(connection): the plan of it


@dataclass(frozen=True)
class Place:
    """One place where a plan reads a table, and every condition that must hold there."""

    table: str
    alias: str
    conditions: tuple[str, ...]

    def holds(self, pattern: str) -> re.Match[str] | None:
        """The condition of this pattern, whole: a part of one, beside an OR, says nothing."""
        return next((found for one in self.conditions if (found := re.fullmatch(pattern, one))), None)


@dataclass
class Reach:
    """What one statement touches: the people whose rows, the keys of directories, and what could be anybody's."""

    people: set[str] = field(default_factory=set)
    keys: set[tuple[str, str]] = field(default_factory=set)
    anybody: list[str] = field(default_factory=list)

    @property
    def is_of_one(self) -> bool:
        """Whether it names one owner for all that it touches of owned tables, and a key for every directory."""
        return not self.anybody and len(self.people) <= 1


@dataclass(frozen=True)
class _Explained:
    """The statement that asks for the plan of one that is sent; its values are that one's."""

    query: bytes
    of: Any
    types: tuple[int, ...] = ()
    results: tuple[Any, ...] = ()

    def bound(self, values: Any) -> list[Any]:
        bound: list[Any] = self.of.bound(values)
        return bound


class Recorder:
    """Every statement that is sent to an engine while `is_on`."""

    def __init__(self, engine: Engine, monkeypatch: Any) -> None:
        self.engine, self.is_on = engine, False
        self.sent: list[Sent] = []
        run, run_many = pipeline.run, pipeline.run_many

        def run_noted(connection: Any, statements: Sequence[Any]) -> Any:
            for one in statements:
                if isinstance(one, pipeline.Joined):
                    joined = join_once(connection.dialect, one.statements, one.parameters, one.counted)
                    self._note_piped(joined, [dict(parameters) for parameters in one.parameters])
                else:
                    statement, parameters = one
                    self._note_piped(compile_once(connection.dialect, statement, parameters), dict(parameters))
            return run(connection, statements)

        def run_many_noted(connection: Any, statement: Any, rows: Sequence[Mapping[str, Any]]) -> int:
            for parameters in rows:
                self._note_piped(compile_once(connection.dialect, statement, parameters), dict(parameters))
            return run_many(connection, statement, rows)

        monkeypatch.setattr(pipeline, "run", run_noted)
        monkeypatch.setattr(pipeline, "run_many", run_many_noted)
        event.listen(engine, "before_cursor_execute", self._note_executed)

    def during(self, ask: Any) -> tuple[list[Sent], Any]:
        """What is sent while something is asked, and the answer to it."""
        self.sent, self.is_on = [], True
        try:
            return self.sent, ask()
        finally:
            self.is_on = False

    def close(self) -> None:
        event.remove(self.engine, "before_cursor_execute", self._note_executed)

    def _note_piped(self, statement: CompiledStatement | JoinedWrites, values: Any) -> None:
        if not self.is_on:
            return
        asked = _Explained(EXPLAIN.encode() + statement.query, statement)

        def explain(connection: Any) -> Any:
            raw = connection.connection.driver_connection
            (result,) = LibpqPipeline(raw).run(raw._get_tx_start_command(), [(asked, values)])
            return result.rows[0]["QUERY PLAN"]

        self.sent.append(Sent(statement.query.decode(), explain))

    def _note_executed(
        self, _connection: Any, _cursor: Any, sql: str, parameters: Any, _context: Any, is_many: bool
    ) -> None:
        if not self.is_on or sql.startswith((EXPLAIN, *OF_THE_TRANSACTION)):
            return
        for row in parameters if is_many else [parameters]:
            self.sent.append(Sent(sql, partial(explain, sql, row)))


def explain(sql: str, row: Any, connection: Any) -> Any:
    """The plan of a statement with its values."""
    return connection.exec_driver_sql(EXPLAIN + sql, row).scalar()


def reach_of(connection: Any, sent: Sent) -> Reach:
    """What a statement touches."""
    plan = sent.explain(connection)
    (whole,) = json.loads(plan) if isinstance(plan, str | bytes) else plan
    reach = Reach()
    _add_reads(reach, list(_places(whole["Plan"])))
    for node in _nodes(whole["Plan"]):
        if node.get("Node Type") == "ModifyTable" and node.get("Operation") == "Insert":
            _add_insert(reach, node)
    return reach


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def _places(plan: Mapping[str, Any]) -> Iterator[Place]:
    nodes = list(_nodes(plan))
    joins = [str(node[name]) for node in nodes for name in CONDITIONS if name in node and "Relation Name" not in node]
    for node in nodes:
        if "Relation Name" in node and node["Node Type"] != "ModifyTable":
            own = [str(node[name]) for name in CONDITIONS if name in node]
            conditions = tuple(one for said in [*own, *joins] for one in _conjuncts(said))
            yield Place(node["Relation Name"], node["Alias"], conditions)


def _conjuncts(said: str) -> Iterator[str]:
    """The conditions that a condition joins by AND, each without parentheses around it."""
    said = _bare(said)
    parts = _split(said, " AND ")
    if len(parts) == 1:
        yield said
    else:
        for part in parts:
            yield from _conjuncts(part)


def _bare(said: str) -> str:
    while said.startswith("(") and said.endswith(")") and all(depth for depth in _depths(said)[:-1]):
        said = said[1:-1]
    return said


def _split(said: str, word: str) -> list[str]:
    """The parts of a text between the words that stand in no parentheses and no quotes."""
    depths, begin, parts = _depths(said), 0, []
    for place in range(len(said)):
        if said.startswith(word, place) and depths[place] == 0:
            parts.append(said[begin:place])
            begin = place + len(word)
    return [*parts, said[begin:]]


def _depths(said: str) -> list[int]:
    """How deep in parentheses each character of a text stands; what is quoted stands one deeper."""
    depths, depth, is_quoted = [], 0, False
    for character in said:
        if character == "'":
            is_quoted = not is_quoted
        elif not is_quoted:
            depth += {"(": 1, ")": -1}.get(character, 0)
        depths.append(depth + is_quoted)
    return depths


def _add_reads(reach: Reach, places: Sequence[Place]) -> None:
    named = {place.alias: _value(place, _key(place.table)) for place in places if _key(place.table)}
    for place in places:
        key = _key(place.table)
        if not key:
            continue
        values = named[place.alias] or _borrowed(place, key, places, named)
        if not values:
            reach.anybody.append(f"{place.table} as {place.alias}: {' AND '.join(place.conditions) or 'every row'}")
        elif _is_directory(place.table):
            reach.keys |= {(place.table, value) for value in values}
        else:
            reach.people |= values


def _borrowed(place: Place, key: str, places: Sequence[Place], named: Mapping[str, set[str]]) -> set[str]:
    """The values of another place whose owner is the owner here: what is of the same person lies together."""
    if key != OWNER:
        return set()
    for other in places:
        if other.alias != place.alias and _key(other.table) == OWNER and named.get(other.alias):
            mine, theirs = _column(place.alias, OWNER), _column(other.alias, OWNER)
            if place.holds(rf"{mine} = {theirs}|{theirs} = {mine}"):
                return named[other.alias]
    return set()


def _value(place: Place, key: str) -> set[str]:
    column = _column(place.alias, key)
    if found := place.holds(rf"{column} = {VALUE}"):
        return {found[1]}
    found = place.holds(rf"{column} = {VALUES}.*")
    return set(found[1].split(",")) if found and _is_directory(place.table) else set()


def _is_directory(table: str) -> bool:
    return placement_of(Base.metadata.tables[table]).kind == TableKind.DIRECTORY


def _column(alias: str, name: str) -> str:
    return rf"\(?\b{re.escape(alias)}\.{name}\b\)?(?:::text)?"


def _key(table: str) -> str:
    """By what the rows of a table lie; nothing for one that is whole on every machine."""
    known = Base.metadata.tables.get(table)
    return placement_of(known).key if known is not None else ""


def _add_insert(reach: Reach, node: Mapping[str, Any]) -> None:
    """The owner, or the key, that the written row says: a value among those the plan puts in its place."""
    table = Base.metadata.tables[node["Relation Name"]]
    key = _key(table.name)
    if not key:
        return
    (source,) = (child for child in node["Plans"] if child["Parent Relationship"] == "Outer")
    written = source["Output"][[column.name for column in table.columns].index(key)]
    found = re.fullmatch(VALUE, written)
    if len(node["Plans"]) > 1:
        reach.anybody.append(f"{table.name} is written by a statement that asks something else too")
    if found is None:
        reach.anybody.append(f"{table.name} gets {key} = {written}")
    elif _is_directory(table.name):
        reach.keys.add((table.name, found[1]))
    else:
        reach.people.add(found[1])
