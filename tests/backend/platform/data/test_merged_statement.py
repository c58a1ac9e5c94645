"""Several SELECTs as one statement: every row as it would have come alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    bindparam,
    func,
    select,
    union_all,
)

from backend.platform.data.batch import Batch, Question, Questions
from backend.platform.data.columns import DecimalText, Document, UtcInstant, WholeNumber
from backend.platform.data.merged_statement import merge

THINGS = Table(
    "things",
    MetaData(),
    Column("owner", String(40), primary_key=True),
    Column("id", Integer, primary_key=True),
    Column("amount", WholeNumber),
    Column("is_new", Boolean),
    Column("made_on", Date),
    Column("made_at", UtcInstant),
    Column("size", DecimalText),
    Column("facts", Document),
    Column("sealed", LargeBinary),
)
SHOWN = tuple(column for column in THINGS.c if column.name != "sealed")
OF_OWNER = select(*SHOWN).where(THINGS.c.owner == bindparam("owner")).order_by(THINGS.c.id.desc())
FROM_DAY = select(THINGS.c.id, THINGS.c.made_on).where(THINGS.c.made_on >= bindparam("owner")).order_by(THINGS.c.id)
TOTALS = union_all(
    select(THINGS.c.owner, func.sum(THINGS.c.amount).label("total")).group_by(THINGS.c.owner),
    select(THINGS.c.owner, THINGS.c.amount.label("total")).where(THINGS.c.owner == bindparam("owner")),
)
AWAY = timezone(timedelta(hours=8))
AT_TEN, LONG_AGO = datetime(2026, 11, 20, 8, 10, 0, 500, AWAY), datetime(1999, 1, 1, tzinfo=UTC)
NAMES = [column.name for column in THINGS.c]
ROWS = [
    ("lin", 1, 2**53 + 1, True, date(2026, 11, 20), AT_TEN, Decimal("1.50"), {"b": [1, "二"], "a": None}, b"1"),
    ("lin", 2, -3, None, None, datetime(2026, 3, 29, 1, 0, tzinfo=UTC), None, {}, None),
    ('o"\\\n', 1, 0, False, date(1999, 1, 1), LONG_AGO, Decimal(0), {"x": 1}, None),
]


@pytest.fixture
def things(in_transaction):
    """The table, with three rows."""

    def make(session):
        THINGS.create(session.connection())
        session.execute(THINGS.insert(), [dict(zip(NAMES, row, strict=True)) for row in ROWS])

    in_transaction(make)


def asked(owner: str, *, merged: bool) -> Questions:
    parts = {
        "of_owner": Question(OF_OWNER, {"owner": owner}, dict),
        "from_day": Question(FROM_DAY, {"owner": date(2026, 1, 1)}, dict),
        "nested": Questions({"totals": Question(TOTALS, {"owner": owner}, dict)}, dict),
    }
    return Questions(parts, dict, merged=merged)


@pytest.mark.parametrize("owner", ["lin", 'o"\\\n', "nobody"])
def test_every_row_comes_as_it_would_have_come_alone(things, in_transaction, owner):
    def ask(session):
        batch = Batch(session)
        alone, merged = (batch.fetch(asked(owner, merged=merged)) for merged in (False, True))
        again = batch.fetch(Question(FROM_DAY, {"owner": date(1900, 1, 1)}, dict))
        batch.run()
        assert [row["id"] for row in again.all()] == [1, 1]
        return alone.one(), merged.one()

    alone, merged = in_transaction(ask)
    assert merged == alone
    assert [row["id"] for row in merged["of_owner"]] == {"lin": [2, 1], "nobody": []}.get(owner, [1])
    for name in ("amount", "made_at", "size", "facts"):
        assert [type(row[name]) for row in merged["of_owner"]] == [type(row[name]) for row in alone["of_owner"]]


def test_what_is_no_json_is_not_merged():
    with pytest.raises(TypeError, match="sealed"):
        merge((select(THINGS.c.sealed),))
