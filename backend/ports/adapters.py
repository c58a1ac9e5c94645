"""Which adapter of a port an address chooses: the part before `://` names it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from config import Settings

Port = TypeVar("Port")


def choose(adapters: Mapping[str, Callable[[Settings], Port]], setting: str, address: str, settings: Settings) -> Port:
    """The adapter that `address`, the value of `setting`, names; raise `ValueError` naming the known ones."""
    name = address.partition("://")[0]
    if name not in adapters:
        raise ValueError(f"{setting}: {name!r} is none of {', '.join(sorted(adapters))}")
    return adapters[name](settings)
