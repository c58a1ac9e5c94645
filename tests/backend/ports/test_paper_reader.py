"""Reading papers in a child process: what stands in pictures and PDFs, and whatever else strangers may send."""

from __future__ import annotations

import io
import os
import random
import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pypdfium2
import pytest
import segno
from PIL import Image, ImageDraw, ImageFont
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from backend.ports.child_process import ChildProcess
from backend.ports.file_decoders import papers
from backend.ports.file_decoders.invoices import lines_of_code, lines_of_invoice
from backend.ports.file_decoders.papers import read_file
from backend.ports.file_decoders.rows import Box, joined, rows_of
from backend.ports.paper_reader import PDF, PaperText
from backend.ports.paper_reader.local import LocalReader
from backend.ports.paper_reader.port import NoReader

FONT = Path(__file__).parents[3] / "backend/paper/font_files/NotoSansSC-Regular.ttf"
JPEG = "image/jpeg"
CHINESE = (
    "国网北京市电力公司 电费账单",
    "户号:0123456789",
    "账单编号:202611-00317",
    "用电周期 2026年10月20日至2026年11月17日",
    "本期电量 70 度",
)
ENGLISH = ("Order confirmation", "No. T-404410", "2026-11-19", "1 laptop  CNY 3,200.00")
INVOICE = b"""<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
  xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
  xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
 <rsm:ExchangedDocumentContext><ram:GuidelineSpecifiedDocumentContextParameter><ram:ID>urn:cen.eu:en16931:2017</ram:ID>
 </ram:GuidelineSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>
 <rsm:ExchangedDocument><ram:ID>FX-2026-77120</ram:ID>
  <ram:IssueDateTime><udt:DateTimeString format="102">20261119</udt:DateTimeString></ram:IssueDateTime>
 </rsm:ExchangedDocument>
 <rsm:SupplyChainTradeTransaction><ram:IncludedSupplyChainTradeLineItem>
  <ram:SpecifiedTradeProduct><ram:Name>laptop</ram:Name></ram:SpecifiedTradeProduct>
  <ram:SpecifiedLineTradeDelivery><ram:BilledQuantity unitCode="C62">1.0000</ram:BilledQuantity>
  </ram:SpecifiedLineTradeDelivery></ram:IncludedSupplyChainTradeLineItem>
  <ram:ApplicableHeaderTradeAgreement><ram:SellerTradeParty><ram:Name>Second Hand GmbH</ram:Name></ram:SellerTradeParty>
  </ram:ApplicableHeaderTradeAgreement></rsm:SupplyChainTradeTransaction>
</rsm:CrossIndustryInvoice>"""
VAT_CODE = "01,32,,26117000000012345678,3200.00,20261119,,A1B2"


@pytest.fixture(scope="module")
def reader() -> Iterator[LocalReader]:
    made = LocalReader(None)
    yield made
    made.close()


def pdf(lines: Sequence[str], pages: int = 1) -> bytes:
    if "noto" not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont("noto", str(FONT)))
    written = io.BytesIO()
    canvas = Canvas(written)
    for _ in range(pages):
        canvas.setFont("noto", 14)
        for place, line in enumerate(lines):
            canvas.drawString(60, 780 - 24 * place, line)
        canvas.showPage()
    canvas.save()
    return written.getvalue()


def photograph(lines: Sequence[str], turned: float = 0.0) -> bytes:
    image = Image.new("RGB", (900, 120 + 60 * len(lines)), (240, 238, 230))
    pen, font = ImageDraw.Draw(image), ImageFont.truetype(str(FONT), 34)
    for place, line in enumerate(lines):
        pen.text((50, 50 + 60 * place), line, (40, 40, 44), font=font)
    written = io.BytesIO()
    image.rotate(turned, Image.Resampling.BILINEAR, fillcolor=(90, 80, 70)).save(written, "JPEG", quality=80)
    return written.getvalue()


def with_code(text: str) -> bytes:
    written = io.BytesIO()
    segno.make(text).save(written, kind="png", scale=6, border=6)
    return written.getvalue()


def with_attachment(content: bytes) -> bytes:
    document = pypdfium2.PdfDocument(pdf(["Rechnung"]))
    document.new_attachment("factur-x.xml").set_data(content)
    written = io.BytesIO()
    document.save(written)
    document.close()
    return written.getvalue()


def plain(read: PaperText | None) -> str:
    assert read is not None
    return re.sub(r"\s", "", "\n".join(read.lines))


def plain_spaces(lines: Sequence[str]) -> str:
    return " ".join(" ".join(lines).split())


@pytest.mark.parametrize("lines", [CHINESE, ENGLISH])
@pytest.mark.parametrize("turned", [0.0, 6.0])
def test_the_letters_of_a_photograph_are_read(reader, lines, turned):
    read = reader.read(photograph(lines, turned), JPEG)
    assert plain(read) == re.sub(r"\s", "", "".join(lines))
    assert read.means == "picture"


def test_the_text_of_a_pdf_is_read_and_its_pages_are_pictured(reader):
    read = reader.read(pdf(CHINESE, pages=7), PDF)
    assert read.lines[: len(CHINESE)] == CHINESE
    assert read.means == "text"
    with Image.open(io.BytesIO(read.pages)) as pages:
        assert pages.height / pages.width == pytest.approx(5 * 1.414, rel=0.01)


def test_a_scanned_pdf_is_read_as_the_picture_it_is(reader):
    written = io.BytesIO()
    with Image.open(io.BytesIO(photograph(ENGLISH))) as scan:
        scan.save(written, "PDF")
    read = reader.read(written.getvalue(), PDF)
    assert "T-404410" in plain(read)
    assert read.means == "picture"


def test_the_code_of_a_vat_invoice_says_its_number_sum_and_day(reader):
    read = reader.read(with_code(VAT_CODE), "image/png")
    assert read.lines[:3] == ("发票号码 26117000000012345678", "合计 ¥3200.00", "2026-11-19")
    assert read.means == "code"
    assert lines_of_code("https://example.org/01,32") == []


def test_an_invoice_embedded_in_a_pdf_is_read_first(reader):
    read = reader.read(with_attachment(INVOICE), PDF)
    assert read.lines[:4] == ("Invoice number FX-2026-77120", "Seller: Second Hand GmbH", "2026-11-19", "1 laptop")
    assert read.means == "invoice"


def test_an_invoice_with_a_document_type_of_its_own_is_not_opened():
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><Invoice>&b;</Invoice>'
    assert list(lines_of_invoice(bomb)) == []


def test_what_stands_side_by_side_is_one_line():
    boxes = [
        Box("70 度", 400, 132, 30, 90, 0.08),
        Box("本期电量", 100, 108, 30, 120, 0.08),
        Box("户号", 100, 60, 30, 60, 0),
    ]
    assert rows_of(boxes) == ["户号", "本期电量 70 度"]


def test_what_parts_of_a_long_picture_share_is_read_once():
    assert joined([("a", "b", "c"), ("b", "c", "d"), ("x",)]) == ["a", "b", "c", "d", "x"]
    assert joined([("a",), ("b", "a")]) == ["a", "b", "a"]


def with_hidden_text(shown: Sequence[str], hidden: Sequence[str]) -> bytes:
    written = io.BytesIO()
    canvas = Canvas(written)
    canvas.setFont("Helvetica", 14)
    for place, line in enumerate(shown):
        canvas.drawString(60, 780 - 24 * place, line)
    canvas.setFillColorRGB(1, 1, 1)
    for place, line in enumerate(hidden):
        canvas.drawString(60, 400 - 24 * place, line)
    canvas.save()
    return written.getvalue()


def test_what_the_pages_of_a_pdf_show_is_told_apart_from_what_stands_in_the_file(reader):
    read = reader.read(with_hidden_text(ENGLISH[:2], ENGLISH[2:]), PDF)
    assert "1 laptop" in plain_spaces(read.lines)
    assert "T-404410" in plain_spaces(read.shown)
    assert "laptop" not in plain_spaces(read.shown)
    embedded = reader.read(with_attachment(INVOICE), PDF)
    assert "FX-2026-77120" in plain_spaces(embedded.lines)
    assert embedded.shown is not None
    assert "FX-2026-77120" not in plain_spaces(embedded.shown)


def test_nothing_is_read_from_noise(reader):
    dots = Image.frombytes("RGB", (60, 80), random.Random(5).randbytes(60 * 80 * 3)).resize((420, 600))
    written = io.BytesIO()
    dots.save(written, "JPEG")
    assert reader.read(written.getvalue(), JPEG).lines == ()


@pytest.mark.timeout(600)
def test_no_changed_file_makes_a_decoder_raise(counts, monkeypatch):
    """The same decoders, here without the child, so that nothing hides what they raise.

    Letters are not looked for: pixels that were decoded are pixels, and it takes seconds for each.
    """
    monkeypatch.setattr(papers, "_letters", lambda pixels: [] if pixels.size else ["no picture"])
    rng = random.Random(11)
    wholes = [(pdf(ENGLISH), True), (with_attachment(INVOICE), True), (with_code(VAT_CODE), False)]
    for turn in range(counts(small=200, long=1000)):
        content, is_pdf = wholes[turn % len(wholes)]
        changed = bytearray(content)
        for _ in range(rng.randrange(1, 40)):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        cut = changed[: rng.randrange(1, len(changed))] if rng.random() < 0.3 else changed
        lines, means, *_ = read_file(bytes(cut), is_pdf=is_pdf)
        assert all(isinstance(line, str) for line in lines)
        assert means in ("text", "code", "invoice", "picture")


def test_a_child_that_takes_too_long_is_ended_and_the_next_paper_is_read():
    hasty = LocalReader(None, reads_within_s=0.001)
    try:
        assert hasty.read(photograph(CHINESE), JPEG) == PaperText(fault="too late")
        hasty._reads_within_s = 60
        assert "0123456789" in plain(hasty.read(photograph(CHINESE), JPEG))
    finally:
        hasty.close()


@pytest.mark.parametrize("answer", [b"no JSON", b"[]", b"{}", b'{"lines": 5, "shown": 5}'])
def test_a_child_that_answers_nonsense_is_ended_and_the_paper_is_blank(monkeypatch, answer):
    asked = LocalReader(None)
    monkeypatch.setattr("backend.ports.child_process._frame", lambda child, deadline: answer)
    child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    asked.process._child, asked.process._owner = child, os.getpid()
    read = asked.read(b"a picture", JPEG)
    assert (read.lines, read.pages) == ((), b"")
    assert read.fault
    assert child.poll() is not None


def test_a_child_that_cannot_be_begun_leaves_the_paper_for_later(monkeypatch):
    unread = LocalReader(None)
    unread.process = ChildProcess("backend.no_such_module", 1)
    assert unread.read(b"a picture", JPEG) is None


def test_a_child_that_died_is_begun_anew(reader):
    assert reader.read(pdf(ENGLISH), PDF) is not None
    child = reader.process._child
    child.kill()
    child.wait(10)
    assert reader.read(pdf(ENGLISH), PDF).lines[: len(ENGLISH)] != ()


def test_the_child_knows_nothing_of_our_environment(reader, monkeypatch):
    monkeypatch.setenv("CARBON_SECRET_KEY", "a secret of this process")
    reader.close()
    assert reader.read(pdf(ENGLISH), PDF) is not None
    environment = Path(f"/proc/{reader.process.pid}/environ")
    if not environment.exists():
        pytest.skip("this system does not show the environment of a process")
    assert b"CARBON" not in environment.read_bytes()


def test_without_a_reader_nobody_looks():
    assert NoReader(None).read(photograph(ENGLISH), JPEG) is None
