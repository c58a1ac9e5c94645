"""The paper: headings stay with what they head, the same story gives the same bytes, markup is shown, not obeyed."""

from __future__ import annotations

from io import BytesIO

import pypdfium2
import pytest

from backend import paper
from backend.paper import Bars, Columns, Share, paragraph


def pages(story):
    made = paper.make_pdf(story, title="t", subject="s", author="a", language="en", footer="the footer")
    document = pypdfium2.PdfDocument(BytesIO(made))
    try:
        said = []
        for place in range(len(document)):
            page = document[place]
            text = page.get_textpage()
            said.append(text.get_text_bounded())
            text.close()
            page.close()
        return said
    finally:
        document.close()


def story(lines):
    return [
        *(paragraph(f"line {number}") for number in range(lines)),
        paragraph("A heading", "heading"),
        paragraph("what it heads"),
    ]


@pytest.mark.parametrize("lines", range(48, 56))
def test_a_heading_never_stands_alone_at_the_end_of_a_page(lines):
    assert all(("A heading" in page) == ("what it heads" in page) for page in pages(story(lines)))


def test_every_page_has_its_footer_and_number():
    said = pages(story(120))
    assert [page.split("the footer")[1].split()[0] for page in said] == [str(n + 1) for n in range(len(said))]
    assert len(said) > 1


def test_the_same_story_gives_the_same_bytes():
    one, other = (
        paper.make_pdf(story(3), title="t", subject="s", author="a", language="en", footer="f") for _ in range(2)
    )
    assert one == other


def test_markup_in_a_name_is_shown():
    (page,) = pages([paragraph("<b>Lin</b> & 林")])
    assert "<b>Lin</b> & 林" in page


def test_charts_of_nothing_are_drawn_too():
    (page,) = pages([Bars([Share("transport", 0, "0 g")]), Columns([Share("Jan", 0, "0.0")]), Bars([])])
    assert "transport" in page
    assert "0 g" in page


def test_a_table_repeats_its_head_on_every_page():
    rows = [[f"row {number}", str(number)] for number in range(120)]
    assert all("the head" in page for page in pages([paper.table(["the head", "n"], rows, (0.7, 0.3), numbers_from=1)]))
