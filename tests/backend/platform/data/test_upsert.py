"""One INSERT … ON CONFLICT for both databases: it adds to a row, replaces parts of one, or leaves it."""

from __future__ import annotations

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, select

from backend.platform.data.transactions import enqueue_write
from backend.platform.data.upsert import insert_absent, offered, replace_columns, upsert

BOXES = Table(
    "boxes", MetaData(), Column("name", String(20), primary_key=True), Column("units", Integer), Column("label", String)
)
ADD = upsert(BOXES, key=["name"], changes={"units": BOXES.c.units + offered(BOXES).units})
RELABEL_FULL = upsert(
    BOXES, key=["name"], changes=replace_columns(BOXES, "label"), where=BOXES.c.units >= offered(BOXES).units
).returning(BOXES.c.label)
FILL = insert_absent(BOXES).returning(BOXES.c.name)


@pytest.fixture
def box(in_transaction):
    """Return a function that reads the box `a`, of which there are ten units labelled old."""
    in_transaction(lambda session: BOXES.create(session.connection()))
    in_transaction(lambda session: enqueue_write(session, ADD, {"name": "a", "units": 10, "label": "old"}))
    return lambda: tuple(in_transaction(lambda session: session.execute(select(BOXES.c.units, BOXES.c.label)).one()))


def test_an_upsert_inserts_a_row_or_adds_to_the_one_there(box, in_transaction):
    in_transaction(lambda session: enqueue_write(session, ADD, {"name": "a", "units": 5, "label": "new"}))
    assert box() == (15, "old")


@pytest.mark.parametrize(("units", "label"), [(10, "new"), (11, None)])
def test_an_upsert_replaces_columns_only_where_its_condition_holds(box, in_transaction, units, label):
    row = {"name": "a", "units": units, "label": "new"}
    assert in_transaction(lambda session: session.execute(RELABEL_FULL, row).scalar_one_or_none()) == label
    assert box() == (10, label or "old")


def test_an_insert_of_what_is_there_already_changes_and_returns_nothing(box, in_transaction):
    row = {"name": "a", "units": 1, "label": "new"}
    assert in_transaction(lambda session: session.execute(FILL, row).scalar_one_or_none()) is None
    assert box() == (10, "old")
    assert in_transaction(lambda session: session.execute(FILL, row | {"name": "b"}).scalar_one_or_none()) == "b"
