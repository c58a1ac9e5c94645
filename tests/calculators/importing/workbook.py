"""Workbooks of a few sheets, as small as a spreadsheet program would still open."""

from __future__ import annotations

import base64
import io
import re
import zipfile
import zlib
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


_OFFICE = "urn:oasis:names:tc:opendocument:xmlns"


def made_open_document(*sheets: Sequence[Sequence[str]]) -> bytes:
    """The sheets' rows as an .ods; every cell is a text."""
    tables = "".join(
        f'<table:table table:name="S{number}">{"".join(_open_row(row) for row in rows)}</table:table>'
        for number, rows in enumerate(sheets, start=1)
    )
    names = " ".join(f'xmlns:{name}="{_OFFICE}:{name}:1.0"' for name in ("office", "table", "text"))
    body = f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", f"<office:document-content {names}>{body}</office:document-content>")
        entry = '<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument"/>'
        manifest = f'<manifest:manifest xmlns:manifest="{_OFFICE}:manifest:1.0">{entry}</manifest:manifest>'
        archive.writestr("META-INF/manifest.xml", manifest)
    return made.getvalue()


def _open_row(row: Sequence[str]) -> str:
    cells = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{escape(text)}</text:p></table:table-cell>'
        for text in row
    )
    return f"<table:table-row>{cells}</table:table-row>"


# What the UK published its factors in until 2021: an .xls with a cover and three figures of 2019, made for these tests
# and written by a spreadsheet library: oil 2.75 a litre, tins 1234.5 a tonne, and a gas of "< 1" a kilogram.
OLD_WORKBOOK = zlib.decompress(
    base64.b85decode(
        (
            "c-rk)O>7fK6n?W_$96~@=eHz5bc9MuDF>YN&`JdtB4VUAamtTCRVBKKCv+8OH{D&M(gUSHq#i&*;soM?#HANXFD-~xYHvMMqG}J7"
            "kdP8MazbjQ9w6>}&+Eyb4@4>vLHn$EJKxN_dEd;unOX1ecUxz#eb+Mw%VamiV7`)qhDBupQ>q3sfc2FMWoyqQrb;C1N>WK&$c8xF"
            "Y5pxiYe?%o2L{|Ue?blK0Mo}X4I{3j<QmFe=3oipuuGU2dj?#^l!k8R)y8_9bvx^Cx$Tdv-{X=CtaoACS@99v&5dk-JB;I_#ulzi"
            "qZaT3+uY-lEOf%J6vtm)6xFtI*yGt&>BX$rY&OAlz?I7@M|oCh7CLYVufsnT3GjDqul_8f^0h4&faU)#El<=bzhsyIr=jwRpg^2~"
            "X4n^}8eHBnw;aqs3;e`KZ~}&`@xb-`CvaZ8iUpf6y#{djeVKPpD9@QvP9XF9^K#I25c{_4$j~GWFl7~$oNzrEC_nJg#ldlRT4CIL"
            "piZcg%<5df&JF0?TN?ld-BNkVk%!dhK@7bXhEb!p9@Z;;%Kn|%cM_o+nMH>~WmWQ<uuJ>1vR#xD1ls@#c1bQJhr=z|fv0>lpFA!H"
            "3;jxWG=LopTY;j`mt|jJzr!l9O6>rLY{y^LQ!l`%XHQw)NvsHsraiY<9uJTy`UzaeQ9c?UP!pbg95)coVV`t^PnCyV7wCx`^Vag7"
            "4WfoK@UF}@(xu3UXlBVF+RR5w6Y3%^BIR58fXU!B`Q)3&e+-X}=8kd6X}&nC*Xve_2dKbTWP!$Mu8HaT?QHQT>oeSIFXww$cVOJ$"
            "vv0IB%nY67Hs`pu5B&_V{F!@wQGOfdXC8fcYxB&*+#8s`k)Qjb<HldPYp?~c`y$%Y?=0*PJH(aCB)4<5rw9+?`>eZH9Lh-}6LPPF"
            "?+`8U6dF0(%9>gjby^tQg2uetXoK$w;<3IUYccO8>(n})_f*|^rxsO2vlG+EKxAqZLloD@MAV>B98p4}21H4X5{Ob7B@s1-j6@wq"
            "f*EZH+Y4sYq!BS{)`%FTH6pJq8j)8T^C^Q6c`cX=(UqzjU9F*YHA>nvBCqWlk=G85Xylz55r-~~7IQF|!=tYg%pq2XLu|>&W6a?d"
            "jflfWjfg|HM&z|eqng($BCox*T?6%YO(c;-5=kVH@bzniub3uZ?A6z(MEG6jDW>`8Gs#OU2f)Q&fPYK(frC#EPOd6`x*#rUeTiqZ"
            "seLabIfC9jn1nIrF}dpa#n)i5cs$Q+nEC&<&}#k9uZHJy_WvK^Er4V"
        ).replace("\n", "")
    )
)
