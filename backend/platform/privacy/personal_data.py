"""What is kept of each person: everyone who keeps something declares it here, so that nothing is missed.

    declare(app, Kept("points", kinds=(…), forget=service.forget, reset_for_owner=stays("points follow grams")))

The slice `portfolio` reads the declarations: `kinds` in their order for a person's export, `forget` in the opposite
order for their erasure, so that `accounts` is the last slice to forget and takes the data key away, and the ground
below it sweeps up what was still to be done. A test compares the declarations with the schema: every table that names
a person is shown, or is hidden with the reason.

An account may have been made by somebody who only typed the address it is found by. When the owner of the address
proves it, `reset_for_owner` of every slice ends what was done in their name, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from flask import Flask, current_app
from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import Session

AT_ONCE = 500

Record = Mapping[str, Any]
# read(session, user_id, after): one person's records in the order of their key, those behind the key `after`
Read = Callable[[Session, str, str], Iterator[Record]]


@dataclass(frozen=True)
class Kind:
    """One kind of record in an export, and the tables it shows. `key` names the field that orders the records."""

    name: str
    tables: tuple[str, ...]
    read: Read
    key: str = "id"


@dataclass(frozen=True)
class Kept:
    """What one slice keeps of a person. `hidden` are tables no export shows, each with the reason."""

    name: str
    forget: Callable[[Session, str], object]
    reset_for_owner: Callable[[Session, str], object]  # `stays(because)` where nothing ends
    kinds: tuple[Kind, ...] = ()
    hidden: Mapping[str, str] = field(default_factory=dict)

    @property
    def tables(self) -> list[str]:
        """Every table this is about."""
        return [*(table for kind in self.kinds for table in kind.tables), *self.hidden]


def stays(because: str) -> Callable[[Session, str], object]:
    """A `reset_for_owner` that ends nothing; `because` says why, to whoever reads the declaration."""
    if not because:
        raise ValueError("say why nothing ends when the owner of an account's address proves it")
    return lambda _session, _user_id: None


def reset_for_owner(session: Session, user_id: str) -> None:
    """End in every slice what was done in an account before the owner of its address proved it."""
    for kept in declared():
        kept.reset_for_owner(session, user_id)


def single(read: Callable[[Session, str], Record]) -> Read:
    """The reader of a kind of which everyone has exactly one record."""

    def one(session: Session, user_id: str, after: str) -> Iterator[Record]:
        if not after:
            yield {"user_id": user_id, **read(session, user_id)}

    return one


def by_key(
    session: Session, query: Select[Any], key: ColumnElement[str], after: str, at_once: int = AT_ONCE
) -> Iterator[Record]:
    """The rows of `query` behind `after` in the order of `key`, `at_once` in memory."""
    page = query.order_by(key).limit(at_once)
    name = str(key.key)
    while rows := cast("Sequence[Record]", session.execute(page.where(key > after)).mappings().all()):
        yield from rows
        after = rows[-1][name]


def declare(app: Flask, kept: Kept) -> None:
    """Add what one slice keeps; a name, a kind of record and a table are declared once."""
    known: list[Kept] = app.extensions.setdefault("carbon.personal", [])
    taken = {word for other in known for word in _words(other)}
    if taken & set(_words(kept)):
        raise ValueError(
            f"{kept.name!r} is declared twice, or a kind or table of it: {sorted(taken & set(_words(kept)))}"
        )
    known.append(kept)


def declared() -> list[Kept]:
    """Everything declared, in the order of the house."""
    return list(current_app.extensions["carbon.personal"])


def kinds() -> list[Kind]:
    """Every kind of record of an export, in the order of the house."""
    return [kind for kept in declared() for kind in kept.kinds]


def _words(kept: Kept) -> list[str]:
    """What names a declaration: itself, its kinds, its tables, each told apart from the others."""
    names = [f"slice {kept.name}", *(f"kind {kind.name}" for kind in kept.kinds)]
    return [*names, *(f"table {table}" for table in kept.tables)]
