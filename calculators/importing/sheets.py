"""The rows of a published file, whatever it came as: a text split by commas, tabs or semicolons, or a workbook.

Promise: every row comes with the number a person sees beside it. What split a text is not known beforehand, so each
way of reading it is offered in turn. Touches nothing but the bytes it gets.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from python_calamine import CalamineError, CalamineWorkbook

WORKBOOK = b"PK\x03\x04"  # how an .xlsx begins

Row = tuple[int, Sequence[str]]  # its number, from 1, and its cells


class UnreadableFile(ValueError):
    """A file that is not of the kind it is said to be."""


def ways_to_read(content: bytes, encodings: Sequence[str], delimiters: str) -> Iterator[Iterable[Row]]:
    """Each way the file could be read: one per sheet of a workbook, one per delimiter of a text."""
    if content.startswith(WORKBOOK):
        yield from _sheets(content)
        return
    text = _text(content, encodings)
    for delimiter in delimiters:
        yield _split(text, delimiter)


def _sheets(content: bytes) -> Iterator[Iterable[Row]]:
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for name in workbook.sheet_names:
            rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
            yield [(number, [_cell(value) for value in row]) for number, row in enumerate(rows, start=1)]
    except CalamineError as problem:
        raise UnreadableFile(f"the workbook cannot be opened: {problem}") from problem


def _split(text: str, delimiter: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    last = 0
    for row in reader:
        # a row of several lines is named by its first
        yield last + 1, row
        last = reader.line_num


def _text(content: bytes, encodings: Sequence[str]) -> str:
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile(f"the file is in none of {', '.join(encodings)}; save it as UTF-8")


def _cell(value: object) -> str:
    # the shortest text that is this very number: what was typed into the cell
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)
