"""Every pair of rules that share a flow, by their own worked examples: one is paid, the same one in either order."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from backend.activities.service import flow_rivals
from backend.activities.service.estimates import amount_of
from backend.activities.service.flow_rivals import Contender, Contest, HeldClaims, contest, least_by
from calculators import Allowance, Context, Estimate, Methodology, compute_estimate, load_library
from calculators.methodology import Choice

LIBRARY = load_library()
RULES = LIBRARY.methodologies
ON, AT = date(2026, 11, 20), datetime(2026, 11, 20, 8, tzinfo=UTC)
PERSON = "usr_somebody"
PLENTY = Allowance({"all_day": 10**9}, {"all_day": 10**9})
NEVER_PAID = {"clothing.rented_garment", "consumables.reusable_express_box"}
SHARED = [
    (one.id, other.id)
    for one, other in itertools.combinations(RULES.values(), 2)
    if {use.flow for use in one.flows} & {use.flow for use in other.flows}
]


@pytest.fixture(autouse=True)
def one_household(monkeypatch) -> None:
    """One person who lives alone, and whose claims are all known: no database has to be asked."""
    monkeypatch.setattr(flow_rivals, "_owner", lambda session, user_id, instance, held: user_id)


def paid_examples(rule: Methodology) -> Iterator[Estimate]:
    """What a rule pays for: its worked examples, under every answer by which its claims differ."""
    names = {name for use in rule.flows for name in (use.by, use.when) if name}
    answers = {name: spec.options for name in names if isinstance(spec := rule.inputs[name], Choice)}
    for example in rule.examples:
        context = {name: value for name, value in example.context.items() if name in Context.__dataclass_fields__}
        for chosen in itertools.product(*answers.values()):
            inputs = {**example.inputs, **dict(zip(answers, chosen, strict=True))}
            estimate = compute_estimate(rule, LIBRARY.tables, inputs, Context(**{**context, "on": ON}))
            if amount_of(estimate):
                yield estimate


def contender(rule: Methodology, estimate: Estimate, name: str, *, is_attested: bool) -> Contender:
    working = estimate.working
    bounded = replace(working.context, allowance=None if is_attested else PLENTY)
    judged = replace(estimate, working=replace(working, context=bounded))
    return Contender(PERSON, name, AT, "UTC", rule, judged, least_by(judged))


def nothing_held() -> HeldClaims:
    return HeldClaims(date(2026, 1, 1), date(2027, 1, 1), {PERSON: []})


def told(session: Any, first: Contender, second: Contender) -> tuple[Contest, str]:
    """What becomes of the second behind the first, and which of them is paid then."""
    held = nothing_held()
    held.add(contest(session, first, held).claims)
    found = contest(session, second, held)
    return found, first.activity_id if found.stronger else second.activity_id


def meeting(one: str, other: str) -> tuple[Estimate, Estimate] | None:
    """Two worked examples that claim the same instance, or None where no two do."""
    for mine, theirs in itertools.product(paid_examples(RULES[one]), paid_examples(RULES[other])):
        first = contender(RULES[one], mine, "act_one", is_attested=True)
        second = contender(RULES[other], theirs, "act_other", is_attested=True)
        found, _ = told(None, first, second)
        if found.stronger or found.weaker:
            return mine, theirs
    return None


def parts_of(rule: str) -> set[tuple[str, str]]:
    claims = [
        claim
        for estimate in paid_examples(RULES[rule])
        for claim in contest(None, contender(RULES[rule], estimate, "act", is_attested=True), nothing_held()).claims
    ]
    return {(claim.flow, claim.instance.split("|")[1]) for claim in claims}


@pytest.mark.parametrize(("one", "other"), SHARED)
def test_one_of_two_rules_that_share_a_flow_is_paid_and_the_same_one_in_either_order(one, other):
    found = meeting(one, other)
    if found is None:
        mine, theirs = parts_of(one), parts_of(other)
        shared = {flow for flow, _ in mine} & {flow for flow, _ in theirs}
        # either nothing is ever paid under one of them, or what they pay for are different things by name
        assert not NEVER_PAID.isdisjoint((one, other)) or all(part for flow, part in mine | theirs if flow in shared)
        assert mine.isdisjoint(theirs)
        return
    for ranks in itertools.product((True, False), repeat=2):
        first, second = (
            contender(RULES[rule], estimate, rule, is_attested=is_attested)
            for rule, estimate, is_attested in zip((one, other), found, ranks, strict=True)
        )
        behind, paid = told(None, first, second)
        before, paid_too = told(None, second, first)
        assert paid == paid_too
        assert bool(behind.stronger) != bool(before.stronger)  # out in one order, displaced in the other
        assert (behind.weaker or before.weaker)[0].activity_id != paid
        if ranks[0] != ranks[1]:
            assert paid == (one if ranks[0] else other)


def test_nothing_is_exempt_but_what_differs_by_name():
    apart = sorted(pair for pair in SHARED if NEVER_PAID.isdisjoint(pair) and meeting(*pair) is None)
    flows = {use.flow for pair in apart for rule in pair for use in RULES[rule].flows}
    assert flows <= {"household_electricity", "household_waste"}
    assert len(apart) < len(SHARED) / 2
