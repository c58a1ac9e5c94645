"""What a machine read in the papers of the tests, kept so that a run of everything reads one in eight anew.

Reading a paper takes a second or two, and there are some hundred. `readings.json` holds what stood in each, under the
hash of what was sent, and the hash of the reader that read it. Another picture, or another reader, is read by the
machine; so is everything under `--long`. `--renew-readings` reads everything and keeps it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from backend.ports.paper_reader import PaperReader, PaperText

KEPT = Path(__file__).with_name("readings.json")
DECODERS = Path(__file__).resolve().parents[2] / "backend" / "ports" / "file_decoders"
LIBRARIES = ("numpy", "onnxruntime", "opencv-python-headless", "pillow", "rapidocr", "zxing-cpp")
ANEW = 8  # one in so many is read by the machine in every run


def hash_of_reader() -> str:
    """A hash of everything that decides what is read: our files and the versions of the libraries."""
    files = [path.read_bytes() for path in sorted(DECODERS.glob("*.py"))]
    return hashlib.sha256(b"\0".join([*files, *(version(name).encode() for name in LIBRARIES)])).hexdigest()


@dataclass
class KeptReader:
    """A paper reader that answers from what is kept, and asks the machine for the rest."""

    machine: PaperReader
    reads_all: bool = False
    _kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    _read: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        kept = json.loads(KEPT.read_bytes()) if KEPT.exists() else {"reader": "", "papers": {}}
        if kept["reader"] == hash_of_reader():
            self._kept = kept["papers"]

    def read(self, content: bytes, media: str) -> PaperText | None:
        """What stands in the paper, by the machine or as it once read it."""
        name = hashlib.sha256(content).hexdigest()
        if not self.reads_all and int(name[:8], 16) % ANEW and (kept := self._kept.get(name)):
            return PaperText(tuple(kept["lines"]), kept["means"], fault=kept["fault"])
        read = self.machine.read(content, media)
        if read is not None and not read.pages:  # a PDF is looked at anew
            self._read[name] = {"lines": read.lines, "means": read.means, "fault": read.fault}
        return read

    def renew(self) -> None:
        """Keep what the machine has read, in the place of what was kept."""
        papers = dict(sorted(self._read.items()))
        text = json.dumps({"reader": hash_of_reader(), "papers": papers}, ensure_ascii=False, indent=0)
        KEPT.write_text(text + "\n", encoding="utf-8")
