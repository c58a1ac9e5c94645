"""The benchmark of logging an activity, with a handful of people: it measures what it says, and nothing else."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import date

import pytest

from benchmarks import activities, habits, population
from benchmarks.http_client import HttpClient
from benchmarks.measurement import Measurement, Unmeasured, paired_row

PLAN = activities.Plan(people=6, newcomers=3, rounds=1, spare_days=0, connections=2, workers=1)
LONG_AGO = [date(2026, 1, 1), date(2026, 1, 2)]  # nothing may be logged so late


@pytest.fixture
def postgresql_world(_worlds, request):
    if request.config.getoption("--engine") == "sqlite":
        pytest.skip("the benchmark measures PostgreSQL")
    world = _worlds("postgresql")
    world.refresh()
    yield world
    world.disconnect()


def test_a_small_benchmark_logs_a_life_and_counts_what_it_asks_of_postgresql(postgresql_world):
    with HttpClient() as client:
        stage = activities.prepare(postgresql_world, PLAN, client, population.last_days(PLAN.days))
        rows = {row.name: row for row in activities.measure(stage)}
    everybody = (PLAN.people + PLAN.newcomers) * habits.A_DAY
    assert sum(rows["log an activity, caller warm"].facts["answered"].values()) == everybody
    # so few requests may take no processor time that the kernel sees
    seen = [row for name, row in rows.items() if "processor" not in name]
    assert all(row.measured > 0 and row.yardstick > 0 for row in seen)
    counts = {row.name.removeprefix("log an activity, "): row for row in rows.values()}
    for counted in ("statements", "round trips"):
        assert counts[f"warm: {counted}"].yardstick == 3  # BEGIN, the INSERT, COMMIT
    assert counts["cold: statements"].measured > counts["warm: statements"].measured, "who was never seen is looked up"
    # which is asked along with the first question, so nobody waits once more for it
    assert counts["cold: round trips"].measured < counts["warm: round trips"].measured + 0.5


def test_a_benchmark_of_refusals_is_none(postgresql_world):
    with HttpClient() as client:
        stage = activities.prepare(postgresql_world, PLAN, client, LONG_AGO)
        with pytest.raises(RuntimeError, match="answered 422"):
            activities.measure_rounds(stage)


PART = activities.Part(100, 1.0, 0, 0.0, 0.0, 0.0)
SLOW, QUICK = (activities.Round(PART, replace(PART, seconds=seconds), PART) for seconds in (1000.0, 1.0))


@pytest.fixture
def stage_of(monkeypatch):
    """`stage_of(rounds)`: a stage whose days are such rounds, and one more day."""

    def of(rounds):
        days = [date(2026, 1, number + 1) for number in range(len(rounds) + 1)]
        made = dict(zip(days, rounds, strict=False))
        monkeypatch.setattr(activities, "_round", lambda stage, smallest, on: made[on])
        return activities.Stage(None, PLAN, None, [], days, None)

    monkeypatch.setattr(activities, "served", lambda *given, **more: nullcontext())
    monkeypatch.setattr(activities, "check_answers", lambda answered: None)
    return of


def test_a_round_in_which_callers_grew_cold_gives_its_place_to_another_day(stage_of):
    stage = stage_of([SLOW, QUICK, QUICK])
    assert activities.measure_rounds(stage) == [SLOW, QUICK]
    warm, cold = activities._rates("ride", stage, [SLOW, QUICK])
    assert (warm.rounds, len(cold.rounds)) == (((QUICK.warm.rate, QUICK.yardstick.rate),), 2)


def test_where_every_round_was_slow_the_warm_part_says_so_and_loses_only_itself(stage_of, monkeypatch):
    stage = stage_of([SLOW, SLOW])
    monkeypatch.setattr(activities, "_traffic_rows", lambda name, stage: iter(()))
    outcomes = list(activities.measure(stage))
    assert [one.reason for one in outcomes if isinstance(one, Unmeasured)] == [activities.TOO_BUSY]
    assert "log an activity, caller cold" in {one.name for one in outcomes if isinstance(one, Measurement)}


def test_a_part_that_breaks_takes_no_row_of_the_parts_beside_it(stage_of, monkeypatch):
    def stumble(name, stage):
        raise OSError("the counter cannot listen")

    monkeypatch.setattr(activities, "_traffic_rows", stumble)
    *rows, broken = activities.measure(stage_of([QUICK]))
    assert broken == Unmeasured("log an activity, statements and round trips", "the counter cannot listen")
    assert "log an activity, caller warm" in {row.name for row in rows}


@pytest.mark.parametrize(
    "answered",
    [{"credited": 5, "credited: cap": 1, "uncredited: no_factor": 4}, {"credited": 97, "held: trip.cut_up": 3}],
)
def test_answers_that_are_no_ordinary_life_are_refused(answered):
    with pytest.raises(RuntimeError, match="ordinary life"):
        activities.check_answers(activities.Counter(answered))


def test_an_ordinary_life_has_caps_and_refusals_in_it():
    activities.check_answers(activities.Counter({"credited": 60, "credited: cap": 15, "uncredited: no_factor": 25}))


def test_everybody_has_eight_activities_on_their_day_and_the_same_ones_every_time():
    [yesterday] = population.last_days(1)
    for person in range(50):
        done = habits.activities_of(person, yesterday)
        assert len(done) == habits.A_DAY
        assert done == habits.activities_of(person, yesterday)
        assert {one.occurred_at.date() for one in done} == {yesterday}
        assert [one.occurred_at for one in done] == sorted(one.occurred_at for one in done)


def test_the_ratio_is_the_median_of_the_rounds_and_its_spread_is_told():
    row = paired_row("name", [(10, 100), (40, 200), (30, 50)], None, "requests/s")
    assert (row.measured, row.yardstick, row.ratio, row.spread) == (30, 100, 0.2, (0.1, 0.6))


def test_there_is_no_ratio_to_a_yardstick_that_took_too_little_to_be_seen():
    row = paired_row("name", [(0.5, 0.1), (0.4, 0.0), (0.6, 0.1)], None, "ms")
    assert (row.measured, row.yardstick, row.ratio, row.spread) == (0.5, 0.1, None, None)
