"""Every table of the project keeps the rules of ownership and types, and every rule has been seen to fail."""

from __future__ import annotations

import pytest
from sqlalchemy import (
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    UniqueConstraint,
    text,
)

from backend.app import factory
from backend.platform.data.columns import UtcInstant
from backend.platform.data.table_kinds import directory_table, local_table, reference_table
from backend.platform.data.transactions import Base
from tests.house import rooms, tables
from tests.house.source import ROOT


def key(name="id"):
    return Column(name, String, primary_key=True)


def owned(name, *parts):
    return (name, key("user_id"), key(), *parts)


def found_by(column, *parts, name="addresses", leads=None):
    """A directory of people."""
    leads = {"user_id": "users.user_id"} if leads is None else leads
    return (name, *parts, directory_table(column, "how a person is found", leads=leads))


def shared(name, *parts):
    return (name, key(), *parts, reference_table("the same for everyone"))


def to_orders(*columns, keys=("user_id", "id")):
    return ForeignKeyConstraint(list(columns), [f"orders.{name}" for name in keys])


def order():
    return Column("order_id", String)


# rule: makers of tables that break it
PLANTED = {
    "an_owned_table_is_keyed_by_its_owner_first": [
        lambda: [("orders", key())],
        lambda: [("orders", key(), key("user_id"))],
        lambda: [("orders", key(), Column("user_id", String))],
    ],
    "an_owned_table_is_unique_per_owner": [
        lambda: [owned("orders", Column("number", String, unique=True))],
        lambda: [owned("orders", Column("number", String), UniqueConstraint("number"))],
        lambda: [owned("orders", Column("number", String), UniqueConstraint("number", "user_id"))],
        lambda: [owned("orders", Column("number", String, index=True, unique=True))],
        lambda: [
            owned("orders", Column("number", String), Index("open", "number", unique=True, sqlite_where=text("1")))
        ],
    ],
    "an_owned_table_refers_to_its_owners_rows": [
        lambda: [owned("orders"), owned("payments", Column("order_id", String, ForeignKey("orders.id")))],
        lambda: [
            owned("orders"),
            owned("payments", Column("payer_id", String), order(), to_orders("payer_id", "order_id")),
        ],
        lambda: [
            owned("orders"),
            owned("payments", order(), to_orders("order_id", "user_id", keys=("id", "user_id"))),
        ],
    ],
    "no_reference_leads_to_a_kind_that_lies_elsewhere": [
        # a directory that refers to somebody's row, as seven did
        lambda: [
            owned("orders"),
            found_by("address", key("address"), Column("user_id", String), order(), to_orders("user_id", "order_id")),
        ],
        lambda: [
            found_by("address", key("address"), leads={}),
            owned("orders", Column("address", String, ForeignKey("addresses.address"))),
        ],
        lambda: [
            ("orders", key("user_id")),
            shared("lots", Column("sold_to", String, ForeignKey("orders.user_id"))),
        ],
        lambda: [
            ("runs", key(), local_table("what a job did")),
            owned("orders", Column("run", String, ForeignKey("runs.id"))),
        ],
    ],
    "a_directory_is_keyed_by_the_outside_value": [
        lambda: [found_by("user_id", key("user_id"))],
        lambda: [found_by("address", key("number"), Column("address", String))],
        lambda: [found_by("address", key("address"), Column("user_id", String, unique=True))],
    ],
    "a_directory_says_where_it_leads": [
        lambda: [found_by("address", key("address"), Column("user_id", String), leads={})],
        lambda: [found_by("address", key("address"), Column("user_id", String))],
        lambda: [owned("orders"), found_by("address", key("address"), order(), leads={"order_id": "orders.id"})],
        lambda: [owned("orders"), found_by("address", key("address"), leads={"order_id": "orders.id"})],
    ],
    "no_column_is_a_float": [
        lambda: [owned("orders", Column("amount", Float))],
        lambda: [owned("orders", Column("amount", Numeric(12, 2)))],
    ],
    "every_instant_knows_its_zone": [
        lambda: [owned("orders", Column("paid_at", DateTime))],
        lambda: [owned("orders", Column("paid_at", DateTime(timezone=True)))],
        lambda: [owned("orders", Column("paid", UtcInstant))],
        lambda: [owned("orders", Column("day", Date))],
    ],
}


def built(parts) -> MetaData:
    metadata = MetaData()
    for name, *columns in parts:
        said = columns.pop() if isinstance(columns[-1], dict) else {}
        Table(name, metadata, *columns, **said)
    return metadata


@pytest.mark.parametrize("name", tables.RULES)
def test_every_table_keeps_the_rule(name):
    factory.import_models()
    violations = list(tables.RULES[name](Base.metadata))
    assert not violations, "\n".join(["", *violations])


@pytest.mark.parametrize("name, make", [(name, make) for name, makers in PLANTED.items() for make in makers])
def test_a_planted_table_is_found(name, make):
    assert list(tables.RULES[name](built(make())))


def test_every_rule_of_tables_has_a_planted_violation():
    assert set(PLANTED) == set(tables.RULES)


def test_sound_tables_break_no_rule():
    number = Column("amount_minor", Integer)
    lot = Column("lot", String, ForeignKey("lots.id"))
    sound = built(
        [
            shared("projects"),
            shared("lots", Column("project", String, ForeignKey("projects.id"))),
            owned("orders", number, UniqueConstraint("user_id", "amount_minor"), lot),
            owned("payments", order(), to_orders("user_id", "order_id")),
            found_by("address", key("address"), Column("user_id", String), order(), leads={"order_id": "orders.id"}),
        ]
    )
    assert [line for check in tables.RULES.values() for line in check(sound)] == []


def test_a_table_that_is_not_owned_says_why():
    with pytest.raises(ValueError, match="say why"):
        reference_table("")


def test_the_slices_are_built_in_the_order_of_the_house():
    assert list(factory.SLICES) == [name for name in rooms.SLICES if name in factory.SLICES]


def test_every_slice_with_tables_is_part_of_the_application():
    on_disk = {path.parent.name for path in (ROOT / "backend").glob("*/models*")}
    assert on_disk <= set(factory.SLICES), "add it to backend.app.factory.SLICES"
