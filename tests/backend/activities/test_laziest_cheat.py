"""What somebody gets who says everything and shows nothing: a small share of what a person emits, over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from backend.accounts import service as accounts
from backend.accounts.service import addresses
from backend.activities.service import allowance
from backend.profiles import service as profiles
from tests.backend.activities.conftest import BEIJING, trip
from tests.backend.activities.guest_steps import renewed
from tests.backend.activities.laziest_cheat import COPIES, HOUSEHOLD_SIZE, everything_at_once, most_generous

MOST_A_DAY, MOST_A_MONTH, MOST_A_YEAR = 3_000, 30_000, 60_000  # law 12
SCREENING_OFF_G = 100_000  # a day's least with nothing bounded, so that the figures above mean something
MOST_ITEMS = 500
FEW = 2  # of each thing, where several people tell their day: enough that each alone reaches the bound
pytestmark = pytest.mark.allowance
alike = pytest.mark.alike_on_both_engines(
    "what is allowed is decided in the rule book; a day and joined circles run on both"
)


@pytest.fixture
def new_cheat(new_person, in_transaction, rule_book):
    def make() -> Any:
        made = new_person(agrees=True)
        stated = BEIJING | {"household_size": HOUSEHOLD_SIZE}
        in_transaction(lambda session: profiles.change_profile(session, made.user_id, stated))
        return made

    return make


def tell_all(person: Any, now: Any, name: str = "a day", copies: int = COPIES) -> int:
    """What one day's batches credit, in points."""
    items = everything_at_once(now, name, copies)
    return sum(sum_of(person, items[place : place + MOST_ITEMS]) for place in range(0, len(items), MOST_ITEMS))


def sum_of(person: Any, items: list[dict[str, Any]]) -> int:
    answer = person.post("/v1/activities/batch", {"items": items})
    assert answer.status_code == 200, answer.json
    return sum(
        one["credited_g"] + one["behaviour_points"] for one in answer.json["outcomes"] if one["outcome"] == "credited"
    )


def test_every_rule_that_can_earn_on_a_word_is_tried():
    assert len(most_generous()) >= 30


def test_a_day_without_evidence_earns_a_small_share_of_what_a_person_emits(new_cheat, frozen_clock):
    earned = tell_all(new_cheat(), frozen_clock())
    assert 0 < earned <= MOST_A_DAY


def test_with_screening_off_the_same_day_earns_many_times_that(new_cheat, frozen_clock, monkeypatch):
    monkeypatch.setattr(allowance, "is_attested", lambda rule, support: True)
    assert tell_all(new_cheat(), frozen_clock()) >= SCREENING_OFF_G


@alike
@pytest.mark.long
def test_a_month_without_evidence_ends_at_the_bound_of_a_month(new_cheat, frozen_clock):
    frozen_clock.set(frozen_clock() + timedelta(days=11))  # the first of December
    assert 0 < sum(earned for _, earned in played(new_cheat(), frozen_clock, every=1, days=13)) <= MOST_A_MONTH


@alike
@pytest.mark.long
def test_a_year_without_evidence_earns_little_more_than_its_first_months(new_cheat, frozen_clock):
    frozen_clock.set(frozen_clock() + timedelta(days=42))  # the first of January
    days = played(new_cheat(), frozen_clock, every=12, days=360)
    assert max(earned for _, earned in days) <= MOST_A_DAY
    assert 0 < sum(earned for _, earned in days) <= MOST_A_YEAR
    assert days[-1][1] == 0  # the bound of the year is reached long before its end


def join_household(in_transaction, cheats: list[Any]) -> None:
    for other in cheats[1:]:
        code = in_transaction(lambda session: profiles.invite(session, cheats[0].user_id)).code
        in_transaction(lambda session, other=other, code=code: profiles.join(session, other.user_id, code))


def declare_one_meter(in_transaction, cheats: list[Any]) -> None:
    for cheat in cheats:
        in_transaction(
            lambda session, cheat=cheat: profiles.declare_asset(
                session, cheat.user_id, "electricity_meter", "CN", "1100 2233"
            )
        )


def prove_one_mailbox(in_transaction, cheats: list[Any]) -> None:
    for number, cheat in enumerate(cheats):
        address = addresses.read_email(f"somebody+{number}@example.org")
        in_transaction(
            lambda session, cheat=cheat, address=address: addresses.link_mailbox(session, cheat.user_id, address)
        )


def share(kind: accounts.LinkKind) -> Any:
    def share_one(in_transaction: Any, cheats: list[Any]) -> None:
        for cheat in cheats:
            in_transaction(lambda session, cheat=cheat: accounts.link(session, cheat.user_id, kind, "the same"))

    return share_one


WAYS = {
    "household": join_household,
    "device": share(accounts.LinkKind.DEVICE),
    "meter": declare_one_meter,
    "address": prove_one_mailbox,
    "payment": share(accounts.LinkKind.PAYMENT),
}


@alike
@pytest.mark.parametrize("joined", WAYS.values(), ids=list(WAYS))
def test_accounts_that_share_something_get_no_more_than_one(joined, new_cheat, frozen_clock, in_transaction, counts):
    cheats = [new_cheat() for _ in range(counts(small=2, long=4))]
    joined(in_transaction, cheats)
    assert 0 < sum(tell_all(cheat, frozen_clock(), copies=FEW) for cheat in cheats) <= MOST_A_DAY


def test_two_circles_that_are_joined_later_have_one_allowance(new_cheat, frozen_clock, in_transaction):
    first, second, third, fourth = cheats = [new_cheat() for _ in range(4)]
    share(accounts.LinkKind.DEVICE)(in_transaction, [first, second])
    share(accounts.LinkKind.METER)(in_transaction, [third, fourth])
    share(accounts.LinkKind.PAYMENT)(in_transaction, [second, third])
    assert sum(tell_all(cheat, frozen_clock(), copies=FEW) for cheat in cheats) <= MOST_A_DAY


@alike
def test_accounts_that_share_nothing_have_an_allowance_each(new_cheat, frozen_clock):
    assert sum(tell_all(new_cheat(), frozen_clock(), copies=FEW) for _ in range(2)) > MOST_A_DAY


def played(cheat: Any, frozen_clock: Any, *, every: int, days: int) -> list[tuple[Any, int]]:
    """What each of some days credited, `every` so many of them, by the clock."""
    begun, earned = frozen_clock(), []
    while frozen_clock() < begun + timedelta(days=days):
        now = frozen_clock()
        earned.append((now, tell_all(renewed(cheat), now, f"{now:%Y-%m-%d}", copies=1)))
        frozen_clock.set(now + timedelta(days=every))
    return earned


def test_what_was_done_before_the_account_does_not_count(new_cheat, frozen_clock):
    cheat = new_cheat()
    assert tell_all(cheat, frozen_clock() - timedelta(days=2)) == 0
    one = cheat.get("/v1/activities?limit=1").json["items"][0]
    assert one["reason"]["code"] in {"before_account", "counted_already", "no_reduction"}


def test_a_newcomer_sees_what_counts_why_not_more_and_what_would_make_it_count(new_cheat):
    newcomer = new_cheat()
    answer = newcomer.post("/v1/activities", trip(mode="metro", distance="60", duration_s=4800)).json
    assert answer["points"]["amount"] > 0
    assert answer["reduction"]["deductions"][-1]["kind"] == "allowance"
    (step,) = answer["next"]
    assert (step["code"], step["evidence"]) == ("attach_track", ["gps_trace"])
    assert step["amount"] == 1_923 - answer["points"]["amount"]  # (4,320 − 0.344 × 1,375) × 0.5, less what counted
    chinese = newcomer.get(f"/v1/activities/{answer['id']}", headers={"Accept-Language": "zh-CN"}).json
    assert "轨迹" in chinese["next"][0]["message"]
