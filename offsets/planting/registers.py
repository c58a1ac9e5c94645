"""Registers of trees as partners send them: comma-separated rows of trees that were planted, and of sample plots.

Promise: one reading finds every fault, each with its row, its column and a code; a register with one fault is refused
whole. Rows are counted as a spreadsheet counts them, the heading being row 1. Touches nothing: the day comes in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from offsets.planting.survival import Sample
from offsets.register_rows import Reader, Row

PLANTING_COLUMNS = ("number", "plot", "planted_on", "latitude", "longitude", "photo")
SURVEY_COLUMNS = ("plot", "surveyed_on", "planted", "sampled", "alive")
MICRO = 1_000_000
LEAP_DAY = (2, 29)

_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,39}", re.ASCII)
_DEGREES = re.compile(r"-?\d{1,3}(\.\d{1,6})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class TreeRow:
    """One planted tree; its place in millionths of a degree."""

    row: int
    number: str
    plot: str
    planted_on: date
    latitude_micro: int
    longitude_micro: int
    photo: str


@dataclass(frozen=True, slots=True)
class PlotRow:
    """What was found on one sample plot on a day."""

    row: int
    plot: str
    surveyed_on: date
    sample: Sample


@dataclass(frozen=True, slots=True)
class SurveyScope:
    """What a survey is held against: how many were planted on each plot, when at the latest, which year, and today."""

    plots: Mapping[str, int]
    planted_on: date
    age: int
    today: date

    @property
    def from_on(self) -> date:
        """The first day on which trees can be that old."""
        return years_after(self.planted_on, self.age)


def years_after(day: date, years: int) -> date:
    """The same day some years later; the last of February for a leap day."""
    if (day.month, day.day) == LEAP_DAY:
        return date(day.year + years, 3, 1)
    return day.replace(year=day.year + years)


def read_planted_trees(text: str, today: date) -> tuple[TreeRow, ...]:
    """The trees of a planting register; raises RegisterRefused.

    A number stands once, no day lies ahead, and every tree has a place and a photo.
    """
    reader = Reader(text, PLANTING_COLUMNS)
    seen: dict[str, int] = {}
    read = [_read_tree(row, today) for row in reader.rows()]
    trees = [tree for tree in read if tree is not None]
    for tree in trees:
        if tree.number in seen:
            reader.note(tree.row, "number", "register_twice", {"first": seen[tree.number]})
        seen.setdefault(tree.number, tree.row)
    reader.finish()
    return tuple(trees)


def read_sample_plots(text: str, scope: SurveyScope) -> tuple[PlotRow, ...]:
    """The plots of a survey, each one of those planted, once, looked at when its trees were old enough.

    Raises RegisterRefused.
    """
    reader = Reader(text, SURVEY_COLUMNS)
    seen: dict[str, int] = {}
    plots = []
    for row in reader.rows():
        plot = _read_plot(row, scope)
        name = row.cells["plot"]
        if name in seen:
            row.note("plot", "register_twice", {"first": seen[name]})
        seen.setdefault(name, row.number)
        if plot is not None:
            plots.append(plot)
    reader.finish()
    return tuple(plots)


def _day(row: Row, column: str, today: date) -> date | None:
    """The cell as a civil day that has come."""
    return row.read(column, _DAY, "register_day", lambda cell: _past_day(cell, today))


def _degrees(row: Row, column: str, most: int) -> int | None:
    """The cell as degrees, in millionths."""
    return row.read(column, _DEGREES, "register_degrees", lambda cell: _micro(cell, most))


def _read_tree(row: Row, today: date) -> TreeRow | None:
    number = row.text("number", _NUMBER, "register_number")
    plot = row.text("plot", _NUMBER, "register_number")
    planted_on = _day(row, "planted_on", today)
    latitude, longitude = _degrees(row, "latitude", 90), _degrees(row, "longitude", 180)
    photo = row.text("photo", _NUMBER, "register_photo")
    if number is None or plot is None or planted_on is None or latitude is None or longitude is None or photo is None:
        return None
    return TreeRow(row.number, number, plot, planted_on, latitude, longitude, photo)


def _read_plot(row: Row, scope: SurveyScope) -> PlotRow | None:
    plot = row.text("plot", _NUMBER, "register_number")
    surveyed_on = _day(row, "surveyed_on", scope.today)
    planted, sampled, alive = row.count("planted"), row.count("sampled"), row.count("alive")
    if plot is not None and plot not in scope.plots:
        row.note("plot", "register_unknown_plot")
    elif plot is not None and planted not in (None, scope.plots[plot]):
        row.note("planted", "register_planted", {"known": scope.plots[plot]})
    if surveyed_on is not None and surveyed_on < scope.from_on:
        row.note("surveyed_on", "register_too_early", {"earliest": scope.from_on.isoformat()})
    if plot is None or surveyed_on is None or planted is None or sampled is None or alive is None:
        return None
    sample = _read_sample(row, planted, sampled, alive)
    return None if sample is None else PlotRow(row.number, plot, surveyed_on, sample)


def _read_sample(row: Row, planted: int, sampled: int, alive: int) -> Sample | None:
    if not 0 < sampled <= planted:
        row.note("sampled", "register_sampled", {"most": planted})
    elif alive > sampled:
        row.note("alive", "register_alive", {"most": sampled})
    else:
        return Sample(planted, sampled, alive)
    return None


def _past_day(cell: str, today: date) -> date | None:
    try:
        day = date.fromisoformat(cell)
    except ValueError:
        return None
    return day if day <= today else None


def _micro(cell: str, most: int) -> int | None:
    degrees = Decimal(cell)
    return int(degrees * MICRO) if abs(degrees) <= most else None
