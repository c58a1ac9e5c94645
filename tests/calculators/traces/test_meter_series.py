"""Which series of readings fit a home and its season, and which were made up."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from calculators import copy_mark
from calculators.plausibility import ACCEPT, HOLD, Claim, MeterReading, Readings, decide, series_rules
from tests.calculators.traces.stories import DAY, NOON

SMOOTH, UNFIT, SEASON = "evidence.series_smooth", "evidence.home_unfit", "evidence.season_unfit"
COPIED, UNLIKE = "evidence.series_copied", "evidence.told_unlike"
ELECTRICITY, SOLAR = "housing.household_electricity", "housing.rooftop_solar_self_use"
HEAT, GAS, WATER = "housing.heat_below_own_history", "housing.gas_below_own_history", "housing.household_water"
UNITS = {ELECTRICITY: "kWh", SOLAR: "kWh", HEAT: "GJ", GAS: "m3", WATER: "m3"}
HOMES, SEED = 1000, 99


@dataclass(frozen=True)
class Series:
    """Readings of a home by the days before the last one; it claims what they show."""

    name: str
    read: tuple[tuple[float, str], ...]
    rule: str = ELECTRICITY
    at: datetime = NOON
    people: int = 2
    meters: tuple[str, ...] = ()

    def claim(self) -> Claim:
        names = self.meters or ("M-1",) * len(self.read)
        shown = tuple(
            MeterReading(Decimal(value), self.at - ago * DAY, name)
            for name, (ago, value) in zip(names, self.read, strict=True)
        )
        through = sum(
            (max(later.value - earlier.value, Decimal(0)) for earlier, later in itertools.pairwise(shown)
             if earlier.device == later.device and earlier.value is not None and later.value is not None),
            Decimal(0),
        )  # fmt: skip
        days = max(1, round(self.read[0][0] - self.read[-1][0]))
        used, made = (None, through) if self.rule == SOLAR else (through, None)
        readings = Readings(
            shown, UNITS[self.rule], used, made, days, people=self.people, places=("CN-BJ", "CN"), told_before=None
        )
        return Claim(
            self.rule, self.at, self.at, timedelta(days=14), zone_offset_s=8 * 3600, amount=1000, readings=readings
        )


MADE_UP = {
    SMOOTH: [
        Series("one kilowatt hour every day", ((14, "100"), (10, "104"), (6, "108"), (3, "111"), (0, "114"))),
        Series("three tenths more precise", ((9, "10.5"), (6, "19.5"), (3, "28.5"), (0, "37.5"))),
        Series("the same every day of a week", tuple((7 - n, str(500 + 12 * n)) for n in range(8))),
    ],
    UNFIT: [
        Series("a factory's use", ((7, "1000"), (4, "1700"), (0, "2850"))),
        Series("a cubic metre an hour", ((7, "100"), (4, "160"), (0, "260")), WATER),
        Series("less than a refrigerator", ((10, "100"), (5, "100.6"), (0, "101.1"))),
        Series("more sun than anybody uses", ((7, "0"), (4, "700"), (0, "1530")), SOLAR),
        Series(
            "sun from ten at night to three", ((2, "10"), (14 / 24, "14"), (9 / 24, "19")), SOLAR
        ),  # NOON is noon in Beijing
    ],
    SEASON: [
        Series(
            "district heat in July",
            ((20, "10"), (9, "10.8"), (0, "12.1")),
            HEAT,
            at=datetime(2026, 7, 20, 4, tzinfo=UTC),
        ),
    ],
}
HONEST = [
    Series("a cold week with electric heating", ((7, "1000"), (3, "1391"), (0, "1702")), people=4),
    Series("away for a week, the refrigerator runs", ((14, "300"), (7, "341"), (0, "346"))),
    Series("the same on three days, read to a whole one", ((4, "70"), (3, "73"), (2, "76"), (1, "79"), (0, "82"))),
    Series("a boiler in January", ((30, "900"), (12, "1105"), (0, "1241")), GAS, at=datetime(2026, 1, 20, tzinfo=UTC)),
    Series("no gas in summer", ((30, "900"), (12, "901"), (0, "901")), GAS, at=datetime(2026, 7, 20, tzinfo=UTC)),
    Series("district heat in the last days", ((30, "10"), (12, "12.4"), (0, "12.9")), HEAT,
           at=datetime(2026, 4, 20, tzinfo=UTC)),
    Series("heat that was shut in July", ((30, "10"), (12, "10"), (0, "10")), HEAT,
           at=datetime(2026, 7, 20, tzinfo=UTC)),
    Series("sun in the morning and in the evening", ((7, "40"), (3, "61.2"), (0.7, "75"), (0, "80.4")), SOLAR),
    Series("a meter that was exchanged", ((9, "88120"), (4, "88134"), (3.9, "0"), (0, "12")),
           meters=("A", "A", "B", "B")),
    Series("a meter of five figures that turned", ((8, "99988"), (4, "99999"), (0, "12"))),
    Series("an estimate that was corrected", ((9, "300"), (5, "316"), (4, "311"), (0, "325"))),
    Series("a garden in summer", ((14, "70"), (9, "79"), (0, "96")), WATER, at=datetime(2026, 7, 20, tzinfo=UTC)),
]  # fmt: skip


THROUGH = {"a meter of five figures that turned": "24", "an estimate that was corrected": "25"}


def _true(series: Series) -> Claim:
    """The claim of an honest home, whose turn or correction its own sum has to respect."""
    claim, through = (
        series.claim(),
        {"a meter of five figures that turned": "24", "an estimate that was corrected": "25"},
    )
    assert claim.readings is not None
    if series.name not in through:
        return claim
    return replace(claim, readings=replace(claim.readings, used=Decimal(through[series.name])))


@pytest.mark.parametrize("rule, series", [(rule, one) for rule, many in MADE_UP.items() for one in many],
                         ids=lambda one: getattr(one, "name", one))  # fmt: skip
def test_a_series_that_was_made_up_is_held(rule: str, series: Series) -> None:
    decision = decide(series.claim())
    assert (decision.outcome, decision.rule) == (HOLD, rule)
    assert decision.params


@pytest.mark.parametrize("series", HONEST, ids=lambda series: series.name)
def test_a_series_of_a_home_is_believed(series: Series) -> None:
    assert decide(_true(series)).outcome == ACCEPT


def test_without_the_rules_every_one_that_was_made_up_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control."""
    for name in (SMOOTH, UNFIT, SEASON):
        monkeypatch.setitem(series_rules.SERIES_RULES, name, (1, lambda claim, seen: None))
    assert {decide(one.claim()).outcome for many in MADE_UP.values() for one in many} == {ACCEPT}


def test_an_estimate_far_off_is_no_correction() -> None:
    series = Series("four weeks too high", ((9, "300"), (5, "391"), (4, "311"), (0, "325")))
    assert decide(_true(replace(series, name="an estimate that was corrected"))).rule == "evidence.reading"


def test_two_readings_cannot_tell_how_often_a_meter_turned() -> None:
    assert decide(Series("turned", ((8, "99988"), (0, "12"))).claim()).rule == "evidence.rollover"


def test_what_was_told_many_times_higher_on_a_word_is_held_and_twice_as_high_is_not() -> None:
    claim = Series("a week", ((7, "90"), (4, "95"), (0, "102"))).claim()
    assert claim.readings is not None
    for told, outcome in (("12.8", HOLD), ("3.4", ACCEPT)):
        before = replace(claim, readings=replace(claim.readings, told_before=Decimal(told)))
        assert decide(before).outcome == outcome
    copied = replace(claim, readings=replace(claim.readings, is_copied=True))
    assert decide(copied).rule == COPIED


def test_a_copy_is_known_by_its_steps_and_hours_whatever_the_meter_began_with() -> None:
    read = [(Decimal("4100"), 0), (Decimal("4109.3"), 345600), (Decimal("4123.8"), 777600)]
    copy = [(value + 777, at + 60) for value, at in read]
    assert copy_mark(read) == copy_mark(copy) != copy_mark([(value, at + 7200) for value, at in read])
    assert copy_mark([(Decimal(value), at) for value, at in ((10, 0), (21, 345600), (30, 777600))]) is None


def of_homes(rng: random.Random, many: int) -> Iterator[Series]:
    """Homes that vary from day to day, heated in winter or away, read by hand or by an app."""
    for _ in range(many):
        people, step = rng.randint(1, 5), rng.choice(["1", "1", "0.1", "0.01"])
        days, month = rng.randint(6, 30), rng.randint(1, 12)
        mean = rng.uniform(1.2, 3.5) * people * (rng.uniform(1, 4) if month in (12, 1, 2) else 1)
        away = range(3, 3 + rng.choice([0, 0, 0, rng.randint(2, 5)]))
        readings = sorted({0, days, *(rng.randint(1, days - 1) for _ in range(rng.randint(1, 5)))}, reverse=True)
        is_app = rng.random() < 0.3
        value, shown = Decimal(rng.randint(100, 80000)), []
        for ago in range(days, -1, -1):
            if ago in readings:
                minutes = 0 if is_app else rng.gauss(0, 90)
                shown.append((ago - minutes / 1440, format(value.quantize(Decimal(step)), "f")))
            used = 0.6 if ago in away else max(0.5, rng.gauss(mean, rng.uniform(0.15, 0.4) * mean))
            value += Decimal(str(round(used, 4)))
        yield Series("a home", tuple(shown), at=datetime(2026, month, 20, 12, tzinfo=UTC), people=people)


def share_held(many: Sequence[Series]) -> float:
    return sum(decide(one.claim()).outcome == HOLD for one in many) / len(many)


def test_of_a_thousand_homes_hardly_one_in_a_hundred_is_held() -> None:
    assert share_held(list(of_homes(random.Random(SEED), HOMES))) <= 0.01


def test_of_a_thousand_lines_drawn_with_a_ruler_nearly_all_are_held() -> None:
    rng, lines = random.Random(SEED), []
    for _ in range(HOMES):
        rate, begun = Decimal(rng.randint(15, 120)) / 10, Decimal(rng.randint(100, 80000))
        days = sorted(rng.sample(range(1, 30), rng.randint(4, 7)), reverse=True)
        lines.append(Series("a line", tuple((ago, format(begun - rate * ago, "f")) for ago in days)))
    assert share_held(lines) >= 0.95
