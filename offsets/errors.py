"""What the rule book refuses, as codes with facts; sentences are made where a reader is known.

Promise: one class for a document that may not be used, one for an act that may not happen. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class OffsetError(Exception):
    """Base of everything this rule book refuses."""


class OffsetRefused(OffsetError):
    """An act the rules do not allow: `code` is stable (`lots.insufficient_stock`), `facts` say why."""

    def __init__(self, code: str, **facts: str | int) -> None:
        self.code = code
        self.facts = facts
        told = ", ".join(f"{name}={value}" for name, value in facts.items())
        super().__init__(f"{code}: {told}" if told else code)


@dataclass(frozen=True, slots=True, order=True)
class DocumentProblem:
    """One fault of a document: `line` counts from 1, `path` is the dotted key, `message` the remedy."""

    line: int
    path: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.path}: {self.message}"


class DocumentRefused(OffsetError):
    """A document with every problem found in it, in the order of its lines; `name` is the file's."""

    def __init__(self, name: str, problems: Sequence[DocumentProblem]) -> None:
        self.name = name
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(f"{name}: {problem}" for problem in self.problems))
