"""Both corpora over HTTP: the honest are credited, the cheats are not; who falls is named in the report."""

from __future__ import annotations

import sys
from datetime import timedelta

import pytest

from tests.backend.activities.conftest import paper_reader, reads_papers, rule_book
from tests.backend.conftest import new_person
from tests.corpora.corpus import corpus
from tests.corpora.people import ELECTRICITY, SOLAR, TODAY, Person, Post, Side
from tests.corpora.stage import Fate, Stage, rates

__all__ = ["new_person", "paper_reader", "reads_papers", "rule_book"]  # fixtures

HONEST_PERCENT = 95
CHEATS_PERCENT = 3
CATEGORIES = {"transport", "food", "housing", "clothing", "consumables"}
EVERY = "every"
TIMEOUT_S = 7200  # everybody under --long: twenty minutes of processor time, which a busy machine has not to itself
COPIED = ("a copied", "the own", "two halves")
SAMPLED = 6  # of the sample on either engine: one in so many
# Of these one in so many is played, all under --long: comparing photographs of meters and tracks is most of the time.
SHARES = {
    Side.CHEAT: {"housing": 3},
    Side.HONEST: {"housing": 3, "transport": 3, "clothing": 2, "consumables": 2},
}
Played = list[tuple[Person, list[Fate]]]

pytestmark = pytest.mark.timeout(TIMEOUT_S)  # a test of a side plays everybody
alike = pytest.mark.alike_on_both_engines("what screening decides is decided in the rule book, before any database")


@pytest.fixture
def before_every_account(frozen_clock):
    """When the rules were adopted."""
    frozen_clock.set(TODAY - timedelta(days=550))


@pytest.fixture
def stage(before_every_account, new_person, in_transaction, rule_book, frozen_clock, reads_papers):
    return Stage(new_person, in_transaction, frozen_clock)


@pytest.fixture
def people_of(counts):
    """Those of a side whom this run plays."""

    def chosen(side: Side) -> list[Person]:
        played = []
        for category in {person.category: None for person in corpus(side)}:
            every = counts(small=SHARES[side].get(category, 1), long=1)
            played += [person.name for person in corpus(side) if person.category == category][::every]
        return [person for person in corpus(side) if person.name in played]

    return chosen


def report(title: str, played: Played, *, faked: bool) -> None:
    """Print the rates by category, and everybody whose grams went the wrong way with the reasons."""
    lines = ["", title]
    for category, rate in rates(played, faked=faked).items():
        lines.append(f"  {category}: {rate.credited_g} g of {rate.earned_g} g, {rate.percent:.1f} %")
    for person, fates in played:
        own = [fate for fate in fates if fate.post.faked is faked]
        earned, credited = sum(fate.earned_g for fate in own), sum(fate.credited_g for fate in own)
        if (credited > 0) if faked else (credited < earned or not earned):
            reasons = sorted({fate.reason for fate in own})
            lines.append(f"    {person.category}, {person.name}: {credited} of {earned} g, {reasons}")
    sys.stdout.write("\n".join(lines) + "\n")


def of_copied_tracks_nothing_is_credited(cheats: Played) -> None:
    copied = [(person, fates) for person, fates in cheats if person.name.startswith(COPIED)]
    assert len(copied) > 20
    assert rates(copied, faked=True)["transport"].credited_g == 0


def of_noise_and_copied_receipts_nothing_is_credited(cheats: Played) -> None:
    found = rates(cheats, faked=True)
    assert found["clothing"].earned_g > 80_000
    assert found["consumables"].earned_g > 100_000
    assert found["clothing"].credited_g == found["consumables"].credited_g == 0


def of_series_that_nobody_read_nothing_is_credited(cheats: Played) -> None:
    told = [(person, fates) for person, fates in cheats if any(map(_is_metered, person.posts))]
    faked = [fate for _, fates in told for fate in fates if fate.post.faked and len(fate.post.evidence) > 3]
    assert sum(fate.earned_g for fate in faked) > 10_000
    assert {fate.credited_g for fate in faked} == {0}


def the_cheats_are_credited_with_next_to_nothing(cheats: Played) -> None:
    found = rates(cheats, faked=True)
    everything = found.pop(EVERY)  # the lazy cheats say more than all others together
    earned, credited = sum(rate.earned_g for rate in found.values()), sum(rate.credited_g for rate in found.values())
    assert 100 * credited <= CHEATS_PERCENT * earned
    assert everything.percent <= CHEATS_PERCENT


def every_home_whose_meter_was_read_is_credited_whole(honest: Played) -> None:
    read = [(person, fates) for person, fates in honest if any(map(_is_metered, person.posts))]
    assert len(read) > 2
    assert rates(read, faked=False)["housing"].percent == 100


def the_honest_are_credited_with_their_grams_in_each_category(honest: Played) -> None:
    found = rates(honest, faked=False)
    assert found.keys() == CATEGORIES
    assert all(rate.percent >= HONEST_PERCENT for rate in found.values())


def _is_metered(post: Post) -> bool:
    return post.methodology in (ELECTRICITY, SOLAR) and any(one.reading for one in post.evidence)


@alike
def test_the_cheats_are_not_credited(stage, people_of, subtests):
    """Everybody of a side is played by one test: by several, each process of the run would play them all."""
    cheats = [(person, stage.play(person)) for person in people_of(Side.CHEAT)]
    report("Cheats", cheats, faked=True)
    for check in (
        of_copied_tracks_nothing_is_credited,
        of_noise_and_copied_receipts_nothing_is_credited,
        of_series_that_nobody_read_nothing_is_credited,
        the_cheats_are_credited_with_next_to_nothing,
    ):
        with subtests.test(check.__name__):
            check(cheats)


@alike
def test_the_honest_are_credited(stage, people_of, subtests):
    honest = [(person, stage.play(person)) for person in people_of(Side.HONEST)]
    report("Honest", honest, faked=False)
    for check in (
        every_home_whose_meter_was_read_is_credited_whole,
        the_honest_are_credited_with_their_grams_in_each_category,
    ):
        with subtests.test(check.__name__):
            check(honest)


def test_a_sample_of_both_is_decided_alike_on_either_engine(stage):
    travellers = [person for person in corpus(Side.HONEST) if person.category == "transport"][::SAMPLED]
    copied = [person for person in corpus(Side.CHEAT) if person.name.startswith(COPIED)][::SAMPLED]
    assert len(travellers) > 1
    assert len(copied) > 3
    believed = rates([(person, stage.play(person)) for person in travellers], faked=False)
    assert believed["transport"].percent >= HONEST_PERCENT
    assert rates([(person, stage.play(person)) for person in copied], faked=True)["transport"].credited_g == 0
