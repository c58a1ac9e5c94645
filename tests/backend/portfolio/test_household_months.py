"""How a household did: in bands, without names, and only of those who show it, to those who show it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.portfolio.service.household_months import band_of
from tests.backend.activities.conftest import log, with_a_new_token

# One ride of 10 km by metro in Beijing on one's own word is 320 g.
TO_1_KG, TO_2_KG, TO_5_KG = ({"from_g": low, "below_g": high} for low, high in ((0, 1000), (1000, 2000), (2000, 5000)))


@pytest.fixture
def family(new_beijinger, frozen_clock):
    """Three who have lived together since before December began, with fresh tokens."""
    people = [new_beijinger() for _ in range(3)]
    for other in people[1:]:
        code = people[0].post("/v1/household/invitations").json["code"]
        assert other.post("/v1/household/join", {"code": code}).status_code == 200
    frozen_clock.advance(timedelta(days=14))  # noon of the 4th of December
    return [with_a_new_token(person) for person in people]


def show(*people, is_shown: bool = True) -> None:
    for person in people:
        answer = person.put("/v1/household/shown", {"is_shown": is_shown})
        assert (answer.status_code, answer.json["is_shown"]) == (200, is_shown)


def ride(person, times: int) -> None:
    for number in range(times):
        log(person, occurred_at=f"2026-12-02T{8 + number:02}:10:00+08:00")


def together(person, month: str = "2026-12"):
    return person.get("/v1/household/together", query_string={"month": month})


def test_those_who_show_it_see_each_others_bands_and_no_names(family):
    one, other, third = family
    ride(one, 1), ride(other, 2), ride(third, 4)
    show(*family)
    answer = together(one)
    assert answer.json == {
        "month": "2026-12",
        "mine_g": 320,
        "others": [TO_2_KG, TO_1_KG],  # 1,280 g and 640 g
        "together": TO_5_KG,  # 2,240 g
        "gases": answer.json["gases"],
    }
    assert answer.json["gases"]["scopes"] == ["CO2", "GHG"]  # whatever the others did: this tells nothing of it
    assert not any(person.user_id in answer.text for person in family)


def test_who_shows_nothing_sees_nothing_and_is_not_seen(family):
    one, other, third = family
    ride(other, 1), ride(third, 4)
    show(one, third)
    assert together(one).json["others"] == [TO_2_KG]
    refused = together(other)
    assert (refused.status_code, refused.json["code"]) == (409, "household.show_first")


def test_taking_it_back_counts_at_once(family):
    one, other, _ = family
    ride(other, 4)
    show(one, other)
    assert together(one).json["others"] == [TO_2_KG]
    show(other, is_shown=False)
    assert together(one).json["others"] == []


def test_nobody_looks_into_a_month_before_they_all_lived_there(family):
    one, other, _ = family
    show(one, other)
    assert together(one, "2026-11").json["others"] == []


def test_somebody_who_moves_in_sees_and_shows_from_their_first_whole_month_on(family, new_beijinger, frozen_clock):
    one, other, _ = family
    ride(other, 4)
    show(one, other)
    late = new_beijinger()
    code = one.post("/v1/household/invitations").json["code"]
    assert late.post("/v1/household/join", {"code": code}).status_code == 200
    show(late)
    assert together(late).json["others"] == []
    assert len(together(one).json["others"]) == 1
    frozen_clock.advance(timedelta(days=28))  # the 1st of January
    assert len(together(with_a_new_token(late), "2027-01").json["others"]) == 2


def test_who_leaves_and_comes_again_shows_nothing_until_they_say_so(family, frozen_clock):
    one, other, _ = family
    show(one, other)
    assert other.delete("/v1/household").status_code == 204
    assert together(one).json["others"] == []
    frozen_clock.advance(timedelta(days=1))
    one, other = with_a_new_token(one), with_a_new_token(other)
    code = one.post("/v1/household/invitations").json["code"]
    assert other.post("/v1/household/join", {"code": code}).json["is_shown"] is False


def test_without_a_household_there_is_nothing_to_show_or_to_see(new_beijinger):
    alone = new_beijinger()
    assert alone.put("/v1/household/shown", {"is_shown": True}).status_code == 404
    assert together(alone).status_code == 404
    wrong = together(alone, "2026-13").json["errors"]
    assert [(error["field"], error["code"]) for error in wrong] == [("month", "not_a_month")]


@given(grams=st.integers(0, 10**12))
def test_a_band_holds_its_grams_and_is_never_narrower_than_half_of_its_end(grams):
    band = band_of(grams)
    assert band.from_g <= grams < band.below_g
    assert (band.below_g - band.from_g) * 2 >= band.below_g


@pytest.mark.parametrize(
    "grams, low, high",
    [(0, 0, 1000), (999, 0, 1000), (1000, 1000, 2000), (7_300, 5000, 10_000), (123_456, 100_000, 200_000)],
)
def test_bands_go_by_one_two_and_five(grams, low, high):
    assert (band_of(grams).from_g, band_of(grams).below_g) == (low, high)
