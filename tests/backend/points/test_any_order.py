"""Whatever people do, in whatever order: the sum is right, nothing goes below zero, and every invariant holds.

Each example is the story of two people. The books are compared with a few lines of arithmetic here; what those lines
do not see (grants, movements, chains) is looked at by the invariants after the last example.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.platform.core.errors import Refusal
from backend.points import service as points
from tests.backend.points.conftest import Person

WHO = st.integers(0, 1)
ACTIVITY = st.integers(0, 3)
AMOUNT = st.integers(1, 400)
STEPS = st.one_of(
    st.tuples(st.just("settle"), WHO, ACTIVITY, st.integers(0, 500)),
    st.tuples(st.just("settle_again"), WHO, ACTIVITY),
    st.tuples(st.just("collect"), WHO),
    st.tuples(st.just("spend"), WHO, AMOUNT),
    st.tuples(st.just("cancel"), WHO, st.integers(0, 2)),
    st.tuples(st.just("give"), WHO, AMOUNT),
    st.tuples(st.just("extend"), WHO),
    st.tuples(st.just("wait"), st.sampled_from([1, 1, 1, 3, 9, 400, 715, 800])),
    st.tuples(st.just("run_jobs")),
)


@dataclass
class Story:
    """Two people and what simple sums say they must have."""

    people: tuple[Person, Person]
    run_jobs: Callable[[], object]
    targets: tuple[dict[str, int], dict[str, int]] = field(default_factory=lambda: ({}, {}))
    spent: tuple[dict[str, int], dict[str, int]] = field(default_factory=lambda: ({}, {}))
    given: Counter[int] = field(default_factory=Counter)
    number: int = 0

    def tell(self, name: str, arguments: Sequence[int]) -> None:
        """Do one step; what is refused for a good reason did not happen."""
        try:
            getattr(self, name)(*arguments)
        except Refusal as refused:
            if refused.code not in ("ledger.insufficient_points", "not_found.entry"):
                raise

    def settle(self, who: int, activity: int, target: int) -> None:
        self.people[who].settle(f"act-{activity}", target)
        self.targets[who][f"act-{activity}"] = target

    def settle_again(self, who: int, activity: int) -> None:
        person, name = self.people[who], f"act-{activity}"
        if name in self.targets[who]:
            person.settle(name, self.targets[who][name], revision=person.revisions[name])

    def collect(self, who: int) -> None:
        self.people[who].collect()

    def spend(self, who: int, amount: int) -> None:
        self.number += 1
        self.people[who].spend(amount, f"order {self.number}")
        self.people[who].spend(amount, f"order {self.number}")  # told twice
        self.spent[who][f"order {self.number}"] = amount

    def cancel(self, who: int, which: int) -> None:
        reference = (list(self.spent[who]) or ["order 0"])[which % max(1, len(self.spent[who]))]
        self.people[who].cancel(reference)
        self.people[who].cancel(reference)
        self.spent[who][reference] = 0

    def give(self, who: int, amount: int) -> None:
        self.number += 1
        self.people[who].give(self.people[1 - who], amount, f"gift-{self.people[0].id}-{self.number}")
        self.given[who] += amount
        self.given[1 - who] -= amount

    def extend(self, who: int) -> None:
        person = self.people[who]
        person.in_transaction(lambda session: points.extend(session, person.id))

    def wait(self, days: int) -> None:
        self.people[0].frozen_clock.advance(timedelta(days=days))

    def check(self) -> None:
        for who, person in enumerate(self.people):
            collected, pending, owed = person.has
            assert min(collected, pending, owed) >= 0
            assert owed == 0 or collected == pending == 0
            held = sum(self.targets[who].values()) - sum(self.spent[who].values()) - self.given[who]
            assert collected + pending - owed == held - lost(person)


def lost(person: Person) -> int:
    """What lapsed or expired by now, as far as no correction has taken it back since."""
    net = 0
    for entry in person.entries:
        for posting in entry.postings:
            net += posting.amount * ((posting.destination in ENDS) - (posting.source in ENDS))
    return net


ENDS = {"lapsed", "expired"}


@pytest.fixture
def two_people(new_person, in_transaction, frozen_clock):
    return lambda: tuple(Person(new_person(), in_transaction, frozen_clock) for _ in range(2))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=st.lists(STEPS, min_size=5, max_size=25))
def test_any_order_of_verbs_keeps_the_sums(steps, two_people, run_jobs):
    story = Story(two_people(), run_jobs)
    for name, *arguments in steps:
        story.tell(name, arguments)
    story.run_jobs()
    story.check()
