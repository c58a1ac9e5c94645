"""What was read once is not read again, unless the reader or the paper is another one.

What is kept is renewed, in some minutes, by

    python3 run.py test tests/corpora tests/backend/activities/test_noise_papers.py -n 0 --renew-readings
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

import pytest

from backend.ports.paper_reader import PDF, PaperText
from tests.corpora import readings
from tests.corpora.readings import ANEW, KEPT, KeptReader, hash_of_reader


class Machine:
    """A stand-in that remembers what it was asked."""

    def __init__(self, pages: bytes = b"") -> None:
        self.asked: list[bytes] = []
        self._pages = pages

    def read(self, content: bytes, media: str) -> PaperText:
        self.asked.append(content)
        return PaperText(("No. 1",), pages=self._pages)


def papers() -> Iterator[tuple[bytes, bool]]:
    """Papers, and whether each is of those that are read in every run."""
    for number in range(200):
        content = f"paper {number}".encode()
        yield content, int(hashlib.sha256(content).hexdigest()[:8], 16) % ANEW == 0


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.setattr(readings, "KEPT", tmp_path / "readings.json")
    reader = KeptReader(Machine(), reads_all=True)
    for content, _ in papers():
        reader.read(content, "image/jpeg")
    reader.renew()
    return tmp_path / "readings.json"


def test_what_is_kept_was_read_by_the_reader_there_is_now():
    assert json.loads(KEPT.read_bytes())["reader"] == hash_of_reader()


def test_one_in_eight_is_read_anew_and_the_others_say_what_they_said(kept):
    machine = Machine()
    reader = KeptReader(machine)
    assert {reader.read(content, "image/jpeg") for content, _ in papers()} == {PaperText(("No. 1",))}
    assert machine.asked == [content for content, is_anew in papers() if is_anew]
    assert len(machine.asked) > 10


def test_another_reader_reads_everything(kept, monkeypatch):
    monkeypatch.setattr(readings, "hash_of_reader", lambda: "another")
    machine = Machine()
    reader = KeptReader(machine)
    for content, _ in papers():
        reader.read(content, "image/jpeg")
    assert len(machine.asked) == 200


def test_a_paper_that_was_never_read_and_a_pdf_are_read(kept):
    machine = Machine(pages=b"a page")
    reader = KeptReader(machine, reads_all=True)
    reader.read(b"a PDF", PDF)
    reader.renew()
    again = KeptReader(machine)
    for content in (b"a PDF", b"another paper"):
        again.read(content, PDF)
    assert machine.asked == [b"a PDF", b"a PDF", b"another paper"]
