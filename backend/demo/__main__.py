"""`python3 run.py demo`: start a server in an empty directory, tell the story over HTTP, clean up."""

from __future__ import annotations

import sys
import time

from backend.demo.phone import StoryBroken
from backend.demo.server import DidNotStart, running_server
from backend.demo.story import tell


def main() -> int:
    """Tell the story; 0 when every step was answered as it should be."""
    try:
        with running_server() as url:
            began = time.monotonic()
            tell(url)
            print(f"\n  The story took {time.monotonic() - began:.1f} s.")
    except (DidNotStart, StoryBroken) as broken:
        print(f"The demo stopped: {broken}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
