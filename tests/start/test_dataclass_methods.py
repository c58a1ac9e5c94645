"""Dataclasses made while the product is imported do what those do that Python compiles method by method (ADR 0147)."""

from __future__ import annotations

import dataclasses
import sys
from dataclasses import dataclass, field
from typing import Any

import pytest

from backend.app.dataclass_methods import made_with_closures

SHAPES: dict[str, dict[str, Any]] = {
    "plain": {},
    "frozen": {"frozen": True},
    "frozen with slots": {"frozen": True, "slots": True},
    "by identity": {"frozen": True, "eq": False},
    "ordered": {"frozen": True, "order": True},
}


def define(**shape: Any) -> dict[str, Any]:
    """Classes of no field, of one, of several, and one that inherits."""

    @dataclass(**shape)
    class Nothing:
        pass

    @dataclass(**shape)
    class Single:
        amount: float

    @dataclass(**shape)
    class Several:
        amount: float
        names: tuple[str, ...] = ()
        hidden: int = field(default=3, repr=False, compare=False)

    @dataclass(**shape)
    class Child(Several):
        more: str = ""

    return {made.__name__: made for made in (Nothing, Single, Several, Child)}


def told(work: Any) -> Any:
    """What some work gives or raises, as a text or a plain value."""
    try:
        result = work()
    except (TypeError, AttributeError) as error:  # which a frozen one's own error is, too
        return type(error).__name__, str(error)
    return result if isinstance(result, bool | int) else str(result)


def behaviour(made: dict[str, Any], name: str) -> list[Any]:
    """What can be told of a class and its objects from outside."""
    arguments = {"Nothing": (), "Single": (float("nan"),), "Several": (1.5, ("a", "b")), "Child": (1.5, ("a",), 4, "c")}
    one, same = (made[name](*arguments[name]) for _ in range(2))
    strangers = [other(*arguments[title]) for title, other in made.items()]
    return [
        repr(one) if made[name].__repr__ is not object.__repr__ else "",
        [told(lambda other=other: one == other) for other in (same, one, *strangers, None)],
        told(lambda: one < same),
        told(lambda: hash(one) == hash(same)),
        told(lambda: setattr(one, "amount", 2.0)),
        told(lambda: setattr(one, "unknown", 2.0)),
        told(lambda: delattr(one, "hidden")),
        [getattr(made[name], method).__qualname__ for method in ("__repr__", "__eq__")],
        str(dataclasses.astuple(one)),
    ]


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("name", ["Nothing", "Single", "Several", "Child"])
def test_a_dataclass_behaves_as_one_that_was_compiled(shape, name):
    with made_with_closures():
        made = define(**shape)
    assert behaviour(made, name) == behaviour(define(**shape), name)


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="Python compiles once a class from 3.13 on")
def test_the_module_of_python_is_changed_within_and_no_longer():
    before = vars(dataclasses).copy()
    with made_with_closures():
        assert vars(dataclasses) != before
    assert vars(dataclasses) == before
