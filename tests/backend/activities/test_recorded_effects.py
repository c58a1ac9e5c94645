"""What a version would have credited of what people recorded: the whole way, from stored workings to the command."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest

from backend.methodology import service as methodology
from calculators import load_library
from tests.backend.activities.conftest import TRIP, log

CAP = 700  # g a day


@pytest.fixture
def draft(in_transaction, rule_book) -> int:
    """A version by which a day is credited no more than `CAP`."""
    text = load_library().methodologies[TRIP].text
    changed = re.sub(r"per_day_g = \d+", f"per_day_g = {CAP}", text)
    return in_transaction(lambda session: methodology.submit_draft(session, "usr_lin", changed)).version


@pytest.fixture
def effects(app, draft, frozen_clock):
    """`effects(…)`: what the command says about the days around now, and how it told its progress."""

    def run(*more: str, first: int = -3, last: int = 1, version: int = draft):
        days = [f"{frozen_clock() + timedelta(days=day):%Y-%m-%d}" for day in (first, last)]
        arguments = ["methodology", "effects", TRIP, str(version), "--from", days[0], "--to", days[1], *more]
        return app.test_cli_runner().invoke(args=arguments)

    return run


def test_the_command_says_whom_a_version_gives_less_by_the_caps_of_a_day(
    effects, new_beijinger, fare_record, at_any_hour
):
    rider, walker = new_beijinger(), new_beijinger()
    rides = [log(rider, evidence=[fare_record(rider)], occurred_at=f"2026-11-20T0{hour}:10:00Z") for hour in (0, 1, 2)]
    ride = log(walker, distance="1")
    credited = [one["reduction"]["credited_g"] for one in rides]
    assert sum(credited) > CAP
    assert ride["reduction"]["credited_g"] < CAP
    answer = effects()
    assert answer.exit_code == 0, answer.output
    found = json.loads(answer.stdout)
    total = found["total"]
    assert (found["people"], found["people_losing"], found["people_gaining"]) == (2, 1, 0)
    assert total["before"] == sum(credited) + ride["reduction"]["credited_g"]
    assert total["lost"] == total["before"] - total["after"] > 0
    assert "4 of 4 activities" in answer.stderr
    assert rider.user_id not in answer.output
    assert json.loads(effects("--region", "CN").stdout)["total"] == total
    assert json.loads(effects("--region", "FR").stdout)["total"]["activities"] == 0
    assert json.loads(effects(first=-30, last=-20).stdout)["total"]["activities"] == 0


def test_what_cannot_be_asked_is_refused_in_words(effects):
    for answer in (effects("--region", "Atlantis"), effects(first=2), effects(version=99)):
        assert answer.exit_code == 1
        assert answer.output.startswith("Error: ")
