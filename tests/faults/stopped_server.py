"""A server to stop in the middle of its work: `python -m tests.faults.stopped_server ours 8123`, or `granian`.

Its few threads and connections at once are overrun by the clients of the test, so that connections wait in the kernel's
queue when it is told to stop.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

WORKERS, THREADS, AT_ONCE = 2, 4, 8
WORK_S = 0.004
TARGET = "tests.faults.stopped_server:application"


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Read the body, work a little, answer."""
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    time.sleep(WORK_S)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "4")])
    return [b"done"]


def main(kind: str, port: int) -> None:
    """Serve by our own server, or by granian as it is."""
    from granian import Granian
    from granian.constants import Interfaces

    from backend.app.web_server import WebServer

    limits: dict[str, Any] = {"workers": WORKERS, "blocking_threads": THREADS, "backpressure": AT_ONCE}
    if kind == "ours":
        WebServer(TARGET, "127.0.0.1", port, factory=False, **limits).run()
    else:
        Granian(TARGET, address="127.0.0.1", port=port, interface=Interfaces.WSGI, **limits).serve()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
