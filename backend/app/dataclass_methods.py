"""Dataclasses made with fewer compilations, while the product is imported.

Until Python 3.13 `dataclasses` compiles a text for each method of each class, six for a frozen one: a seventh of the
time to start, for 700 classes. Inside `made_with_closures` all but `__init__`, which must have its parameters, are
closures that do the same. Python's own module is as before afterwards; where it is another one than we know, nothing
is done.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import attrgetter
from reprlib import recursive_repr
from typing import Any

Method = Callable[..., Any]
Fields = Sequence["dataclasses.Field[Any]"]


@contextmanager
def made_with_closures() -> Iterator[None]:
    """Make the dataclasses that are defined inside with closures, on the versions of Python that gain by it."""
    if not (3, 11) <= sys.version_info < (3, 13) or not all(hasattr(dataclasses, name) for name in _MAKERS):
        yield
        return
    kept = {name: getattr(dataclasses, name) for name in _MAKERS}
    _set(_MAKERS)
    try:
        yield
    finally:
        _set(kept)


def _set(makers: Mapping[str, Any]) -> None:
    for name, maker in makers.items():
        setattr(dataclasses, name, maker)


def _values_of(names: Sequence[str]) -> Callable[[Any], Any]:
    """What reads these attributes as a tuple."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda one: tuple(getattr(one, name) for name in names)


def _named(name: str, method: Method) -> Method:
    method.__name__ = name  # from which the module makes the whole name
    return method


def _make_repr(fields: Fields, _globals: Mapping[str, Any]) -> Method:
    names = [field.name for field in fields]

    def write(self: Any) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{self.__class__.__qualname__}({shown})"

    return _named("__repr__", recursive_repr()(write))


def _make_hash(fields: Fields, _globals: Mapping[str, Any]) -> Method:
    values = _values_of([field.name for field in fields])

    return _named("__hash__", lambda self: hash(values(self)))


def _make_comparison(name: str, operator: str, own: str, others: str, globals: Mapping[str, Any]) -> Method:  # noqa: A002  # its name there
    """The module hands over two texts: `(self.a,self.b,)` and the same of `other`."""
    if name != "__eq__":
        compiled: Method = _compiled_comparison(name, operator, own, others, globals=globals)
        return compiled
    values = _values_of([part.removeprefix("self.") for part in own.strip("()").split(",") if part])

    def compare(self: Any, other: object) -> Any:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return _named("__eq__", compare)


def _make_frozen(cls: type, fields: Fields, _globals: Mapping[str, Any]) -> tuple[Method, Method]:
    names = frozenset(field.name for field in fields)

    def refuse_if_own(self: Any, name: str, what: str) -> None:
        if type(self) is cls or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot {what} field {name!r}")

    def assign(self: Any, name: str, value: Any) -> None:
        refuse_if_own(self, name, "assign to")
        super(cls, self).__setattr__(name, value)  # type: ignore[arg-type]  # a class, of which mypy knows no more

    def delete(self: Any, name: str) -> None:
        refuse_if_own(self, name, "delete")
        super(cls, self).__delattr__(name)  # type: ignore[arg-type]  # as above

    return _named("__setattr__", assign), _named("__delattr__", delete)


_compiled_comparison: Any = getattr(dataclasses, "_cmp_fn", None)
_MAKERS: Mapping[str, Any] = {
    "_repr_fn": _make_repr,
    "_hash_fn": _make_hash,
    "_cmp_fn": _make_comparison,
    "_frozen_get_del_attr": _make_frozen,
}
