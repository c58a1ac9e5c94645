"""How far trees have come: funded, contracted, planted, surveyed, replaced or written down.

Promise: no stage is skipped, so nothing is surveyed that was not planted. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from offsets.errors import OffsetRefused


class Stage(StrEnum):
    """How far a planting has come."""

    FUNDED = "funded"
    CONTRACTED = "contracted"
    PLANTED = "planted"  # photo, place, date, number
    SURVEYED = "surveyed"
    REPLACED = "replaced"  # the dead planted again
    WRITTEN_DOWN = "written_down"  # the dead given up


# What may come after what; a survey is repeated for as long as trees stand.
NEXT: Mapping[Stage, frozenset[Stage]] = {
    Stage.FUNDED: frozenset({Stage.CONTRACTED}),
    Stage.CONTRACTED: frozenset({Stage.PLANTED}),
    Stage.PLANTED: frozenset({Stage.SURVEYED}),
    Stage.SURVEYED: frozenset({Stage.SURVEYED, Stage.REPLACED, Stage.WRITTEN_DOWN}),
    Stage.REPLACED: frozenset({Stage.SURVEYED, Stage.REPLACED, Stage.WRITTEN_DOWN}),
    Stage.WRITTEN_DOWN: frozenset({Stage.SURVEYED, Stage.REPLACED, Stage.WRITTEN_DOWN}),
}


def advance(now: Stage, to: Stage) -> Stage:
    """The next stage; refuses to skip one: nothing is surveyed that was not planted."""
    if to not in NEXT[now]:
        raise OffsetRefused("planting.stage", now=now.value, to=to.value)
    return to
