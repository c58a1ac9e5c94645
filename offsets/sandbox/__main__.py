"""`python -m offsets.sandbox --port 12111`: a stand-in for Stripe on this machine."""

from __future__ import annotations

import argparse
import contextlib

from offsets.sandbox import API_KEY, NOTICE_SECRET, Sandbox


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m offsets.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=12111, help="0 takes a free one")
    parser.add_argument("--file", default=":memory:", help="keep everything in this SQLite file")
    parser.add_argument("--notify", metavar="URL", help="where notices go (loopback only)")
    parser.add_argument("--secret", default=NOTICE_SECRET, help="what notices are signed with")
    options = parser.parse_args()
    with Sandbox(
        port=options.port, path=options.file, notice_url=options.notify, notice_secret=options.secret
    ) as sandbox:
        print(f"Stripe stand-in on {sandbox.url} (key {API_KEY})", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            sandbox.wait()


if __name__ == "__main__":
    main()
