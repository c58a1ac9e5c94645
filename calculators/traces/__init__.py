"""Recorded tracks: read, cleaned, measured on the ellipsoid, and recognised when they come again.

Promise: pure; what a stranger sent is read within bounds or refused by field. Positions stay inside a `Trace`:
`Measured` and marks hold none.
"""

from __future__ import annotations

from calculators.traces.coarse import coarsen
from calculators.traces.formats import FIT, GEOJSON, GPX, KML, TCX, TIMELINE, TRACKS, read_trace
from calculators.traces.likeness import LEAST_SHARE, Windows, likeness, windows_of
from calculators.traces.measures import Measured, measure, read_measured
from calculators.traces.model import EVER, Fix, Span, Trace
from calculators.traces.outliers import distance_m
from calculators.traces.shape import ALIKE, marks_of, marks_of_reverse
from calculators.traces.sketch import cells_of, sketch_of

__all__ = [
    "ALIKE",
    "EVER",
    "FIT",
    "GEOJSON",
    "GPX",
    "KML",
    "LEAST_SHARE",
    "TCX",
    "TIMELINE",
    "TRACKS",
    "Fix",
    "Measured",
    "Span",
    "Trace",
    "Windows",
    "cells_of",
    "coarsen",
    "distance_m",
    "likeness",
    "marks_of",
    "marks_of_reverse",
    "measure",
    "read_measured",
    "read_trace",
    "sketch_of",
    "windows_of",
]
