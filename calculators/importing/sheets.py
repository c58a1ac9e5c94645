"""The rows of a published file, whatever it came as: a text split by commas, tabs or semicolons, or a workbook.

Promise: every row comes with the number a person sees beside it. What split a text is not known beforehand, so each
way of reading it is offered in turn. What is neither is refused by what it is and how to save it: bytes of a program
are never taken for a text. Touches nothing but the bytes it gets.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence

from python_calamine import CalamineError, CalamineWorkbook

# how workbooks begin: .xlsx, .xlsb and .ods are archives, .xls was a file system of its own
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
# what a broken archive makes the libraries raise
_BROKEN = (CalamineError, zipfile.BadZipFile, zlib.error, struct.error, ValueError, OSError, EOFError, RuntimeError)
MOST_UNPACKED_BYTES = 256 * 1024 * 1024
MOST_CELLS = 5_000_000  # the largest table that is published has a tenth of it
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_PLACE = re.compile(rb'<c\b[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"')
_SAVE_IT = "open it, and save the table as .xlsx or as .csv in UTF-8"
# What is handed in as a table and is none, by how it begins.
_OTHERS = (
    (re.compile(rb"%PDF-"), "a PDF"),
    (re.compile(rb"\s*<(!doctype html|html|table)", re.IGNORECASE), "a web page, whatever its name says"),
    (re.compile(rb"\s*<\?xml"), "XML, such as spreadsheets of 2003 wrote"),
    (re.compile(rb"\s*\{\\rtf"), "a text document (RTF)"),
    (re.compile(rb"\x1f\x8b|BZh|\xfd7zXZ|7z\xbc\xaf|Rar!|\x28\xb5\x2f\xfd"), "a compressed file; unpack it first"),
    (re.compile(rb"\x89PNG|\xff\xd8\xff|GIF8"), "a picture"),
    (re.compile(rb"SQLite format 3|PAR1|ARROW1"), "a database or data frame"),
)
# the longer marks first: that of UTF-32 begins with that of UTF-16
_MARKED = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")

Row = tuple[int, Sequence[str]]  # its number, from 1, and its cells


class UnreadableFile(ValueError):
    """A file that is not of the kind it is said to be."""


def ways_to_read(content: bytes, encodings: Sequence[str], delimiters: str) -> Iterator[Iterable[Row]]:
    """Each way the file could be read: one per sheet of a workbook, one per delimiter of a text."""
    if content.startswith(WORKBOOKS):
        yield from _sheets(content)
        return
    text = _text(content, encodings)
    for delimiter in delimiters:
        yield _split(text, delimiter)


def _sheets(content: bytes) -> Iterator[Iterable[Row]]:
    try:
        _check_room(content)
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for name in workbook.sheet_names:
            rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
            yield [(number, [_cell(value) for value in row]) for number, row in enumerate(rows, start=1)]
    except UnreadableFile:
        raise
    except _BROKEN as problem:
        told = f"the workbook cannot be opened: {problem}; without a password {_SAVE_IT}"
        raise UnreadableFile(told) from problem


def _check_room(content: bytes) -> None:
    """Raise UnreadableFile where an archive unfolds to more than a table: cells take room as far as the farthest."""
    if not content.startswith(b"PK"):
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(part.file_size for part in archive.infolist()) > MOST_UNPACKED_BYTES:
            raise UnreadableFile(f"the workbook unfolds to more than {MOST_UNPACKED_BYTES} bytes: {_SAVE_IT}")
        for name in filter(_SHEET.fullmatch, archive.namelist()):
            # of a part that is longer than it says no more is read, and its checksum does not fit
            places = [(_column(letters), int(row)) for letters, row in _PLACE.findall(archive.read(name))]
            across, down = (max(one) for one in zip(*places, strict=True)) if places else (0, 0)
            if across * down > MOST_CELLS:
                raise UnreadableFile(f"a cell stands in row {down} and one in column {across}: {_SAVE_IT}")


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _split(text: str, delimiter: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    last = 0
    try:
        for row in reader:
            # a row of several lines is named by its first
            yield last + 1, row
            last = reader.line_num
    except csv.Error as problem:
        raise UnreadableFile(f"line {last + 1} is no row of a table: {problem}; {_SAVE_IT}") from problem


def _text(content: bytes, encodings: Sequence[str]) -> str:
    for mark, encoding in _MARKED:
        if content.startswith(mark):
            return _decoded(content, encoding)
    for beginning, name in _OTHERS:
        if beginning.match(content):
            raise UnreadableFile(f"this is {name}, no table: {_SAVE_IT}")
    if _NOT_TEXT.search(content):
        raise UnreadableFile(f"this is neither a workbook nor a text: {_SAVE_IT}")
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile(f"the file is in none of {', '.join(encodings)}; save it as UTF-8")


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as problem:
        raise UnreadableFile(f"the file begins as {encoding.upper()} and does not go on so: {_SAVE_IT}") from problem


def _cell(value: object) -> str:
    # the shortest text that is this very number: what was typed into the cell
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)
