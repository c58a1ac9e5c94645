"""The process that decodes strangers' pictures: one after the other from its input, what is kept of each to its output.

    python -m backend.ports.file_decoders.picture_child        frames in, frames out, until the input ends

It is given no environment, no database and no keys, but runs as our user (ADR 0105). Whatever a decoder raises becomes
an answer; what it does beyond that ends this process alone.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from typing import BinaryIO

MOST_BYTES = 32 * 1024 * 1024
MOST_MEMORY_BYTES = 400 * 1024**2  # that can be written to; what a header hid from the budget ends here


def main() -> None:
    """Answer each picture until there are no more."""
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no answer
    from backend.ports.file_decoders.pictures import decode

    _write(answers, b"ready")
    requests = sys.stdin.buffer
    while len(head := requests.read(4)) == 4:
        size = int.from_bytes(head, "big")
        if size > MOST_BYTES:
            return
        outcome = decode(requests.read(size))
        facts = {"outcome": type(outcome).__name__, **vars(outcome)}
        content, brightness = facts.pop("content", b""), facts.pop("brightness", b"")
        for frame in (json.dumps(facts).encode(), content, brightness):
            _write(answers, frame)


def _write(answers: BinaryIO, frame: bytes) -> None:
    answers.write(len(frame).to_bytes(4, "big"))
    answers.write(frame)
    answers.flush()


if __name__ == "__main__":
    main()
