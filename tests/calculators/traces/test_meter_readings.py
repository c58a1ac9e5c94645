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
)
from tests.calculators.traces.stories import DAY, NOON

RULE = "evidence.reading"
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
    """The control: nothing else sees what a meter shows."""
    monkeypatch.setitem(evidence_rules.EVIDENCE_RULES, RULE, (1, lambda claim, limits: None))
    assert {decide(meter.claim()).outcome for meter in CHEATS} == {ACCEPT}


def test_the_tolerance_is_the_greater_of_a_last_digit_and_two_per_cent() -> None:
    def outcome(through: int, claimed: str) -> str:
        return decide(Meter("a week", ((7, "1000"), (0, str(1000 + through))), claimed).claim()).outcome

    # of 40 kWh two per cent are 0.8, so one kilowatt hour is allowed; of 200 four are
    assert (outcome(40, "39"), outcome(40, "38.9")) == (ACCEPT, HOLD)
    assert (outcome(200, "196"), outcome(200, "195.9")) == (ACCEPT, HOLD)


def test_a_single_reading_shows_nothing_yet() -> None:
    assert decide(Meter("the first", ((0, "1042"),), "42").claim()).outcome == ACCEPT
