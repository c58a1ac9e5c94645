"""The words by which papers are read, and what must agree, as the library ships them.

Promise: data that people argue about, read once and checked. Touches the one file `library/papers.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from calculators.errors import TableRefused

FILE = Path(__file__).parents[1] / "library" / "papers.toml"
NUMBER, PERIOD, AMOUNT, METER, DAY, THING = "number", "period", "amount", "meter", "day", "thing"
USED = "used"  # the state of what had an owner before
STATEMENTS = (NUMBER, PERIOD, AMOUNT, METER, DAY, THING)


@dataclass(frozen=True, slots=True)
class Bought:
    """Which inputs of a methodology name what was bought, how many of it, and the yearly use it declares.

    Of the words of one of `states` its paper must print one: that the thing was used, rented or repaired. `unless`
    names words that say it is another thing; without `states`, only where nothing says that it had an owner before.
    `age` is the input that says how long ago it was bought; where a person leaves it out, the day of the paper does.
    """

    thing: str
    items: str
    label: str | None = None
    states: tuple[str, ...] = ()
    unless: str | None = None
    age: str | None = None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Labels and units by what they mean, bounds by name, what each kind of paper needs, what rules say was bought.

    `accessories` make another thing of a name before them, `states` are the words by which one is said to be used.
    """

    version: int
    labels: Mapping[str, tuple[str, ...]]
    units: Mapping[str, tuple[str, ...]]
    currencies: Mapping[str, tuple[str, ...]]
    bounds: Mapping[str, int]
    needs: Mapping[str, tuple[str, ...]]
    agreement: Mapping[str, int]
    bought: Mapping[str, Bought]
    things: Mapping[str, tuple[str, ...]]
    accessories: tuple[str, ...]
    states: Mapping[str, tuple[str, ...]]


@cache
def load_vocabulary(path: Path = FILE) -> Vocabulary:
    """The words in `path`. Raises TableRefused, naming what is missing or cannot be."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    try:
        words = Vocabulary(
            version=document["version"],
            labels=_lists(document["labels"]),
            units=_lists(document["units"]),
            currencies=_lists(document["currencies"]),
            bounds=document["bounds"],
            needs={kind: tuple(given["needs"]) for kind, given in document["kinds"].items()},
            agreement=document["agreement"],
            bought={
                name: Bought(**given | {"states": tuple(given.get("states", ()))})
                for name, given in document["bought"].items()
            },
            things=_lists(document["things"]),
            accessories=tuple(document["accessories"]["words"]),
            states=_lists(document["states"]),
        )
    except (KeyError, TypeError) as error:
        raise TableRefused(f"{path.name}: {error}") from error
    for name, one in words.bought.items():
        if not {*one.states, *filter(None, [one.unless])} <= words.states.keys():
            raise TableRefused(f"{path.name}: bought.{name}: a state is one of {', '.join(words.states)}")
    for kind, needs in words.needs.items():
        if not needs or set(needs) - set(STATEMENTS):
            raise TableRefused(f"{path.name}: kinds.{kind}: needs some of {', '.join(STATEMENTS)}")
    return words


def _lists(section: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(given) for name, given in section.items()}
