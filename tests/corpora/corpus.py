"""Everybody of one side: recorded once per process, for recording takes seconds and nobody changes a person."""

from __future__ import annotations

from functools import cache

from tests.corpora.cheats import cheats
from tests.corpora.honest import honest_people
from tests.corpora.people import Person, Side


@cache
def corpus(side: Side) -> tuple[Person, ...]:
    """The honest or the cheats, in their fixed order."""
    return tuple(honest_people() if side is Side.HONEST else cheats())
