"""A workbook of a few sheets, as small as a spreadsheet program would still open."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

_SHEETS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE]-?\d+)?")


def made_workbook(*sheets: Sequence[Sequence[str]]) -> bytes:
    """The sheets' rows as an .xlsx; what looks like a number is stored as one."""
    numbers = range(1, len(sheets) + 1)
    listed = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="r{n}"/>' for n in numbers)
    related = "".join(
        f'<Relationship Id="r{n}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    root = f'<Relationship Id="r1" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/>'
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{_PACKAGE}/content-types"/>')
        archive.writestr("_rels/.rels", f'<Relationships xmlns="{_PACKAGE}/relationships">{root}</Relationships>')
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_SHEETS}" xmlns:r="{_RELATIONS}"><sheets>{listed}</sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{_PACKAGE}/relationships">{related}</Relationships>',
        )
        for number, rows in enumerate(sheets, start=1):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", _sheet(rows))
    return made.getvalue()


def _sheet(rows: Sequence[Sequence[str]]) -> str:
    lines = (
        f'<row r="{line}">{"".join(_cell(line, place, text) for place, text in enumerate(row))}</row>'
        for line, row in enumerate(rows, start=1)
    )
    return f'<worksheet xmlns="{_SHEETS}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def _cell(line: int, place: int, text: str) -> str:
    name = f"{chr(ord('A') + place)}{line}"
    if not text:
        return ""
    if _NUMBER.fullmatch(text):
        return f'<c r="{name}"><v>{text}</v></c>'
    return f'<c r="{name}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'
