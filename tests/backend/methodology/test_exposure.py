"""Whoever opens the door wider needs a second person: the most somebody could earn, before and after a version."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backend.methodology import service
from backend.platform.core.errors import Refusal
from calculators import load_library
from tests.backend.methodology.adoption import SECOND, approve_by_two
from tests.backend.methodology.conftest import AUTHOR, REVIEWER

CUP = "consumables.own_cup"
VERSIONS = f"/v1/operator/methodologies/{CUP}/versions"
CAPS = "per_day_g = 30, per_month_g = 500, per_year_g = 5000"
alike = pytest.mark.alike_on_both_engines("what is measured is decided in the rule book; the approvals run on both")


@pytest.fixture
def cup() -> str:
    """The shipped document about cups; of a day it credits 30 g at most."""
    text = load_library().methodologies[CUP].text
    assert CAPS in text
    return text


@pytest.fixture
def wide(cup) -> str:
    """The same with a day of 50,000 g, and nothing that bounds a month or a year."""
    return cup.replace(CAPS, "per_day_g = 50000").replace("per_activity_g = 50", "per_activity_g = 50000")


def with_day(cup: str, grams: int) -> str:
    return cup.replace("per_day_g = 30,", f"per_day_g = {grams},")


@pytest.fixture
def in_force(cup, submit, in_transaction, frozen_clock):
    """`in_force(document)`: a version approved as it needs, and the day on which it counts reached."""

    def call(document: str) -> int:
        version, sha256 = submit(document)
        in_transaction(lambda session: approve_by_two(session, REVIEWER, CUP, version, sha256))
        frozen_clock.advance(timedelta(days=3))
        return version

    return call


@pytest.fixture
def review(in_transaction):
    """`review(version)`: what the page, the API and the guard measure."""
    return lambda version: in_transaction(
        lambda session: service.review_exposure(session, service.get_version(session, CUP, version)), read_only=True
    )


@pytest.fixture
def approve_one(in_transaction):
    """`approve_one(version, sha256, who)`: the state of the version after one approval."""
    return lambda version, sha256, who=REVIEWER: in_transaction(
        lambda session: service.approve(session, who, CUP, version, sha256).status
    )


def test_a_day_of_fifty_thousand_grams_is_seen_and_needs_two(in_force, submit, review, approve_one, cup, wide):
    in_force(cup)
    version, sha256 = submit(wide)
    found = review(version)
    assert (found.now.alone.honest_day, found.then.alone.honest_day) == (30, 50_000)
    assert found.then.alone.honest_year > 1_000_000
    assert {"honest_day", "honest_year", "cheat_day", "beside_honest_day"} <= set(found.rises)
    assert found.approvers == 2
    assert approve_one(version, sha256) == "draft"
    with pytest.raises(Refusal, match="second_approver"):
        approve_one(version, sha256)
    with pytest.raises(Refusal, match="four_eyes"):
        approve_one(version, sha256, AUTHOR)
    with pytest.raises(Refusal, match="other_content"):
        approve_one(version, "0" * 64, SECOND)
    assert approve_one(version, sha256, SECOND) == "approved"


def test_a_day_alone_that_is_raised_is_bounded_by_the_month_and_still_needs_two(in_force, submit, review, cup):
    in_force(cup)
    version, _ = submit(with_day(cup, 50_000))
    found = review(version)
    assert (found.then.alone.honest_day, found.then.alone.honest_year) == (500, 5_000)
    assert found.rises == ("honest_day", "cheat_day", "beside_honest_day", "beside_cheat_day")


def test_what_opens_nothing_needs_one(in_force, submit, review, approve_one, cup):
    in_force(cup)
    version, sha256 = submit(with_day(cup, 31))
    assert review(version).approvers == 1
    assert approve_one(version, sha256) == "approved"


def test_small_rises_add_up_to_what_two_approved_last(in_force, submit, review, cup):
    in_force(with_day(cup, 300))  # from nothing: two have approved it
    in_force(with_day(cup, 400))  # a hundred more: one was enough
    version, _ = submit(with_day(cup, 499))
    assert review(version).approvers == 1
    in_force(with_day(cup, 450).replace("per_month_g = 500", "per_month_g = 5000"))
    version, _ = submit(with_day(cup, 601).replace("per_month_g = 500", "per_month_g = 5000"))
    found = review(version)
    assert (found.reviewed.version, found.now.alone.honest_day, found.then.alone.honest_day) == (1, 450, 601)
    assert "honest_day" in found.rises


def test_what_is_only_scheduled_is_no_measure(in_force, submit, review, approve_one, cup, wide):
    in_force(cup)
    version, sha256 = submit(wide)
    approve_one(version, sha256)
    assert approve_one(version, sha256, SECOND) == "approved"  # from the first open day, which has not come
    later, _ = submit(wide.replace("50000", "49000"))
    found = review(later)
    assert (found.now.version, found.reviewed) == (1, None)
    assert found.approvers == 2


def test_the_library_as_an_author_needs_two_like_anybody(in_transaction, frozen_clock):
    first = in_transaction(lambda session: service.adopt_library(session, REVIEWER))
    waiting = {one.methodology_id for one in first if one.effective_on is None}
    assert "transport.low_carbon_trip" in waiting
    assert CUP not in waiting
    again = in_transaction(lambda session: service.adopt_library(session, REVIEWER))
    assert {one.methodology_id for one in again if one.effective_on is None} == waiting


def test_reviewers_see_the_same_over_http_and_a_second_one_approves(in_force, submit, new_person, cup, wide):
    in_force(cup)
    version, sha256 = submit(wide)
    one, other = (new_person(roles=("reviewer",)) for _ in range(2))
    shown = one.get(f"{VERSIONS}/{version}/effects").json["exposure"]
    assert (shown["approvers"], shown["first_approved_by"]) == (2, None)
    (day,) = [row for row in shown["figures"] if row["name"] == "honest_day"]
    assert (day["now"], day["then"], day["rises"]) == (30, 50_000, True)
    first = one.post(f"{VERSIONS}/{version}/approve", {"sha256": sha256}).json
    assert (first["status"], first["first_approved_by"], first["approved_by"]) == ("draft", one.user_id, None)
    alone = one.post(f"{VERSIONS}/{version}/approve", {"sha256": sha256})
    assert (alone.status_code, alone.json["code"]) == (403, "methodology.second_approver")
    second = other.post(f"{VERSIONS}/{version}/approve", {"sha256": sha256}).json
    assert (second["status"], second["approved_by"]) == ("approved", other.user_id)


def test_the_command_shows_it_and_takes_two(app, in_force, submit, new_person, cup, wide):
    in_force(cup)
    version, sha256 = submit(wide)
    one, other = (new_person(roles=("reviewer",)).user_id for _ in range(2))

    def run(*args: str) -> str:
        return app.test_cli_runner().invoke(args=["methodology", *args]).output

    assert "approvers needed: 2; has approved: nobody" in run("exposure", CUP, str(version))
    assert "waits for a second reviewer" in run("approve", CUP, str(version), sha256, "--reviewer", one)
    assert "methodology.second_approver" in run("approve", CUP, str(version), sha256, "--reviewer", one)
    assert "counts from" in run("approve", CUP, str(version), sha256, "--reviewer", other)
