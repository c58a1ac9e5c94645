"""After every test of state, on either engine, everything that must hold at all times still holds.

The checks are those the slices declare for production (`backend.platform.ops.invariants`), never copies of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event, inspect, text
from sqlalchemy.orm import Session

from backend.platform.data import pipeline
from backend.platform.data.transactions import in_transaction
from backend.platform.ops import invariants


def violations(app: Flask) -> list[invariants.Broken]:
    """Whatever the app's own checks find broken; empty when all is well."""
    with app.app_context():
        return invariants.run_whole()


class Checks:
    """The checks of an app, and the tables each of them reads of its database as it is when migrated.

    A check decides by what it reads. Where all that it read is as empty as it was then, it would read the same again
    and find the same, which was nothing: most tests write into the tables of few checks, and only those are run.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._engine: Engine = app.extensions["carbon.engine"]
        tables = inspect(self._engine).get_table_names()
        self._one_of_them = re.compile(rf"\b({'|'.join(tables)})\b")
        ask = "SELECT '{0}' WHERE EXISTS (SELECT 1 FROM {0})"
        self._ask_for_filled = text(" UNION ALL ".join(ask.format(table) for table in tables))
        self._read: dict[str, tuple[Any, frozenset[str]]] = {}
        with app.app_context():
            in_transaction(self._learn, read_only=True, snapshot=True)

    def violations(self) -> list[invariants.Broken]:
        """Whatever the checks find broken; empty when all is well."""
        with self._app.app_context():
            return in_transaction(self._look, read_only=True, snapshot=True)

    def affected_by(self, filled: frozenset[str]) -> list[str]:
        """The checks that may find something else than nothing when these tables hold rows."""
        known = self._app.extensions["carbon.checks"]
        return [name for name in sorted(known) if self._may_read(name, known[name], filled)]

    def _may_read(self, name: str, check: Any, filled: frozenset[str]) -> bool:
        learnt, tables = self._read.get(name, (None, frozenset()))
        return learnt is not check or not tables or not tables.isdisjoint(filled | self._filled_at_first)

    def _look(self, session: Session) -> list[invariants.Broken]:
        affected = self.affected_by(self._filled(session))
        return list(invariants.run(session, *affected)) if affected else []

    def _learn(self, session: Session) -> None:
        self._filled_at_first = self._filled(session)
        for name, check in self._app.extensions["carbon.checks"].items():
            with self._statements() as statements:
                assert list(check(session)) == []
            self._read[name] = check, frozenset(self._one_of_them.findall(" ".join(statements)))

    def _filled(self, session: Session) -> frozenset[str]:
        return frozenset(session.execute(self._ask_for_filled).scalars())

    @contextmanager
    def _statements(self) -> Iterator[list[str]]:
        """What is sent to the database meanwhile."""
        sent: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            sent.append(statement)

        real = pipeline.run

        def note_piped(connection: Any, statements: Sequence[Any]) -> list[pipeline.Result]:
            sent.extend(str(statement) for statement, _ in statements)  # a check reads, so none is joined
            return real(connection, statements)

        event.listen(self._engine, "before_cursor_execute", note)
        pipeline.run = note_piped
        try:
            yield sent
        finally:
            pipeline.run = real
            event.remove(self._engine, "before_cursor_execute", note)
