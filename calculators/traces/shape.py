"""The shape of a track as a few numbers that two recordings of one way never share, and two copies of one file do.

Promise: the same shape gives nearly the same marks wherever and whenever it is said to have been, and run backwards;
no position can be read from them. Touches nothing.

The scatter of a receiver is different every day, so a commuter's tracks differ by metres from morning to morning. A
copy that was shifted in place or time has the same scatter: the same turns and steps to the decimetre.
"""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Iterator, Sequence

from calculators.traces.model import Trace
from calculators.traces.projection import Point, apart, flatten

STEP_M = 25.0
STEPS_TOGETHER = 4
LENGTH_QUANTUM_M = 0.5
ANGLE_QUANTUM = math.radians(2)
MARKS = 16
ALIKE = 4  # marks shared by two tracks that are one; two honest ones of the same way share none, rarely one
FEWEST_WORDS = 8  # a shorter way says too little to be recognised


def marks_of(trace: Trace) -> tuple[str, ...]:
    """`MARKS` numbers as hexadecimal text that stand for the shape of a trace; none for a very short one."""
    return _marks(_words(flatten(trace.fixes)))


def marks_of_reverse(trace: Trace) -> tuple[str, ...]:
    """The marks that the same way has when it is run backwards."""
    return _marks(_words(flatten(trace.fixes)[::-1]))


def _words(points: Sequence[Point]) -> set[bytes]:
    corners = [points[0]]
    for point in points[1:]:
        if apart(corners[-1], point) >= STEP_M:
            corners.append(point)
    steps = [(after[0] - before[0], after[1] - before[1]) for before, after in itertools.pairwise(corners)]
    lengths = [round(math.hypot(*step) / LENGTH_QUANTUM_M) for step in steps]
    turns = [round(_turn(one, other) / ANGLE_QUANTUM) for one, other in itertools.pairwise(steps)]
    return set(_windows(lengths, turns))


def _windows(lengths: Sequence[int], turns: Sequence[int]) -> Iterator[bytes]:
    for start in range(len(lengths) - STEPS_TOGETHER + 1):
        end = start + STEPS_TOGETHER
        yield repr((lengths[start:end], turns[start : end - 1])).encode()


def _marks(words: set[bytes]) -> tuple[str, ...]:
    """For each of several hash functions the least hash of any word: two sets share as many as they have in common."""
    if len(words) < FEWEST_WORDS:
        return ()
    return tuple(
        min(hashlib.blake2b(word, digest_size=8, salt=bytes([number])).hexdigest() for word in words)
        for number in range(MARKS)
    )


def _turn(one: Point, other: Point) -> float:
    return math.atan2(one[0] * other[1] - one[1] * other[0], one[0] * other[0] + one[1] * other[1])
