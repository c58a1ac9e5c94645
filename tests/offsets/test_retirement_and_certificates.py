"""Retirements that can be found again, and certificates that notice a slip of the pen and keep a name to themselves."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offsets import (
    ENTROPY_BYTES,
    Certificate,
    GramInterval,
    OffsetRefused,
    UpstreamState,
    canonical,
    clean_name,
    commit_name,
    counts_for,
    is_name,
    list_projects,
    make_number,
    public_view,
    read_number,
    record_retirement,
    signed_payload,
    upstream_state,
)

PROJECT = list_projects()["delta-blue-carbon-1"]
LOT = PROJECT.lots[0]
AT = datetime(2026, 11, 20, 8, tzinfo=UTC)
SALT = b"0123456789abcdef"
SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def certificate() -> Certificate:
    retirement = record_retirement(PROJECT, LOT, GramInterval(1_500_000, 2_100_000), AT, "personal footprint 2026")
    return Certificate(make_number(bytes(10)), PROJECT, (retirement,), commit_name("李雷 Li Lei", SALT), AT)


def test_a_retirement_names_the_units_it_touches():
    retirement = certificate().retirements[0]
    assert retirement.grams == 600_000
    assert retirement.serials == "DEMO-0000-000000002-000000003-VCS-VCU-000-VER-PK-14-2250-01012021-31122021-0"
    assert retirement.demonstration


def test_a_retirement_that_could_not_be_is_refused():
    with pytest.raises(OffsetRefused, match=r"retirement\.outside_lot"):
        record_retirement(PROJECT, LOT, GramInterval(0, LOT.issued_g + 1), AT, "x")
    with pytest.raises(OffsetRefused, match=r"retirement\.future_vintage"):
        record_retirement(PROJECT, LOT, GramInterval(0, 1), datetime(2020, 1, 1, tzinfo=UTC), "x")


@pytest.mark.parametrize(
    ("asked", "confirmed", "state"),
    [
        (2, 2, UpstreamState.DUE),
        (3, 2, UpstreamState.ASKED),
        (3, 3, UpstreamState.CONFIRMED),
        (0, 0, UpstreamState.DUE),
    ],
)
def test_the_registry_has_followed_when_every_touched_unit_is_retired_there(asked, confirmed, state):
    assert upstream_state(GramInterval(1_500_000, 2_100_000), asked, confirmed) is state


@pytest.mark.parametrize(
    ("on", "counts"),
    [
        (date(2025, 12, 31), False),
        (date(2026, 1, 1), True),
        (date(2027, 12, 31), True),
        (date(2028, 1, 1), False),
    ],
)
def test_a_retirement_counts_for_a_year_until_twelve_months_after_it(on, counts):
    assert counts_for(2026, on) == counts


def test_a_number_is_read_however_it_is_typed():
    number = make_number(bytes(range(10)))
    assert number == "000G-40R4-0M30-E209E"
    for typed in (number.lower(), number.replace("-", " "), number.replace("0", "O"), "０００Ｇ-40R4-0M30-E209E"):
        assert read_number(typed) == number


@given(entropy=st.binary(min_size=ENTROPY_BYTES, max_size=ENTROPY_BYTES))
def test_a_number_with_one_character_changed_is_no_number(entropy):
    symbols = make_number(entropy).replace("-", "")
    for place, right in enumerate(symbols):
        for wrong in SYMBOLS:
            if wrong != right:
                with pytest.raises(OffsetRefused):
                    read_number(symbols[:place] + wrong + symbols[place + 1 :])


@pytest.mark.parametrize("typed", ["", "0", "U" * 17, "0" * 18, "../../etc", "0" * 10**5])
def test_what_was_never_a_number_is_refused(typed):
    with pytest.raises(OffsetRefused, match=r"certificates\.not_a_number"):
        read_number(typed)


def test_two_sets_of_random_bytes_make_two_numbers():
    assert make_number(bytes(9) + b"\x01") != make_number(bytes(9) + b"\x02")


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\x00b", "a\u202eb", "a\nb", "a\ud800b"])
def test_a_name_that_hides_or_reverses_text_is_refused(name):
    with pytest.raises(OffsetRefused, match=r"certificates\.name"):
        clean_name(name)


def test_a_name_keeps_its_letters_and_loses_stray_spaces():
    assert clean_name("  李雷   Mu\u0308ller ") == "李雷 Müller"


def test_a_commitment_reveals_a_name_only_to_who_has_the_salt():
    commitment = commit_name("李雷 Li Lei", SALT)
    assert is_name(commitment, "李雷 Li Lei", SALT)
    assert not is_name(commitment, "李雷 Li Lei", SALT + b"x")
    assert not is_name(commitment, "Li Lei", SALT)
    with pytest.raises(ValueError, match="salt"):
        commit_name("Li Lei", b"short")


def test_the_signed_payload_holds_every_fact_and_no_personal_data():
    payload = signed_payload(certificate())
    text = canonical(payload).decode()
    assert "Li Lei" not in text
    assert "李雷" not in text
    assert payload["grams"] == 600_000
    assert payload["project"]["registry_project_id"] == "2250"
    assert payload["project"]["corresponding_adjustment"] is False
    assert payload["retirements"][0]["demonstration"] is True
    assert json.loads(text) == payload


def test_the_same_facts_are_signed_as_the_same_bytes():
    payload = signed_payload(certificate())
    shuffled = dict(reversed(list(payload.items())))
    assert canonical(shuffled) == canonical(payload)


def test_the_public_page_adds_the_chosen_name_and_where_the_registry_stands():
    seen = public_view(certificate(), "Li Lei", [UpstreamState.DUE])
    assert seen["beneficiary"] == "Li Lei"
    assert seen["retirements"][0]["registry_state"] == "due"
    assert public_view(certificate(), None, [UpstreamState.DUE])["beneficiary"] is None
