"""JSON from strangers is read by the standard, and every way around it is refused with its name."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.platform.web.json import MAX_DEPTH, NotStrict, loads

sound = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs", "Cc"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcde字", max_size=5), inner, max_size=4),
    max_leaves=20,
)


@given(sound)
def test_what_the_standard_library_writes_is_read_back(value):
    assert loads(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    "body, value",
    [
        (b"1.50", Decimal("1.50")),
        (b"1e3", Decimal("1e3")),
        (b"-0", 0),
        (b"-0.0", Decimal("-0.0")),
        (b"0.1", Decimal("0.1")),
        (b'"\\ud83d\\ude00"', "😀"),
        (b"9" * 64, 10**64 - 1),
    ],
)
def test_numbers_stay_exact_and_text_stays_text(body, value):
    found = loads(body)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "body, code",
    [
        (b"", "json.malformed"),
        (b"{", "json.malformed"),
        (b"{'a': 1}", "json.malformed"),
        (b'{"a": 1,}', "json.malformed"),
        (b'{"a": 1} {"b": 2}', "json.malformed"),
        (b"\xef\xbb\xbf{}", "json.malformed"),
        (b'"line\nbreak"', "json.malformed"),
        (b"01", "json.malformed"),
        (b"\xff", "json.not_utf8"),
        (b'"\xed\xa0\x80"', "json.not_utf8"),
        (b"NaN", "json.not_a_number"),
        (b"[Infinity]", "json.not_a_number"),
        (b"-Infinity", "json.not_a_number"),
        (b"1e400", "json.number_too_long"),
        (b"-1e-400", "json.number_too_long"),
        (b"1E99999999999999999999999999", "json.number_too_long"),
        (b"9" * 65, "json.number_too_long"),
        (b"9" * 5000, "json.number_too_long"),
        (b"0." + b"1" * 5000, "json.number_too_long"),
        (b'{"a": 1, "a": 1}', "json.duplicate_key"),
        (b'{"x": [{"a": 1, "\\u0061": 2}]}', "json.duplicate_key"),
        (b'["\\ud800"]', "json.lone_surrogate"),
        (b'{"\\udfff": 1}', "json.lone_surrogate"),
        (b'{"name": "a\\u0000b"}', "json.nul_character"),
        (b'{"a\\u0000": 1}', "json.nul_character"),
        (b"[" * 10_000 + b"]" * 10_000, "json.too_deep"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "json.too_deep"),
        (b"[" * 200_000, "json.too_deep"),
    ],
)
def test_every_way_around_the_standard_is_refused_by_name(body, code):
    with pytest.raises(NotStrict) as refused:
        loads(body)
    assert refused.value.code == code


def test_depth_is_counted_exactly():
    assert loads(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH) is not None
    with pytest.raises(NotStrict):
        loads(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1))


def test_brackets_inside_text_are_no_depth():
    assert loads(b'"' + b"[" * 1000 + b'"') == "[" * 1000
