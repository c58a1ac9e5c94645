"""A series that was copied or drawn with a ruler waits for somebody, one that fits the home counts by itself."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import literal, select

from backend.activities.sql import evidence
from backend.platform.data.batch import Question
from tests.backend.activities.test_exclusions import METER, OWN_WEEK
from tests.backend.activities.test_meter_readings import claim, photo

TRUE = ((11, "4100"), (15, "4109.3"), (20, "4123.8"))


@pytest.fixture
def new_home(new_beijinger):
    return lambda: new_beijinger(household_size=2)


def series(person: Any, readings: tuple[tuple[int, str], ...], device: str, more: float = 0) -> list[str]:
    return [photo(person, day, f"{float(value) + more:.1f}", device=device) for day, value in readings]


def told(person: Any, activity_id: str, language: str) -> str:
    answer = person.get(f"/v1/activities/{activity_id}", headers={"Accept-Language": language})
    return answer.json["reason"]["message"]


def test_the_series_of_a_neighbour_under_another_number_is_held(new_home):
    neighbour, cheat = new_home(), new_home()
    assert claim(neighbour, 20, "23.8", series(neighbour, TRUE, "N-5"), days="9") == ("credited", None)
    copy = claim(cheat, 20, "23.8", series(cheat, TRUE, "Z-2", more=777), days="9")
    assert copy == ("held", "evidence.series_copied")


def claimed_at_once(new_home: Any, parallel: Any, count: int) -> list[tuple[str, str | None]]:
    """What homes are answered that hand in one series under meters of their own, at the same moment."""
    homes = [new_home() for _ in range(count)]
    photos = [series(home, TRUE, f"Z-{number}", more=777 * number) for number, home in enumerate(homes)]
    race = parallel(count, lambda number: claim(homes[number], 20, "23.8", photos[number], days="9"))
    assert race.errors == []
    return sorted(race.results)


@pytest.mark.concurrency
def test_of_many_who_hand_in_one_series_at_once_one_is_credited(new_home, parallel, counts):
    count = counts(small=6, long=20)
    copies = [("held", "evidence.series_copied")] * (count - 1)
    assert claimed_at_once(new_home, parallel, count) == [("credited", None), *copies]


@pytest.mark.concurrency
def test_without_the_directory_everyone_would_be_credited_for_one_series(new_home, parallel, monkeypatch):
    taken = Question(select(literal("taken")), {}, dict)
    monkeypatch.setattr(evidence, "reference_claim", lambda piece, reference_hash: taken)
    assert claimed_at_once(new_home, parallel, 3) == [("credited", None)] * 3


def test_two_photographs_minutes_apart_are_no_day_at_that_rate(new_home):
    """The last figure turns between them: one kilowatt hour in five minutes, and 288 in a day at that rate."""
    home = new_home()
    shown = [photo(home, 11, "4100"), photo(home, 20, "4123"), photo(home, 20, "4124", minute=5)]
    assert claim(home, 20, "24", shown, days="9") == ("credited", None)


def test_better_evidence_for_the_same_series_is_no_copy_of_it(new_home, fare_record):
    home = new_home()
    body = {"methodology": METER, "occurred_at": "2026-11-20T09:30:00+08:00", "evidence": series(home, TRUE, "N-5")}
    made = home.post("/v1/activities", body | {"inputs": {"consumption": "23.8", "days": "9"}}).json
    home.post(f"/v1/activities/{made['id']}/withdraw")
    again = [photo(home, day, value, device="N-6") for day, value in TRUE]
    assert claim(home, 20, "23.8", again, days="9") == ("held", "evidence.series_copied")


def test_a_line_drawn_with_a_ruler_is_held_and_told_in_both_languages(new_home):
    home = new_home()
    photos = series(home, tuple((6 + n, str(100 + n)) for n in (0, 4, 8, 11, 14)), "Z-1")
    body = {"methodology": METER, "occurred_at": "2026-11-20T09:30:00+08:00", "evidence": photos}
    answer = home.post("/v1/activities", body | {"inputs": {"consumption": "14", "days": "14"}}).json
    assert (answer["status"], answer["reason"]["code"]) == ("held", "evidence.series_smooth")
    assert "no home does" in told(home, answer["id"], "en")
    assert "人工核实" in told(home, answer["id"], "zh-CN")


def test_a_series_over_the_end_of_the_figures_counts(new_home):
    home = new_home()
    photos = series(home, ((12, "99988"), (16, "99999"), (20, "12")), "A-7")
    assert claim(home, 20, "24", photos, days="8") == ("credited", None)


def test_an_estimate_that_was_corrected_counts(new_home):
    home = new_home()
    photos = series(home, ((11, "300"), (15, "316"), (16, "311"), (20, "325")), "A-8")
    assert claim(home, 20, "25", photos, days="9") == ("credited", None)


def test_who_told_many_times_as_much_on_their_word_lately_is_held(new_home):
    home = new_home()
    body = {"methodology": OWN_WEEK, "occurred_at": "2026-11-11T09:30:00+08:00"}
    home.post("/v1/activities", body | {"inputs": {"consumption": "90", "days": "7"}})
    photos = series(home, ((13, "90"), (16, "95"), (20, "102")), "Z-6")
    assert claim(home, 20, "12", photos) == ("held", "evidence.told_unlike")
