"""Questions of one transaction, asked together in one round trip, each answered by its own handle.

    batch = Batch(session)
    profile = batch.fetch(profiles.question(user_id))
    book = batch.fetch(ledger.opening(user_id))
    batch.run()
    profile.one_or_none()

A slice offers its questions to the others as `Question` or `Questions`, which know how their rows are read; whoever
asks them never sees a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import Select
from sqlalchemy.orm import Session
from sqlalchemy.sql import Executable

from backend.platform.data.merged_statement import MergedStatement, merge
from backend.platform.data.transactions import Ask, Rows, connection_of, fetch_many

T = TypeVar("T")


@dataclass(frozen=True)
class Question(Generic[T]):
    """A statement with its parameters, and what one row of its answer means.

    Build `statement` once, at module level, with `bindparam`s: its SQL is compiled once per statement object. A list
    of values (`IN`) is no parameter: see `read_rows`.
    """

    statement: Executable
    parameters: Mapping[str, Any]
    read: Callable[[Mapping[str, Any]], T]


@dataclass(frozen=True)
class Questions(Generic[T]):
    """Several questions with one answer: `read` gets the list that each of them gave, by the name of the part.

    With `merged` they go to PostgreSQL as one statement, for SELECTs that lock nothing and may share a snapshot (see
    `merged_statement`).
    """

    parts: Mapping[str, Question[Any] | Questions[Any]]
    read: Callable[..., T]
    merged: bool = False


class Handle(Generic[T]):
    """The answer to one question, once its batch has run; before that, asking for it raises `RuntimeError`."""

    def __init__(self) -> None:
        self._answer: list[T] | None = None

    def one(self) -> T:
        """The only object; `LookupError` where there is none or more than one."""
        objects = self.all()
        if len(objects) != 1:
            raise LookupError(f"one row was to be found, not {len(objects)}")
        return objects[0]

    def one_or_none(self) -> T | None:
        """The only object, or None where there is none; `LookupError` where there is more than one."""
        return self.one() if self.all() else None

    def all(self) -> list[T]:
        """Every object, in the order of the rows."""
        if self._answer is None:
            raise RuntimeError("the batch of this question has not run yet")
        return self._answer


class Batch:
    """Questions that wait to be asked; `run` asks them all. A batch may run again, with new questions."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._waiting: list[tuple[Question[Any] | Questions[Any], Handle[Any]]] = []

    def fetch(self, question: Question[T] | Questions[T]) -> Handle[T]:
        """Ask `question` with the next `run`; the handle gives its answer after that."""
        handle: Handle[T] = Handle()
        self._waiting.append((question, handle))
        return handle

    def run(self) -> None:
        """Send what is queued (see `transactions.enqueue_write`) and every waiting question, in their order."""
        waiting, self._waiting = self._waiting, []
        merges = connection_of(self._session).dialect.name == "postgresql"
        asked = _Asked(merges)
        for question, _ in waiting:
            asked.add(question)
        answers = asked.answers(fetch_many(self._session, asked.statements))
        for question, handle in waiting:
            handle._answer = _read(question, answers)


def fetch(session: Session, question: Question[T] | Questions[T]) -> Handle[T]:
    """Ask one question alone, in a round trip of its own."""
    batch = Batch(session)
    handle = batch.fetch(question)
    batch.run()
    return handle


def fetch_one(session: Session, question: Question[T] | Questions[T]) -> T:
    """The one answer to a question that is asked alone; `LookupError` where there is none or more than one."""
    return fetch(session, question).one()


def read_rows(session: Session, statement: Select[Any], read: Callable[[Mapping[str, Any]], T]) -> list[T]:
    """The rows of a SELECT that is put together for one call, each read; ask a statement that stays by a `Question`."""
    return [read(dict(row)) for row in session.execute(statement).mappings()]


def read_as(kind: Callable[..., T]) -> Callable[[Mapping[str, Any]], T]:
    """Read a row whose columns are the fields of `kind`."""
    made_of: Any = kind
    if not is_dataclass(kind) or hasattr(kind, "__post_init__") or hasattr(kind, "__slots__"):
        return lambda row: cast("T", made_of(**row))
    names = {field.name for field in fields(kind)}

    def read(row: Mapping[str, Any]) -> T:
        """A frozen object sets its fields one by one through the interpreter: rows are many, so all at once."""
        if row.keys() != names:
            return cast("T", made_of(**row))
        made = object.__new__(made_of)
        made.__dict__.update(row)
        return cast("T", made)

    return read


def read_column(name: str) -> Callable[[Mapping[str, Any]], Any]:
    """Read one column of a row."""
    return lambda row: row[name]


def question_of_owner(statement: Executable, read: Callable[[Mapping[str, Any]], T]) -> Callable[[str], Question[T]]:
    """Make a question that is asked about one person: `statement` has no parameter but `owner`."""
    return lambda owner: Question(statement, {"owner": owner}, read)


def whole_answer_of_owner(statement: Executable, read: Callable[..., T]) -> Callable[[str], Questions[T]]:
    """Make a question about one person that has one answer, `read(rows=…)` of all its rows, however many."""
    return lambda owner: Questions({"rows": Question(statement, {"owner": owner}, dict)}, read)


class _Asked:
    """The statements of some questions, those to be merged as one each."""

    def __init__(self, merges: bool) -> None:
        self.statements: list[Ask] = []
        self._merges = merges
        self._merged: list[MergedStatement | None] = []  # by the place of the statement

    def add(self, question: Question[Any] | Questions[Any]) -> None:
        if isinstance(question, Questions) and question.merged and self._merges:
            asks = list(_statements_of(question))
            merged = merge(tuple(statement for statement, _ in asks))
            self.statements.append((merged.statement, merged.parameters([parameters for _, parameters in asks])))
            self._merged.append(merged)
        elif isinstance(question, Questions):
            for part in question.parts.values():
                self.add(part)
        else:
            self.statements.append((question.statement, question.parameters))
            self._merged.append(None)

    def answers(self, answers: Sequence[Rows]) -> Iterator[Rows]:
        """The rows of every single question, in their order."""
        for rows, merged in zip(answers, self._merged, strict=True):
            if merged is None:
                yield rows
            else:
                yield from merged.read(rows[0])


def _statements_of(question: Question[Any] | Questions[Any]) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    if isinstance(question, Question):
        yield question.statement, question.parameters
    else:
        for part in question.parts.values():
            yield from _statements_of(part)


def _read(question: Question[T] | Questions[T], answers: Iterator[list[dict[str, Any]]]) -> list[T]:
    if isinstance(question, Question):
        return [question.read(row) for row in next(answers)]
    return [question.read(**{name: _read(part, answers) for name, part in question.parts.items()})]
