"""A track as a picture: true to scale, one grid with its measure, and nothing that runs."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

import pytest

from backend.paper.track_pictures import HEIGHT, MARGIN, WIDTH, draw_track, square_m

SVG = "{http://www.w3.org/2000/svg}"


def points_of(drawing: str) -> list[tuple[float, float]]:
    line = fromstring(drawing).find(f"{SVG}polyline").get("points")
    return [tuple(map(float, point.split(","))) for point in line.split()]


def test_east_is_right_north_is_up_and_a_metre_is_as_long_both_ways():
    at = 60.0  # where a degree of longitude is half as long as one of latitude
    corner, east, north = points_of(draw_track([(24.0, at), (24.002, at), (24.0, at + 0.001)]))
    assert east[0] - corner[0] == pytest.approx(corner[1] - north[1], rel=0.01)
    assert (east[1], north[0]) == (corner[1], corner[0])


@pytest.mark.parametrize("places", [[], [(116.4, 39.9)], [(116.4, 39.9)] * 3, [(179.999, -16.5), (-179.999, -16.5)]])
def test_every_track_fits_its_picture(places):
    drawn = points_of(draw_track(places)) if places else []
    assert all(MARGIN - 1 <= x <= WIDTH - MARGIN + 1 and MARGIN - 1 <= y <= HEIGHT - MARGIN + 1 for x, y in drawn)
    if len(places) == 2:
        assert drawn[0][0] < drawn[1][0] < drawn[0][0] + WIDTH  # the short way across the 180th meridian


def test_the_length_of_a_square_is_written_and_is_what_is_drawn():
    drawing = fromstring(draw_track([(116.40, 39.90), (116.41, 39.90)]))  # 854 m
    assert drawing.find(f"{SVG}text").text == "100 m"
    drawn = points_of(draw_track([(116.40, 39.90), (116.41, 39.90)]))
    a_hundred = float(drawing.find(f"{SVG}path").get("d").split("h")[1].split("v")[0])
    assert a_hundred == pytest.approx((drawn[1][0] - drawn[0][0]) / 8.54, rel=0.01)


@pytest.mark.parametrize("extent, square", [(584, 100), (1000, 200), (40, 5), (25_000, 5000), (99_000, 10_000)])
def test_a_square_is_one_two_or_five_times_a_power_of_ten(extent, square):
    assert square_m(extent) == square
