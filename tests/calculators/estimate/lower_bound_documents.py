"""Small documents made for a single question about the lower bound."""

from __future__ import annotations

from calculators import Methodology, parse_methodology
from tests.calculators.shipped_library import TRIP


def trip_of(baseline: str, project: str, parameters: str = "") -> Methodology:
    """The trip document with other formulas and further parameters."""
    text = TRIP.text
    before = "project = \"if_else(mode == 'car', distance / occupancy * car_factor, distance * mode_factor)\""
    for old, new in (
        ('baseline = "distance * baseline_factor"', f'baseline = "{baseline}"'),
        (before, f'project = "{project}"'),
        ("[formula]\n", f"{parameters}\n[formula]\n"),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    return parse_methodology(text)


def constant(name: str, value: str, uncertainty_pct: str, distribution: str = "normal", unit: str = "1") -> str:
    """A parameter with a range of its own."""
    return f"""
[parameters.{name}]
value = "{value}"
unit = "{unit}"
uncertainty_pct = "{uncertainty_pct}"
distribution = "{distribution}"
distribution_reason = "range_only"
reason = {{ en = "for a test", zh = "测试" }}
"""
