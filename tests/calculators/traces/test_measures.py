"""What a trace shows: distance on the ellipsoid, speeds, gaps and scatter, each against a known truth."""

from __future__ import annotations

from datetime import timedelta

import pytest

from calculators.errors import TableRefused
from calculators.plausibility.limits import FILE, load_limits
from calculators.plausibility.trace_rules import refuted_by
from calculators.traces import Fix, Trace, distance_m, marks_of, marks_of_reverse, measure, read_measured
from tests.calculators.shipped_library import TABLES
from tests.calculators.traces.recorder import (
    CYCLE,
    LONDON,
    METRO,
    MORNING,
    WALK,
    jumping,
    record,
    ride,
    shifted,
    travel,
    winding,
)
from tests.calculators.traces.stories import drawn


def test_distance_is_that_of_the_ellipsoid():
    # Karney's own example: JFK to LHR, 5551.759 km (geographiclib's documentation)
    jfk, lhr = Fix(40.6, -73.8, MORNING), Fix(51.6, -0.5, MORNING)
    assert distance_m(jfk, lhr) == pytest.approx(5_551_759.4, abs=0.1)


@pytest.mark.parametrize("pace, metres", [(WALK, 2000), (CYCLE, 7000), (METRO, 15_000)])
@pytest.mark.parametrize("scatter_m", [2, 5, 10])
def test_a_noisy_recording_is_as_long_as_the_way_within_a_tenth(pace, metres, scatter_m):
    shown = measure(ride(pace, metres, 1, scatter_m=scatter_m)).distance_m
    assert shown == pytest.approx(metres, rel=0.1)


def test_standing_still_goes_nowhere_however_much_it_scatters():
    still = measure(record([(0.0, 0.0)] * 1800, 1, scatter_m=5))
    assert still.distance_m < 100
    assert still.extent_m < 50


def test_one_jumping_point_adds_neither_distance_nor_speed():
    walk = ride(WALK, 2000, 2)
    plain, jumped = measure(walk), measure(jumping(walk, 700))
    assert (plain.jumps, jumped.jumps) == (0, 1)
    assert jumped.distance_m == pytest.approx(plain.distance_m, rel=0.02)
    assert jumped.metres_above(20) == 0


def test_a_jump_that_does_not_come_back_is_a_speed():
    walk = ride(WALK, 2000, 3)
    hop = Trace((*walk.fixes[:800], *shifted(Trace(walk.fixes[800:]), north=5000).fixes))
    assert measure(hop).jumps == 0
    assert measure(hop).metres_above(1000) > 4000


def test_a_tunnel_is_a_gap_and_counts_as_the_straight_way():
    metro = measure(ride(METRO, 15_000, 4, lost=[(0.3, 0.6)]))
    assert metro.gap_s > 300
    assert 0 < metro.gap_m < 6000
    assert metro.longest_gap_s == metro.gap_s


def test_a_track_across_the_date_line_is_as_long_as_anywhere_else():
    there = measure(ride(WALK, 2000, 5, origin=(0.0, 179.999)))
    here = measure(ride(WALK, 2000, 5, origin=(0.0, 10.0)))
    assert there.distance_m == pytest.approx(here.distance_m, abs=2)


def test_a_drawn_line_does_not_scatter_and_a_receiver_does():
    assert measure(drawn(5, 1000)).scatter_m < 0.02
    assert measure(ride(WALK, 1000, 6, scatter_m=2)).scatter_m > 0.3


def test_the_figures_survive_being_stored():
    made = measure(ride(WALK, 800, 7))
    assert read_measured(made.record()) == made


def test_a_copy_is_known_again_wherever_it_is_put_and_run_backwards():
    walk = ride(WALK, 2500, 8)
    copy = shifted(walk, east=900, north=-1500, by=timedelta(days=3))
    times = [fix.at for fix in walk.fixes]
    back = Trace(tuple(Fix(fix.latitude, fix.longitude, at) for fix, at in zip(walk.fixes[::-1], times, strict=True)))
    assert _shared(marks_of(walk), marks_of(copy)) >= 10
    assert _shared(marks_of(walk), marks_of_reverse(back)) >= 10


def test_two_recordings_of_one_way_are_two():
    way = winding(9, 2500)
    days = [marks_of(record(travel(way, WALK, day), day, scatter_m=2)) for day in range(8)]
    assert max(_shared(one, other) for one in days for other in days if one is not other) <= 1


def test_a_trace_refutes_a_region_it_was_not_recorded_in():
    english = ride(WALK, 800, 10, origin=LONDON)
    assert refuted_by(english, ("CN-BJ", "GB-ENG", "GB", "KE"), TABLES.regions) == ("CN-BJ",)


def test_limits_that_contradict_themselves_are_refused(tmp_path):
    broken = tmp_path / "plausibility.toml"
    broken.write_text(FILE.read_text(encoding="utf-8").replace("sustained_kmh = 20", "sustained_kmh = 5"), "utf-8")
    with pytest.raises(TableRefused, match="walk"):
        load_limits(broken)


def _shared(one, other) -> int:
    return sum(a == b for a, b in zip(one, other, strict=True))
