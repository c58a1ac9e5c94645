"""The process that looks at strangers' files: it reads one after the other from its input and writes what stands there.

    python -m backend.ports.file_decoders.paper_child        frames in, frames out, until the input ends

It is given no environment, no database and no keys, but runs as our user (ADR 0066). Whatever a decoder
raises becomes a fault in the answer; what it does beyond that ends this process alone.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from typing import BinaryIO

MOST_ADDRESS_BYTES = 4 * 1024**3  # what the models need of real memory is a tenth of it
MOST_MEMORY_BYTES = 1024**3  # that can be written to; a page takes less than half
MOST_BYTES = 16 * 1024 * 1024


def main() -> None:
    """Answer each file until there are no more."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESS_BYTES, MOST_ADDRESS_BYTES))
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no answer
    from backend.ports.file_decoders.papers import read_file, warm_up  # seconds to import

    warm_up()
    _write(answers, b"ready")
    requests = sys.stdin.buffer
    while len(head := requests.read(5)) == 5:
        size = int.from_bytes(head[1:], "big")
        if size > MOST_BYTES:
            return
        content = requests.read(size)
        lines, means, pages, fault, shown = read_file(content, is_pdf=head[:1] == b"P")
        answer = {"lines": lines, "means": means, "fault": fault, "shown": shown}
        _write(answers, json.dumps(answer).encode())
        _write(answers, pages)


def _write(answers: BinaryIO, frame: bytes) -> None:
    answers.write(len(frame).to_bytes(4, "big") + frame)
    answers.flush()


if __name__ == "__main__":
    main()
