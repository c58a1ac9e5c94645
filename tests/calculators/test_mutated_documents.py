"""What strangers hand in, with bytes or values changed: every reader refuses in its own words and raises nothing else.

Documents of reviewers, tracks of recorders, lines of papers, units people type, tables of publishers.
"""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from calculators import (
    GEOJSON,
    GPX,
    DocumentRefused,
    InputRefused,
    check_methodology,
    load_library,
    parse_methodology,
    parse_survey,
    read_facts,
    read_trace,
)
from calculators.errors import UnitRefused
from calculators.footprint.library import load_books
from calculators.footprint.logbook import parse_logbook
from calculators.footprint.packs import parse_pack
from calculators.importing import SOURCES, Asked, read_file
from calculators.importing.sheets import UnreadableFile
from calculators.traces import FIT, Trace, formats
from calculators.units import parse_unit
from tests.calculators.importing.files import BASE_CARBONE, MEE, UK
from tests.calculators.importing.workbook import made_workbook
from tests.calculators.traces import written
from tests.calculators.traces.recorder import WALK, geojson, gpx, ride
from tests.calculators.traces.written import checksum, fit
from tests.mutations import DIGITS, changed_bytes, changed_line

FEW = Trace(ride(WALK, 2200, 900, at=datetime(2026, 11, 20, tzinfo=UTC)).fixes[:12])
GBK = gpx(FEW).replace(b"UTF-8", b"gbk", 1).replace(b"utf-8", b"gbk", 1)
PAPER = """国网北京市电力公司 电费账单
户号:0123456789
账单编号:202611-00317
用电周期 2026年10月20日至2026年11月17日
本期电量 70 度
Order confirmation
Invoice No. T-404410
20 Oct 2026 to 17 Nov 2026
1 laptop  CNY 3,200.00
Seller: Second Hand GmbH"""


def read_paper(text: str) -> None:
    """Everything that is done with the lines of a paper before it is laid beside a claim."""
    facts = read_facts(text.split("\n"), "text", shown=None)
    facts.record(), facts.keys(), facts.named_sellers(), facts.is_of_short_number()


def submit(text: str) -> None:
    check_methodology(parse_methodology(text), load_library().tables)


@pytest.mark.timeout(600)
def test_a_changed_document_is_read_or_refused_with_its_line(counts) -> None:
    texts = [one.text for one in load_library().methodologies.values()]
    rng = random.Random(1)
    outcomes = []
    for turn in range(counts(small=150, long=10_000)):
        text = texts[turn % len(texts)]
        changed = changed_line(rng, text) if turn % 2 else as_text(changed_bytes(rng, text.encode()))
        outcomes.append(is_refused(lambda changed=changed: submit(changed), DocumentRefused))
    assert any(outcomes)


@pytest.mark.parametrize(
    "line",
    [
        f"a = {DIGITS.decode()}",
        f"a = -0x{'f' * 20_001}",
        f"a = 1e{DIGITS.decode()}",
        "a = 1.5e9999999999999999999",
        "a = " + "[" * 5000,
        "a = " + "{b = " * 5000,
    ],
)
def test_a_number_or_nesting_beyond_every_bound_is_refused(line: str) -> None:
    library, survey = load_library(), load_books().survey
    for read in (
        parse_methodology,
        parse_survey,
        lambda text: parse_logbook(text, survey, library.methodologies),
        lambda text: parse_pack(text, survey, library.tables, {}),
    ):
        with pytest.raises(DocumentRefused):
            read(line)


@pytest.mark.parametrize("unit", ["nan", "NaN", "kg/nan", "nan-km"])
def test_a_unit_that_is_no_number_at_all_is_unknown(unit: str) -> None:
    with pytest.raises(UnitRefused):
        parse_unit(unit)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "whole, media",
    [
        (gpx(FEW), GPX),
        (GBK, GPX),
        (geojson(FEW), GEOJSON),
        (written.tcx(FEW), formats.TCX),
        (written.kml(FEW), formats.KML),
        (written.fit(FEW), formats.FIT),
        (written.timeline(FEW), formats.TIMELINE),
    ],
    ids=["gpx", "gbk", "geojson", "tcx", "kml", "fit", "timeline"],
)
def test_a_changed_track_is_read_or_refused(whole, media, counts) -> None:
    rng = random.Random(2)
    bodies = (changed_bytes(rng, whole) for _ in range(counts(small=300, long=20_000)))
    refused = [is_refused(lambda body=body: read_trace(body, media), InputRefused) for body in bodies]
    assert any(refused)


@pytest.mark.timeout(600)
def test_a_changed_fit_whose_checksum_was_made_anew_is_read_or_refused(counts) -> None:
    """As somebody sends it who means to: the checksum is the right one of what is wrong."""
    rng, whole = random.Random(6), fit(FEW)
    refused = []
    for _ in range(counts(small=600, long=40_000)):
        changed = whole[:14] + changed_bytes(rng, whole[14:-2])
        head = changed[:4] + (len(changed) - 14).to_bytes(4, "little") + changed[8:12]
        body = head + checksum(head).to_bytes(2, "little") + changed[14:]
        body += checksum(body).to_bytes(2, "little")
        refused.append(is_refused(lambda body=body: read_trace(body, FIT), InputRefused))
    assert any(refused)
    assert not all(refused)


@pytest.mark.timeout(600)
def test_whatever_stands_on_a_paper_is_read_in_a_moment(counts) -> None:
    rng = random.Random(3)
    for _ in range(counts(small=300, long=20_000)):
        read_paper(as_text(changed_bytes(rng, PAPER.encode())))


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "source, whole",
    [
        ("uk-flat-file", UK.encode()),
        ("uk-flat-file", made_workbook([line.split(",") for line in UK.splitlines()])),
        ("base-carbone", BASE_CARBONE.encode("cp1252")),
        ("mee-grid", MEE.encode()),
    ],
    ids=["uk", "workbook", "base carbone", "mee"],
)
def test_a_changed_table_of_a_publisher_is_read_or_refused(source, whole, counts) -> None:
    rng, regions = random.Random(4), load_library().tables.regions
    asked = Asked()
    for _ in range(counts(small=100, long=5000)):
        body = changed_bytes(rng, whole)
        is_refused(lambda body=body: read_file(SOURCES[source], body, asked, regions), UnreadableFile)


@pytest.mark.parametrize("source", SOURCES)
def test_a_cell_without_end_is_refused_by_its_line(source) -> None:
    with pytest.raises(UnreadableFile, match="line 2"):
        read_file(SOURCES[source], b'a,b\n"' + b"x" * 200_000, Asked(), load_library().tables.regions)


def changed_sheet(old: bytes, new: bytes) -> bytes:
    """A workbook with something of its first sheet replaced."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made_workbook([["a", "b"]]))) as whole, zipfile.ZipFile(made, "w", 8) as archive:
        for name in whole.namelist():
            archive.writestr(name, whole.read(name).replace(old, new))
    return made.getvalue()


@pytest.mark.parametrize(
    "new", [b'</row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>', b"</row>" + b" " * 300_000_000]
)
def test_a_workbook_that_unfolds_to_more_than_a_table_is_refused(new) -> None:
    workbook = changed_sheet(b"</row>", new)
    assert len(workbook) < 400_000
    with pytest.raises(UnreadableFile, match="save the table"):
        read_file(SOURCES["uk-flat-file"], workbook, Asked(), load_library().tables.regions)


def as_text(content: bytes) -> str:
    """Text as a JSON body may hold it: no NUL, no half of a character."""
    return content.decode("utf-8", "replace").replace("\x00", "")


def is_refused(read: Callable[[], object], refusal: type[Exception]) -> bool:
    try:
        read()
    except refusal:
        return True
    return False
