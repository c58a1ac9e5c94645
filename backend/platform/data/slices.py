"""Many rows compared with rows that lie elsewhere, without a statement that joins the two.

    for rows in read_slices(session, certificates, ("number", "user_id")):
        there = find_rows(session, numbers, ("number",), {(row.number,) for row in rows})

A slice of the one is read in the order of its key, and the other is asked for the rows that the slice names: on one
machine it costs what a join costs, on several a join could not be made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, select, tuple_
from sqlalchemy.orm import Session

AT_ONCE = 1000


def read_slices(
    session: Session, table: Table, columns: Sequence[str], where: ColumnElement[bool] | None = None
) -> Iterator[Sequence[Row[Any]]]:
    """The `columns` of every row of a table, slice by slice: at most `AT_ONCE` rows, none empty."""
    key = list(table.primary_key.columns)
    names = list(dict.fromkeys([*columns, *(column.name for column in key)]))
    query = select(*(table.c[name] for name in names)).order_by(*key).limit(AT_ONCE)
    if where is not None:
        query = query.where(where)
    rows = session.execute(query).all()
    while rows:
        yield rows
        after = [getattr(rows[-1], column.name) for column in key]
        rows = session.execute(query.where(tuple_(*key) > tuple_(*after))).all()


def find_rows(
    session: Session, table: Table, keys: Sequence[str], wanted: Set[tuple[Any, ...]], columns: Sequence[str] = ()
) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """The `columns` of the rows of a table whose `keys` are among `wanted`, by their keys."""
    if not wanted:
        return {}
    query = select(*(table.c[name] for name in (*keys, *columns)))
    # column by column, so that each machine is asked for its own part; what it finds too many is left out
    for place, name in enumerate(keys):
        query = query.where(table.c[name].in_({one[place] for one in wanted}))
    size = len(keys)
    found = {tuple(row[:size]): tuple(row[size:]) for row in session.execute(query)}
    return {key: rest for key, rest in found.items() if key in wanted}


def unmatched_rows(
    session: Session,
    table: Table,
    other: Table,
    key: Mapping[str, str],
    same: Mapping[str, str],
    where: ColumnElement[bool] | None = None,
) -> Iterator[Row[Any]]:
    """Each row of `table` without a row of the same `key` in `other`, or with one that is not the `same`.

    Both name columns of the table, each with its column in the other one.
    """
    for rows in read_slices(session, table, (*key, *same), where):
        wanted = {_values(row, key) for row in rows}
        there = find_rows(session, other, tuple(key.values()), wanted, tuple(same.values()))
        yield from (row for row in rows if there.get(_values(row, key)) != _values(row, same))


def _values(row: Row[Any], names: Iterable[str]) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in names)
