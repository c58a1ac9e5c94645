"""What can be told: the kinds of `kinds.toml`, read once and checked as they are read."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).parents[1] / "kinds.toml"

DEFAULT, IF_CHOSEN, NEVER = SENT = ("default", "choice", "never")
PERSONAL = "text"
STYLES = ("number", "day", "words", "money", "kilograms", PERSONAL, "name", "id")


@dataclass(frozen=True)
class Kind:
    """One kind of note: how its facts are written, and whether it goes by mail and to phones too."""

    name: str
    mail: str
    push: str
    facts: Mapping[str, str]

    @property
    def may_be_mailed(self) -> bool:
        """Whether a person can have it mailed at all."""
        return self.mail != NEVER

    @property
    def is_mailed(self) -> bool:
        """Whether it is mailed to whoever has not chosen."""
        return self.mail == DEFAULT

    @property
    def may_be_pushed(self) -> bool:
        """Whether a person can have it on their phones at all."""
        return self.push != NEVER

    @property
    def is_pushed(self) -> bool:
        """Whether it goes to the phones of whoever has not chosen."""
        return self.push == DEFAULT

    @property
    def personal(self) -> frozenset[str]:
        """The facts in somebody's own words."""
        return frozenset(name for name, style in self.facts.items() if style == PERSONAL)


@cache
def all_kinds() -> Mapping[str, Kind]:
    """Every kind by name; raise `ValueError` for one that says what nobody understands."""
    read = tomllib.loads(FILE.read_text(encoding="utf-8"))
    kinds = {name: Kind(name, given["mail"], given["push"], given["facts"]) for name, given in read.items()}
    for kind in kinds.values():
        if not {kind.mail, kind.push} <= set(SENT) or not set(kind.facts.values()) <= set(STYLES):
            raise ValueError(f"{FILE.name}: [{kind.name}] has an unknown `mail`, `push` or style of a fact")
    return kinds


def has_kind(name: str) -> bool:
    """Whether there is a kind of this name."""
    return name in all_kinds()


def get_kind(name: str) -> Kind:
    """The kind of this name; raise `ValueError` when there is none."""
    if name not in all_kinds():
        raise ValueError(f"no kind of note is called {name!r}: add it to {FILE.name}, with its texts")
    return all_kinds()[name]
