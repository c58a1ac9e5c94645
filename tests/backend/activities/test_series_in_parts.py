"""A series of readings that arrives in parts is looked at whole, and photographs of one moment are one reading."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from backend.activities.service import late_evidence
from tests.backend.activities.conftest import with_a_new_token
from tests.backend.activities.test_exclusions import METER
from tests.backend.activities.test_meter_readings import photo

pytestmark = pytest.mark.allowance
TRUE = ((11, "4100"), (18, "4119.3"), (20, "4123.8"))
COPIED = ((11, "4877"), (18, "4896.3"), (20, "4900.8"))  # what ran through between is the neighbour's
RULED = ((6, "100"), (10, "104"), (14, "108"), (17, "111"), (20, "114"))
BELIEVED_G, BY_WORD_G = 11_998, 900  # of 23.8 kWh in nine days; housing's share of a day for what nobody attested

Reading = tuple[int, str]


@pytest.fixture
def new_home(frozen_clock, new_beijinger) -> Callable[[], Any]:
    """Somebody whose account is older than what they tell."""
    now = frozen_clock()

    def make() -> Any:
        frozen_clock.set(now - timedelta(days=60))
        home = new_beijinger(household_size=2)
        frozen_clock.set(now)
        return with_a_new_token(home)

    frozen_clock.set(now - timedelta(days=70))  # when the rules are adopted
    return make


def claimed(home: Any, readings: tuple[Reading, ...], device: str, used: str = "23.8", days: str = "9") -> Any:
    pieces = [photo(home, day, value, device=device) for day, value in readings]
    body = {"methodology": METER, "occurred_at": "2026-11-20T09:30:00+08:00", "evidence": pieces}
    answer = home.post("/v1/activities", body | {"inputs": {"consumption": used, "days": days}})
    assert answer.status_code == 201, answer.json
    return answer.json


def added(home: Any, activity: Any, *readings: Reading, device: str, minute: int = 0) -> Any:
    pieces = [photo(home, day, value, device=device, minute=minute) for day, value in readings]
    return home.post(f"/v1/activities/{activity['id']}/evidence", {"evidence": pieces})


def credited_g(home: Any, activity: Any) -> int:
    return home.get(f"/v1/activities/{activity['id']}").json["reduction"]["credited_g"]


def rule_of(answer: Any) -> tuple[int, str, str | None]:
    return answer.status_code, answer.json["code"], answer.json.get("rule")


def test_a_third_reading_of_a_home_makes_a_series_of_two(new_home):
    home = new_home()
    first = claimed(home, (TRUE[0], TRUE[2]), "N-5")
    assert credited_g(home, first) == BY_WORD_G
    assert added(home, first, TRUE[1], device="N-5").status_code == 200
    assert credited_g(home, first) == BELIEVED_G


def test_a_neighbours_series_is_found_though_its_third_reading_arrives_later(new_home):
    neighbour, cheat = new_home(), new_home()
    assert credited_g(neighbour, claimed(neighbour, TRUE, "N-5")) == BELIEVED_G
    first = claimed(cheat, (COPIED[0], COPIED[2]), "Z-2")
    refused = added(cheat, first, COPIED[1], device="Z-2")
    assert rule_of(refused) == (409, "evidence.not_believed", "evidence.series_copied")
    assert credited_g(cheat, first) == BY_WORD_G


def test_without_the_readings_before_it_the_copy_would_be_paid(new_home, monkeypatch):
    """The control: the reading that arrives last shows nothing by itself."""
    monkeypatch.setattr(late_evidence, "_with_all_readings", lambda late, support: late)
    neighbour, cheat = new_home(), new_home()
    claimed(neighbour, TRUE, "N-5")
    first = claimed(cheat, (COPIED[0], COPIED[2]), "Z-2")
    assert added(cheat, first, COPIED[1], device="Z-2").status_code == 200
    assert credited_g(cheat, first) == BELIEVED_G


def test_a_line_drawn_with_a_ruler_is_found_though_most_of_it_arrives_later(new_home):
    cheat = new_home()
    first = claimed(cheat, (RULED[0], RULED[-1]), "Z-1", used="14", days="14")
    refused = added(cheat, first, *RULED[1:-1], device="Z-1")
    assert rule_of(refused) == (409, "evidence.not_believed", "evidence.series_smooth")
    assert credited_g(cheat, first) == BY_WORD_G


@pytest.mark.parametrize("minute", [1, 59])
def test_a_second_photograph_of_one_reading_makes_no_series(minute, new_home):
    home = new_home()
    first = claimed(home, (TRUE[0], TRUE[2]), "N-5")
    assert added(home, first, TRUE[2], device="N-5", minute=minute).status_code == 200
    assert credited_g(home, first) == BY_WORD_G
