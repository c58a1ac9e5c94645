"""Which tracks were made from another: copies under metres of noise are, people on one bus and two mornings are not."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from calculators.traces import LEAST_SHARE, Trace, cells_of, likeness, sketch_of, windows_of
from calculators.traces.sketch import CODES, codes_of, places_of, read_sketch
from tests.calculators.traces.recorder import BUS, CYCLE, LONDON, METRO, WALK, record, ride, shifted, travel, winding
from tests.corpora import tracks
from tests.corpora.tracks import Blemish

WAYS = {"walk": (WALK, 2500), "cycle": (CYCLE, 7000), "bus": (BUS, 10_000), "metro": (METRO, 16_000)}
LATER = tracks.later(timedelta(days=3))
COPIES = {
    "with 0.3 m of noise": (tracks.noise(0.3),),
    "with 3 m of noise": (tracks.noise(3),),
    "cut at both ends": (tracks.cut(0.21, 0.83), tracks.noise(2)),
    "reversed": (tracks.backwards, tracks.noise(1)),
    "mirrored": (tracks.mirrored, tracks.noise(2)),
    "thinned": (tracks.every(3),),
    "elsewhere": (lambda fixes, rng: [tracks.moved(one, 4000, -2500) for one in fixes], tracks.noise(2)),
}


def made_from(trace: Trace, seed: int, *changes: Blemish) -> Trace:
    return Trace(tuple(sorted(tracks.blemished(trace, seed, *changes), key=lambda one: one.at)))


def share(new: Trace, earlier: Trace) -> float:
    windows = windows_of(new)
    assert windows is not None
    return likeness(windows, sketch_of(earlier))


@pytest.mark.parametrize("mode", WAYS)
@pytest.mark.parametrize("name", COPIES)
def test_a_copy_is_known_again(mode, name):
    for seed in (1, 2):
        original = made_from(ride(*WAYS[mode], 4000 + seed), seed, tracks.every(2))
        assert share(made_from(original, seed + 10, LATER, *COPIES[name]), original) > 2 * LEAST_SHARE


@pytest.mark.parametrize("mode", WAYS)
def test_two_halves_joined_are_known_by_either(mode):
    pace, metres = WAYS[mode]
    first, second = (made_from(ride(pace, metres, 4100 + n), n, tracks.every(2)) for n in (0, 1))
    head, tail = first.fixes[: len(first.fixes) // 2], second.fixes[len(second.fixes) // 2 :]
    gap = timedelta(seconds=2) + (head[-1].at - tail[0].at)
    joined = made_from(Trace((*head, *shifted(Trace(tail), by=gap).fixes)), 1, LATER, tracks.noise(1))
    assert share(joined, first) >= LEAST_SHARE
    assert share(joined, second) >= LEAST_SHARE


@pytest.mark.parametrize("mode", WAYS)
@pytest.mark.parametrize("scatter_m", [3, 4, 7])
def test_people_who_travel_together_are_not_copies(mode, scatter_m):
    pace, metres = WAYS[mode]
    for seed in range(4):
        places = travel(winding(4200 + seed, metres), pace, seed)
        mine, theirs = (record(places, 4300 + 10 * seed + n, scatter_m=scatter_m, every_s=1 + n) for n in (0, 1))
        assert share(mine, theirs) < LEAST_SHARE


@pytest.mark.parametrize("mode", WAYS)
def test_the_same_way_every_morning_is_no_copy(mode):
    pace, metres = WAYS[mode]
    way = winding(4400, metres)
    days = [record(travel(way, pace, 4400 + day), 4400 + day, scatter_m=2.5) for day in range(5)]
    assert max(share(one, other) for one in days for other in days if one is not other) < LEAST_SHARE / 2


def test_standing_still_is_like_nothing():
    stood = [record([(0.0, 0.0)] * 1800, seed) for seed in (1, 2)]
    assert windows_of(stood[0]) is None
    assert share(ride(WALK, 2000, 4500), stood[1]) == 0


def test_a_track_of_some_minutes_is_too_short_to_be_known():
    short = ride(WALK, 300, 4501)
    assert windows_of(short) is None
    assert sketch_of(Trace(short.fixes[:2])) == b""
    assert share(ride(WALK, 2000, 4502), short) == 0


def test_within_a_gap_nothing_is_said():
    whole = ride(CYCLE, 7000, 4503)
    fixes = len(whole.fixes)
    torn = Trace((*whole.fixes[: fixes // 3], *whole.fixes[fixes * 2 // 3 :]))
    assert (codes_of(places_of(torn), 0) == 0).sum() > (codes_of(places_of(whole), 0) == 0).sum() + fixes // 30


def test_a_sketch_holds_neither_a_place_nor_a_time_nor_how_far_it_went():
    here = ride(CYCLE, 7000, 4504)
    there = shifted(here, east=3000, by=timedelta(days=9))
    one, other = (read_sketch(sketch_of(trace)).astype(int) for trace in (here, there))
    assert one.max() <= CODES
    assert set(np.unique((one - other) % CODES)) <= {0, 1, CODES - 1}, "the last digit may be rounded the other way"
    assert len(sketch_of(here)) < here.duration_s / 4


def test_the_cells_that_a_way_passes_stand_in_its_order():
    cells = cells_of(ride(CYCLE, 7000, 4505, origin=LONDON))
    assert cells[0] == "5150:-12"
    assert len(cells) == len(set(cells)) > 2
