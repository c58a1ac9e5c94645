"""What stands in a picture or a PDF: letters, codes, the text layer, and an invoice that is embedded.

Runs in the child process only. Pages, pixels, boxes of text, codes and characters are bounded before they are looked
at; a fault of one source leaves the others.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import pypdfium2 as pdfium
import zxingcpp
from PIL import Image
from rapidocr import RapidOCR
from rapidocr.ch_ppocr_rec.utils import CTCLabelDecode

from backend.ports.file_decoders import CODE, INVOICE, PICTURE, TEXT
from backend.ports.file_decoders.covered_digits import UNSURE, tell_digits
from backend.ports.file_decoders.glyphs import Letter, LineOfLetters
from backend.ports.file_decoders.invoices import lines_of_code, lines_of_invoice
from backend.ports.file_decoders.rows import Box, Corner, joined, rows_of

MOST_PAGES = 5
MOST_READ_PAGES = 2  # of a PDF, as pictures
MOST_CHARACTERS = 20_000
MOST_SIDE = 1280  # of a picture in which letters are looked for; a page's letters stay above ten pixels
LONG = 2.5  # times as high as wide: a screenshot, read in parts
MOST_PARTS = 6
MOST_BOXES = 200
PAGE_WIDTH = 1240  # a page of A4 at 150 dots per inch
MOST_PAGE_HEIGHT = 3600
FEWEST_CHARACTERS = 20  # of a text layer that is worth the name
MOST_CODES = 8
MOST_ATTACHMENTS = 8
MOST_INVOICE_BYTES = 1_000_000
LEAST_SCORE = 0.5  # of a line
LEAST_SURE = 0.6  # of a letter or digit; what is less sure is written as a question mark and names nothing
QUALITY = 80

Read = tuple[list[str], str, bytes, str, list[str] | None]  # lines, means, pages, fault, what the pages show

_engines: list[Any] = []


def warm_up() -> None:
    """Load what finds and reads letters, once."""
    _letters(np.full((64, 64, 3), 200, np.uint8))


def read_file(content: bytes, *, is_pdf: bool) -> Read:
    """What stands in a file; nothing, and the kind of fault, where it cannot be decoded."""
    try:
        return _read_pdf(content) if is_pdf else _read_picture(content)
    except Exception as error:  # decoders raise whatever they like over what strangers send
        return [], PICTURE, b"", type(error).__name__, None


def _read_picture(content: bytes) -> Read:
    image = _in_colours(content)
    of_codes = _codes(image)
    if _is_long(image):
        image = image.crop((0, 0, image.width, min(image.height, MOST_PARTS * _step(image) + _overlap(image))))
    return [*of_codes, *_letters_of(image)], CODE if of_codes else PICTURE, b"", "", None


def _in_colours(content: bytes) -> Image.Image:
    with Image.open(io.BytesIO(content), formats=["JPEG", "PNG", "WEBP"]) as opened:
        opened.load()
        return opened if opened.mode == "RGB" else opened.convert("RGB")  # what has them is not copied


def _read_pdf(content: bytes) -> Read:
    with pdfium.PdfDocument(content) as document:
        pages = [_page(document, number) for number in range(min(len(document), MOST_PAGES))]
        of_invoice = list(_embedded(document))
    images = [image for image, _ in pages]
    of_codes = [line for image in images for line in _codes(image)]
    text = [line for _, lines in pages for line in lines]
    is_written = sum(map(len, text)) >= FEWEST_CHARACTERS
    # a file may hold text and invoices that no page shows, so the pages are always read as pictures too
    shown = [*of_codes, *(line for image in images[:MOST_READ_PAGES] for line in _letters_of(image))]
    means = INVOICE if of_invoice else CODE if of_codes else TEXT if is_written else PICTURE
    written = [*of_invoice, *of_codes, *text] if is_written or of_invoice else shown
    return written, means, _stacked(images), "", shown


def _page(document: pdfium.PdfDocument, number: int) -> tuple[Image.Image, list[str]]:
    page = document[number]
    width, height = page.get_size()
    scale = min(PAGE_WIDTH / max(1.0, width), MOST_PAGE_HEIGHT / max(1.0, height))
    image = page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
    text = page.get_textpage().get_text_bounded()[:MOST_CHARACTERS]
    page.close()
    return image, [line for line in text.splitlines() if line.strip()]


def _embedded(document: pdfium.PdfDocument) -> Iterator[str]:
    for number in range(min(document.count_attachments(), MOST_ATTACHMENTS)):
        with suppress(Exception):
            attachment = document.get_attachment(number)
            if attachment.get_name().lower().endswith(".xml"):
                yield from lines_of_invoice(bytes(attachment.get_data())[:MOST_INVOICE_BYTES])


def _codes(image: Image.Image) -> list[str]:
    found: list[str] = []
    with suppress(Exception):
        for code in zxingcpp.read_barcodes(image)[:MOST_CODES]:
            found += lines_of_code(code.text[:1000])
    return found


def _letters_of(image: Image.Image) -> list[str]:
    return joined(_letters(np.asarray(part)) for part in _parts(image))


def _parts(image: Image.Image) -> Iterator[Image.Image]:
    """The picture as it is looked at; a long one from top to bottom, each part overlapping the one before by a line."""
    if not _is_long(image):
        whole = image.copy()  # the page itself is kept as it is
        whole.thumbnail((MOST_SIDE, MOST_SIDE))
        yield whole
        return
    step = _step(image)
    for top in range(0, min(image.height, MOST_PARTS * step), step):
        part = image.crop((0, top, image.width, min(image.height, top + step + _overlap(image))))
        part.thumbnail((MOST_SIDE, MOST_SIDE))
        yield part


def _is_long(image: Image.Image) -> bool:
    return image.height >= LONG * image.width


def _step(image: Image.Image) -> int:
    return int(image.width * LONG / 2)


def _overlap(image: Image.Image) -> int:
    return image.width // 12


class _ReadText(str):
    """A line's text, and where on it each of its letters stands; what looks for lines hands it on as any text."""

    letters: tuple[Letter, ...]


class _SureLetters(CTCLabelDecode):
    """Letters as the model reads them, but for those of which it is not sure."""

    def __call__(  # type: ignore[override]  # the recogniser passes these two by name, and no other
        self, preds: Any, return_word_box: bool = False, wh_ratio_list: Any = (1.0,), max_wh_ratio: float = 1.0
    ) -> Any:
        self._widths = [max_wh_ratio / ratio for ratio in wh_ratio_list]
        return super().__call__(preds, return_word_box, wh_ratio_list=wh_ratio_list, max_wh_ratio=max_wh_ratio)

    def decode(self, text_index: Any, text_prob: Any = None, *more: Any, **named: Any) -> Any:
        lines, words = super().decode(text_index, text_prob, *more, **named)
        read = map(self._read, text_index, text_prob, self._widths)
        return [(text, score) for text, (_, score) in zip(read, lines, strict=True)], words

    def _read(self, indices: Any, shares: Any, times: float) -> _ReadText:
        """The text of one line; its columns go on behind it, so that all are so many times as wide."""
        runs: list[tuple[int, list[tuple[int, float]]]] = []  # the index of a letter, its columns and their shares
        for column, (index, share) in enumerate(zip(indices.tolist(), shares.tolist(), strict=True)):
            if not runs or runs[-1][0] != index:
                runs.append((index, []))
            runs[-1][1].append((column, share))
        ignored = self.get_ignored_tokens()
        wide = times / len(indices)
        letters = [self._letter(index, columns, wide) for index, columns in runs if index not in ignored]
        text = _ReadText("".join(letter.text for letter in letters))
        text.letters = tuple(letters)
        return text

    def _letter(self, index: int, columns: Sequence[tuple[int, float]], wide: float) -> Letter:
        text, share = self.character[index], max(share for _, share in columns)
        middle = sum((column + 0.5) * part for column, part in columns) / sum(part for _, part in columns)
        return Letter(UNSURE if text.isalnum() and share < LEAST_SURE else text, share, middle * wide)


def _letters(pixels: Any) -> list[str]:
    if not _engines:
        _engines.append(_engine())
    read = _engines[0](pixels[:, :, ::-1])  # it takes colours the other way round
    texts: Sequence[str] = getattr(read, "txts", None) or ()
    corners = getattr(read, "boxes", None)
    if corners is None:
        return []
    boxes = [
        Box.of(one, text) for one, text in zip(corners.tolist(), _told(pixels, corners.tolist(), texts), strict=True)
    ]
    return rows_of(boxes)


def _told(pixels: Any, corners: Sequence[Sequence[Corner]], texts: Sequence[str]) -> list[str]:
    """The texts with those of their unsure digits that the ink beside a crease tells."""
    if not any(UNSURE in text for text in texts):
        return list(texts)
    lines = [_line(one, text) for one, text in zip(corners, texts, strict=True)]
    grey = np.asarray(Image.fromarray(pixels).convert("L"), dtype=np.float32)
    written = [[letter.text for letter in line.letters] or [text] for line, text in zip(lines, texts, strict=True)]
    for (line, letter), digit in tell_digits(grey, lines).items():
        written[line][letter] = digit
    return ["".join(one) for one in written]


def _line(corners: Sequence[Corner], text: str) -> LineOfLetters:
    """A line in the picture; where the letters are of one that was turned upright to be read is not known."""
    line = LineOfLetters(tuple((x, y) for x, y in corners[:4]), getattr(text, "letters", ()))
    return line if line.width > line.height else replace(line, letters=())


def _engine() -> Any:
    engine: Any = RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.max_side_len": MOST_SIDE,
            "Global.text_score": LEAST_SCORE,
            "Det.max_candidates": MOST_BOXES,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
    recognizer = engine._load_rec_model()
    recognizer.postprocess_op.__class__ = _SureLetters
    return engine


def _stacked(images: Sequence[Image.Image]) -> bytes:
    """The pages below one another."""
    width, height = max((one.width for one in images), default=1), sum(one.height for one in images)
    whole = Image.new("RGB", (width, max(1, height)), (255, 255, 255))
    top = 0
    for one in images:
        whole.paste(one, (0, top))
        top += one.height
    written = io.BytesIO()
    whole.save(written, "JPEG", quality=QUALITY)
    return written.getvalue()
