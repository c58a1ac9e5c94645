"""What can be wrong, as classes with codes and fields; sentences are derived from them.

Promise: every refusal names the field or the line and the remedy. Touches nothing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence


class CalculatorError(Exception):
    """Base of everything the rule book refuses."""


@dataclasses.dataclass(frozen=True, slots=True)
class FieldError:
    """One input that cannot be: `code` is stable, `message` is English, `params` lets others word it.

    A value of `params` is a text, or one text in several languages by their short key.
    """

    field: str
    code: str
    message: str
    params: Mapping[str, str | Mapping[str, str]] = dataclasses.field(default_factory=dict)


class InputRefused(CalculatorError):
    """Impossible or unreadable inputs (an HTTP edge answers 422)."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in self.errors))


@dataclasses.dataclass(frozen=True, slots=True)
class DocumentProblem:
    """One fault of a methodology document: `line` counts from 1, `path` is the dotted key, `message` the remedy."""

    line: int
    path: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.path}: {self.message}"


class DocumentRefused(CalculatorError):
    """A methodology document that may not be used, with every problem found, in the order of its lines."""

    def __init__(self, problems: Sequence[DocumentProblem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.line, problem.path)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class TableRefused(CalculatorError):
    """A factor or baseline table with a bad row; the message names the file and the line."""


class FormulaRefused(CalculatorError):
    """A formula outside the small language, or one whose units do not fit."""


class UnitRefused(CalculatorError):
    """A unit nobody defined, or two that measure different things."""


class RegionRefused(CalculatorError):
    """A place that is not in the list of regions."""


class RecordMismatch(CalculatorError):
    """A stored working that does not belong to its document, or does not lead to its own result."""
