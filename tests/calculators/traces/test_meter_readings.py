"""Meters read by people who claim less than was used, and by people who read them as people do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest

from calculators.plausibility import (
    ACCEPT,
    HOLD,
    Claim,
    MeterReading,
    Readings,
    decide,
    evidence_rules,
    in_unit,
    metered_by,
    series_rules,
)
from tests.calculators.traces.stories import DAY, NOON

RULE, ROLLOVER = "evidence.reading", "evidence.rollover"
ELECTRICITY, SOLAR, DRIVEN = (
    "housing.household_electricity",
    "housing.rooftop_solar_self_use",
    "transport.electric_car_km",
)


@dataclass(frozen=True)
class Meter:
    """Readings of one device by the days before noon, what is claimed of them, and for how many days."""

    name: str
    read: tuple[tuple[float, str], ...]
    claimed: str
    days: int | None = 7
    unit: str = "kWh"
    rule: str = ELECTRICITY
    is_carried: bool = False

    def claim(self) -> Claim:
        metered = metered_by(self.rule)
        assert metered is not None
        shown = tuple(
            MeterReading(in_unit(Decimal(value), self.unit, metered.unit), NOON - ago * DAY) for ago, value in self.read
        )
        amount = Decimal(self.claimed)
        used, made = (amount, None) if metered.used else (None, amount)
        readings = Readings(shown, metered.unit, used, made, self.days, is_carried=self.is_carried)
        return Claim(self.rule, NOON, NOON, timedelta(days=14), amount=1000, readings=readings)


CHEATS = [
    Meter("half of what the meter shows", ((7, "1000"), (0, "1084")), "42"),
    Meter("a tenth less than the meter shows", ((7, "1000"), (0, "1084")), "75"),
    Meter("two days' use claimed for a week", ((2, "1060"), (0, "1084")), "24"),
    Meter("readings of two weeks ago", ((21, "900"), (14, "942")), "42"),
    Meter("a meter that runs backwards", ((7, "1084"), (0, "1040")), "0"),
    Meter("less than the meter moved since last week's reading", ((7, "1000"), (0, "1084")), "42", is_carried=True),
    Meter("more, for a higher baseline later", ((7, "1000"), (0, "1042")), "84"),
    Meter("more solar power than the inverter made", ((7, "300"), (0, "340")), "80", rule=SOLAR),
    Meter("more kilometres than the odometer", ((1, "1000"), (0, "1020")), "90", None, "km", DRIVEN),
    Meter("a reading of the water meter for electricity", ((7, "100"), (0, "103")), "42", unit="m3"),
]
HONEST = [
    Meter("as the meter shows", ((7, "1000"), (0, "1042")), "42"),
    Meter("decimals of which the photo shows none", ((7, "1000"), (0, "1042")), "42.87"),
    Meter("read at breakfast, read again at night", ((7.6, "1000"), (0, "1042")), "42"),
    Meter("logged two days after the reading", ((9, "1000"), (2, "1042")), "42"),
    Meter("a month that differs by a kilowatt hour", ((30, "1000"), (0, "1180")), "179", 30),
    Meter("one reading a week, after the last week's", ((7, "1000"), (0, "1042")), "42", is_carried=True),
    Meter("back from a holiday: a week, since a reading of five weeks ago", ((35, "1000"), (0, "1090")), "42",
          is_carried=True),
    Meter("some of the solar power was fed in", ((7, "300"), (0, "340")), "25", rule=SOLAR),
    Meter("fewer kilometres than the odometer", ((1, "1000"), (0, "1090")), "20", None, "km", DRIVEN),
    Meter("degrees, as they are called in Chinese", ((7, "1000"), (0, "1042")), "42", unit="度"),
    Meter("three readings on the way", ((7, "1000"), (3, "1020"), (0, "1042")), "42"),
]  # fmt: skip


def _name(meter: Meter) -> str:
    return meter.name


@pytest.mark.parametrize("meter", CHEATS, ids=_name)
def test_what_the_meter_does_not_show_is_held(meter: Meter) -> None:
    decision = decide(meter.claim())
    assert (decision.outcome, decision.rule) == (HOLD, RULE)
    assert decision.params


@pytest.mark.parametrize("meter", HONEST, ids=_name)
def test_who_reads_as_people_do_is_believed(meter: Meter) -> None:
    assert decide(meter.claim()).outcome == ACCEPT


def test_without_the_rule_every_one_of_them_earns(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: nothing else sees what a meter shows, but for what no home is like."""
    for name in series_rules.SERIES_RULES:
        monkeypatch.setitem(series_rules.SERIES_RULES, name, (1, lambda claim, seen: None))
    monkeypatch.setitem(evidence_rules.EVIDENCE_RULES, RULE, (1, lambda claim, seen, limits: None))
    assert {decide(meter.claim()).outcome for meter in CHEATS} == {ACCEPT}


def test_the_tolerance_is_the_greater_of_a_last_digit_and_two_per_cent() -> None:
    def outcome(through: int, claimed: str) -> str:
        return decide(Meter("a week", ((7, "1000"), (0, str(1000 + through))), claimed).claim()).outcome

    # of 40 kWh two per cent are 0.8, so one kilowatt hour is allowed; of 200 four are
    assert (outcome(40, "39"), outcome(40, "38.9")) == (ACCEPT, HOLD)
    assert (outcome(200, "196"), outcome(200, "195.9")) == (ACCEPT, HOLD)


def test_a_single_reading_shows_nothing_yet() -> None:
    assert decide(Meter("the first", ((0, "1042"),), "42").claim()).outcome == ACCEPT


@dataclass(frozen=True)
class Row:
    """Meters in a row: each reading is its meter, the days before noon and what it shows."""

    name: str
    read: tuple[tuple[str, float, str], ...]
    claimed: str
    days: int = 7

    def claim(self) -> Claim:
        shown = tuple(MeterReading(Decimal(value), NOON - ago * DAY, meter) for meter, ago, value in self.read)
        readings = Readings(shown, "kWh", Decimal(self.claimed), None, self.days)
        return Claim(ELECTRICITY, NOON, NOON, timedelta(days=14), amount=1000, readings=readings)


OLD = (("M-1", 7, "1000"), ("M-1", 3, "1020"))
EXCHANGED = (*OLD, ("M-2", 2.98, "0"), ("M-2", 0, "22"))


@pytest.mark.parametrize(
    "row",
    [
        Row("twenty through the old one and twenty-two through the new one", EXCHANGED, "42"),
        Row("a new meter that does not begin at zero", (*OLD, ("M-2", 2.9, "3.4"), ("M-2", 0, "25.4")), "42"),
        Row("a last digit at every end", EXCHANGED, "40.2"),
        Row("readings on the way", (*EXCHANGED[:3], ("M-2", 1, "12"), EXCHANGED[3]), "42"),
    ],
    ids=lambda row: row.name,
)
def test_what_ran_through_an_exchanged_meter_adds_up(row: Row) -> None:
    assert decide(row.claim()).outcome == ACCEPT


@pytest.mark.parametrize(
    "row",
    [
        Row("only what ran through the new one", EXCHANGED, "22"),
        Row("only what ran through the old one", EXCHANGED, "20"),
        Row("more than both", EXCHANGED, "60"),
        Row("two days between the two", (*OLD[:1], ("M-1", 5, "1020"), *EXCHANGED[2:]), "42"),
        Row("exchanged twice", (*EXCHANGED[:3], ("M-2", 2, "6"), ("M-3", 1.9, "0"), ("M-3", 0, "16")), "42"),
        Row("a new one that runs backwards", (*OLD, ("M-2", 2.98, "30"), ("M-2", 0, "8")), "0"),
    ],
    ids=lambda row: row.name,
)
def test_what_an_exchanged_meter_does_not_show_is_held_with_the_sum(row: Row) -> None:
    decision = decide(row.claim())
    assert (decision.outcome, decision.rule) == (HOLD, RULE)
    assert "through" in decision.params


@pytest.mark.parametrize(
    "read, turn",
    [
        (((7, "99988"), (0, "12")), "100000"),
        (((7, "9990"), (0, "14")), "10000"),
        (((7, "99990.5"), (0, "14.5")), "100000"),
    ],
)
def test_a_rollover_is_held_with_a_reason_of_its_own(read: tuple[tuple[float, str], ...], turn: str) -> None:
    decision = decide(Meter("a meter at the end of its figures", read, "24").claim())
    assert (decision.outcome, decision.rule, decision.found) == (HOLD, ROLLOVER, (ROLLOVER,))
    assert decision.params["turn"] == turn


def test_a_rollover_that_shows_another_amount_is_told_with_both_reasons() -> None:
    decision = decide(Meter("less than ran through", ((7, "99988"), (0, "60")), "24").claim())
    assert (decision.outcome, decision.found) == (HOLD, (ROLLOVER, RULE))


@pytest.mark.parametrize("read", [((7, "60000"), (0, "12")), ((7, "99990"), (0, "50000")), ((7, "98"), (0, "3"))])
def test_a_fall_that_is_no_rollover_is_a_meter_that_runs_backwards(read: tuple[tuple[float, str], ...]) -> None:
    decision = decide(Meter("backwards", read, "24").claim())
    assert (decision.rule, decision.found) == (RULE, (RULE,))
