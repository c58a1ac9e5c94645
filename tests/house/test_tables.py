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
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    UniqueConstraint,
)

from backend.app import factory
from backend.platform.data.columns import UtcInstant
from backend.platform.data.transactions import Base
from tests.house import rooms, tables
from tests.house.source import ROOT


def key(name="id"):
    return Column(name, String, primary_key=True)


def owned(name, *parts):
    return (name, key("user_id"), key(), *parts)


# rule: makers of tables that break it
PLANTED = {
    "every_table_belongs_to_someone_or_is_declared": [
        lambda: [("orders", key())],
        lambda: [("orders", key(), key("user_id"))],
    ],
    "no_reference_leads_to_another_owner": [
        lambda: [owned("orders"), owned("payments", Column("order_id", String, ForeignKey("orders.id")))],
        lambda: [
            owned("orders"),
            owned(
                "payments",
                Column("payer_id", String),
                Column("order_id", String),
                ForeignKeyConstraint(["payer_id", "order_id"], ["orders.user_id", "orders.id"]),
            ),
        ],
    ],
    "uniqueness_is_per_owner": [
        lambda: [owned("orders", Column("number", String, unique=True))],
        lambda: [owned("orders", Column("number", String), UniqueConstraint("number"))],
        lambda: [owned("orders", Column("number", String, index=True, unique=True))],
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
    "directories_are_keyed_by_the_outside_value": [
        lambda: [("addresses", key("user_id"))],
        lambda: [("addresses", key("address"))],
    ],
    "every_declaration_is_of_a_table": [lambda: [owned("orders")]],
}


def built(parts) -> MetaData:
    metadata = MetaData()
    for name, *columns in parts:
        Table(name, metadata, *columns)
    return metadata


@pytest.mark.parametrize("name", tables.RULES)
def test_every_table_keeps_the_rule(name):
    factory.import_models()
    violations = list(tables.RULES[name](Base.metadata))
    assert not violations, "\n".join(["", *violations])


@pytest.mark.parametrize("name, make", [(name, make) for name, makers in PLANTED.items() for make in makers])
def test_a_planted_table_is_found(name, make, monkeypatch):
    monkeypatch.setitem(tables.DIRECTORIES, "addresses", "how a person is found by e-mail")
    assert list(tables.RULES[name](built(make())))


def test_every_rule_of_tables_has_a_planted_violation():
    assert set(PLANTED) == set(tables.RULES)


def test_a_sound_table_breaks_no_rule_of_shape():
    sound = built([owned("orders", Column("amount_minor", Integer), UniqueConstraint("user_id", "amount_minor"))])
    violations = [line for check in tables.RULES.values() for line in check(sound)]
    assert not [line for line in violations if line.startswith("orders")]


def test_the_slices_are_built_in_the_order_of_the_house():
    assert list(factory.SLICES) == [name for name in rooms.SLICES if name in factory.SLICES]


def test_every_slice_with_tables_is_part_of_the_application():
    on_disk = {path.parent.name for path in (ROOT / "backend").glob("*/models*")}
    assert on_disk <= set(factory.SLICES), "add it to backend.app.factory.SLICES"
