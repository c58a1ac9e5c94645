"""Fields take exactly what the API promises; what they refuse, they refuse by code and facts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType, SimpleNamespace
from typing import Any

import marshmallow as ma
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.platform.core import i18n
from backend.platform.web import fields
from backend.platform.web import json as wire
from backend.platform.web.fields import coded, list_refusals, refused

USER = "usr_01m8171fg12yfb0ehrb84ewkmd"  # fixed: a test is named after its values on every worker


def read(field, value):
    """The value `field` makes of `value`, or the code of its refusal."""
    schema = coded(ma.Schema.from_dict({"it": field})())
    try:
        return schema.load({"it": value})["it"]
    except ma.ValidationError as error:
        [row] = list_refusals(error)
        assert row["field"].startswith("it")
        return row["code"]


@pytest.mark.parametrize(
    "field, value, expected",
    [
        (fields.WholeNumber(), 10, 10),
        (fields.WholeNumber(), -0, 0),
        (fields.WholeNumber(), "10", "not_a_whole_number"),
        (fields.WholeNumber(), True, "not_a_whole_number"),
        (fields.WholeNumber(), Decimal("1.0"), "not_a_whole_number"),
        (fields.WholeNumber(), None, "null"),
        (fields.WholeNumber(), 2**53 - 1, 2**53 - 1),
        (fields.WholeNumber(), 2**53, "too_large"),
        (fields.WholeNumber(), -(2**63), "too_small"),
        (fields.WholeNumber(minimum=1, maximum=3), 0, "too_small"),
        (fields.WholeNumber(minimum=1, maximum=3), 4, "too_large"),
        (fields.WrittenNumber(), "10", 10),
        (fields.WrittenNumber(), "1_0", "not_a_whole_number"),
        (fields.WrittenNumber(), "１０", "not_a_whole_number"),
        (fields.WrittenNumber(), " 10", "not_a_whole_number"),
        (fields.WrittenNumber(), "9" * 5000, "not_a_whole_number"),
        (fields.DecimalNumber(), "12.50", Decimal("12.50")),
        (fields.DecimalNumber(), 12, Decimal(12)),
        (fields.DecimalNumber(), Decimal("1E+5"), Decimal(100_000)),
        (fields.DecimalNumber(), "１０。５", Decimal("10.5")),
        (fields.DecimalNumber(), "\u200b10.5", Decimal("10.5")),
        (fields.DecimalNumber(), "1。2。3", "not_a_decimal"),
        (fields.DecimalNumber(), "1e5", "not_a_decimal"),
        (fields.DecimalNumber(), "NaN", "not_a_decimal"),
        (fields.DecimalNumber(), "Infinity", "not_a_decimal"),
        (fields.DecimalNumber(), "1,5", "input_comma"),
        (fields.DecimalNumber(), "١٢", "not_a_decimal"),
        (fields.DecimalNumber(), "", "not_a_decimal"),
        (fields.DecimalNumber(), True, "not_a_decimal"),
        (fields.DecimalNumber(), 1.5, "not_a_decimal"),
        (fields.DecimalNumber(), "9" * 19, "not_a_decimal"),
        (fields.DecimalNumber(minimum="0"), "-0.001", "too_small"),
        (fields.DecimalNumber(maximum="500"), "500.001", "too_large"),
        (fields.Instant(), "2026-11-20T08:10:00+08:00", datetime(2026, 11, 20, 0, 10, tzinfo=UTC)),
        (fields.Instant(), "2026-11-20T08:10Z", datetime(2026, 11, 20, 8, 10, tzinfo=UTC)),
        (fields.Instant(), "2026-11-20T08:10:00", "not_an_instant"),
        (fields.Instant(), "2026-11-20", "not_an_instant"),
        (fields.Instant(), "2026-02-30T00:00:00Z", "not_an_instant"),
        (fields.Instant(), "0001-01-01T00:00:00+14:00", "not_an_instant"),
        (fields.Instant(), "9999-12-31T23:59:59-14:00", "not_an_instant"),
        (fields.Instant(), 1763600000, "not_an_instant"),
        (fields.Day(), "2026-11-20", date(2026, 11, 20)),
        (fields.Day(), "20261120", "not_a_day"),
        (fields.Day(), "2026-02-30", "not_a_day"),
        (fields.Text(maximum=5), "  é ", "é"),
        (fields.Text(maximum=5), "林小明", "林小明"),
        (fields.Text(maximum=5), "👩‍👧", "👩‍👧"),
        (fields.Text(maximum=5), "   ", "too_few_characters"),
        (fields.Text(maximum=5), "abcdef", "too_many_characters"),
        (fields.Text(maximum=5), "a\x00b", "forbidden_characters"),
        (fields.Text(maximum=5), "a\nb", "forbidden_characters"),
        (fields.Text(maximum=5, lines=True), "a\nb", "a\nb"),
        (fields.Text(maximum=5), "a\u202eb", "forbidden_characters"),
        (fields.Text(maximum=5), "a\u2066b", "forbidden_characters"),
        (fields.Text(maximum=5), "\ufeffab", "forbidden_characters"),
        (fields.Text(maximum=5), 5, "not_a_text"),
        (fields.Secret(maximum=9, minimum=3), " p w ", " p w "),
        (fields.Secret(maximum=9, minimum=3), "pw", "too_few_characters"),
        (fields.Secret(maximum=9), ["p"], "not_a_text"),
        (fields.Choice("bus", "metro"), "metro", "metro"),
        (fields.Choice("bus", "metro"), "Metro", "not_one_of"),
        (fields.Choice("bus", "metro"), 1, "not_a_text"),
        (fields.Truth(), True, True),
        (fields.Truth(), "true", "not_a_boolean"),
        (fields.Truth(), 1, "not_a_boolean"),
        (fields.Id("user"), USER, USER),
        (fields.Id("user"), USER.upper(), "not_an_id"),
        (fields.Id("user"), USER.replace("usr", "act"), "not_an_id"),
        (fields.Id("user"), USER + "\n", "not_an_id"),
        (fields.Id("user"), "usr_" + "i" * 26, "not_an_id"),
        (fields.Id("user"), 7, "not_an_id"),
    ],
)
def test_a_field_reads_or_refuses(field, value, expected):
    found = read(field, value)
    assert found == expected
    assert type(found) is type(expected)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12))
def test_a_decimal_comes_back_from_the_wire_as_it_left(value):
    schema = ma.Schema.from_dict({"it": fields.DecimalNumber()})()
    written = schema.dump({"it": value})["it"]
    assert isinstance(written, str)
    assert schema.load({"it": written})["it"] == value


@given(st.decimals(allow_nan=True, allow_infinity=True) | st.text() | st.integers() | st.booleans() | st.none())
def test_a_decimal_field_never_stumbles(value):
    assert isinstance(read(fields.DecimalNumber(), value), Decimal | str)


NAIVE_BOUNDS = datetime(1901, 1, 1), datetime(2199, 12, 31)  # noqa: DTZ001  # as hypothesis wants them


@given(st.datetimes(*NAIVE_BOUNDS, timezones=st.timezones()))
def test_an_instant_comes_back_from_the_wire_as_the_same_moment(value):
    # zones of long ago had offsets with seconds, which ISO 8601 cannot write
    offset = timedelta(minutes=value.utcoffset() // timedelta(minutes=1))
    value = value.replace(tzinfo=timezone(offset))
    schema = ma.Schema.from_dict({"it": fields.Instant()})()
    written = schema.dump({"it": value})["it"]
    assert schema.load({"it": written})["it"] == value
    assert read(fields.Instant(), value.isoformat()) == value


def test_zero_has_no_sign():
    assert str(read(fields.DecimalNumber(), "-0")) == "0"


def test_a_naive_instant_is_never_written():
    schema = ma.Schema.from_dict({"it": fields.Instant()})()
    with pytest.raises(ValueError, match="offset"):
        schema.dump({"it": datetime(2026, 11, 20)})  # noqa: DTZ001  # a naive one is what is tested


def must_be_even(value):
    if value % 2:
        raise refused("not_even")


class Leg(ma.Schema):
    distance = fields.DecimalNumber(required=True)


class Trip(ma.Schema):
    legs = ma.fields.List(ma.fields.Nested(Leg), required=True, validate=ma.validate.Length(1, 2))
    named = ma.fields.Dict(ma.fields.String(), fields.WholeNumber())
    first = ma.fields.Nested(Leg)
    mail = ma.fields.Email()
    code = ma.fields.String(validate=ma.validate.Length(equal=6))
    even = ma.fields.Integer(validate=must_be_even)
    odd = ma.fields.Integer(validate=ma.validate.Predicate("bit_count"))


@pytest.mark.parametrize(
    "body, expected",
    [
        ({}, [("legs", "required")]),
        ({"legs": []}, [("legs", "too_few_items")]),
        ({"legs": [{}, {}]}, [("legs.0.distance", "required"), ("legs.1.distance", "required")]),
        ({"legs": [{"distance": 1}] * 3}, [("legs", "too_many_items")]),
        ({"legs": [{"distance": 1}, {"distance": "x"}]}, [("legs.1.distance", "not_a_decimal")]),
        ({"legs": [7]}, [("legs.0", "not_an_object")]),
        ({"legs": {}}, [("legs", "not_a_list")]),
        ({"legs": [{"distance": 1, "speed": 2}]}, [("legs.0.speed", "unknown")]),
        ({"legs": [{"distance": 1}], "admin": True}, [("admin", "unknown")]),
        ({"legs": [{"distance": 1}], "named": {"a": "1"}}, [("named.a.value", "not_a_whole_number")]),
        ({"legs": [{"distance": 1}], "named": [1]}, [("named", "not_an_object")]),
        ({"legs": [{"distance": 1}], "first": None}, [("first", "null")]),
        ({"legs": [{"distance": 1}], "mail": "nobody"}, [("mail", "not_an_email")]),
        ({"legs": [{"distance": 1}], "code": "12345"}, [("code", "not_characters")]),
        ({"legs": [{"distance": 1}], "even": 3}, [("even", "not_even")]),
        ({"legs": [{"distance": 1}], "odd": 0}, [("odd", "invalid")]),
    ],
)
def test_marshmallows_own_refusals_become_one_coded_row_per_field(body, expected):
    with pytest.raises(ma.ValidationError) as error:
        coded(Trip()).load(body)
    found = [(row["field"], row["code"]) for row in list_refusals(error.value)]
    assert found == expected


def test_an_unknown_field_is_told_the_known_ones():
    with pytest.raises(ma.ValidationError) as error:
        coded(Leg()).load({"distance": 1, "speed": 2})
    [row] = list_refusals(error.value)
    assert row["known"] == "distance"
    assert i18n.text("field", row["code"], known=row["known"]).endswith("Known here: distance.")


def test_coding_a_schema_leaves_its_class_and_its_document_alone():
    coded(Trip())
    assert Trip().error_messages.get("unknown") != {"code": "unknown"}
    assert isinstance(Trip().fields["legs"].validators[0], ma.validate.Length)


class Inner(ma.Schema):
    name = fields.Text(maximum=20)
    count = fields.WholeNumber()


class Outer(ma.Schema):
    """Every way in which an answer is written."""

    renamed = ma.fields.String(attribute="text", data_key="its_name")
    whole = ma.fields.Integer()
    as_text = ma.fields.Integer(as_string=True)
    is_so = ma.fields.Boolean()
    at = ma.fields.DateTime()
    on = ma.fields.Date()
    size = ma.fields.Decimal(as_string=True)
    inner = ma.fields.Nested(Inner)
    many = ma.fields.List(ma.fields.Nested(Inner))
    also_many = ma.fields.Nested(Inner, many=True)
    words = ma.fields.List(ma.fields.String())
    any_thing = ma.fields.Raw()
    by_name = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer())
    made = ma.fields.Function(lambda value: "made")
    absent = ma.fields.String(dump_default="not said")
    only_read = ma.fields.String(load_only=True)


class Shout(StrEnum):
    LOUD = "loud"


INNER = SimpleNamespace(name="lin", count=2**60)
VALUES: dict[str, Any] = {
    "text": Shout.LOUD,
    "whole": True,
    "as_text": 7,
    "is_so": False,
    "at": datetime(2026, 11, 20, 8, 10, tzinfo=UTC),
    "on": date(2026, 11, 20),
    "size": Decimal("1.50"),
    "inner": INNER,
    "many": [INNER, {"name": "", "count": None}],
    "also_many": [{"count": 1}],
    "words": ["a", Shout.LOUD],
    "any_thing": {"a": [1]},
    "by_name": {"a": 1},
}


@pytest.mark.parametrize(
    "value",
    [
        VALUES,
        MappingProxyType(VALUES),
        SimpleNamespace(**VALUES),
        dict.fromkeys(VALUES),
        {},
        SimpleNamespace(absent="said"),
    ],
)
def test_an_answer_is_written_as_its_schema_dumps_it(value):
    schema = Outer()
    assert fields.writer_of(schema)(value) == schema.dump(value)
    assert wire.dumps(fields.writer_of(schema)(value)) == wire.dumps(schema.dump(value))


def test_a_schema_with_ways_of_its_own_writes_them():
    class Doubled(ma.Schema):
        count = ma.fields.Integer()

        @ma.post_dump
        def double(self, written: Any, **_: Any) -> Any:
            return {"count": 2 * written["count"]}

    assert fields.writer_of(Doubled())({"count": 2}) == {"count": 4}
