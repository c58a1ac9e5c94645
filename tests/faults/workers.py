"""Workers to kill: each is a fork of one process that has imported the application once.

Run as `python -m tests.faults.workers`, it reads lines of JSON: first the settings' environment and the modules
whose `attach(app)` adds to the application, then `start` and `kill` as often as asked. A worker serves HTTP on a
socket that outlives it, so clients find its successor at the same address.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.serving import BaseWSGIServer

ROOT = Path(__file__).resolve().parents[2]


class Workers:
    """The starting process as seen from the test: `start`, `kill`, and where they listen."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self._process = process
        self.url = url
        self.pid: int | None = None
        self.rehearsed: set[str] = set()  # stories
        self._lock = threading.RLock()  # the proxy kills from a thread of its own

    def start(self) -> None:
        """Fork a fresh worker; the one before is gone, if need be by force."""
        with self._lock:
            self.kill()
            self.pid = int(self._ask({"do": "start"})["pid"])

    def kill(self) -> None:
        """SIGKILL the worker, if there is one, and wait until it is buried: no handler runs, no buffer is flushed."""
        with self._lock:
            if self.pid is not None:
                self._ask({"do": "kill"})
                self.pid = None

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """Let the process that forks workers serve by itself: what it learns of statements and files, each fork knows.

        What it remembers of a database it forgets again.
        """
        with self._lock:
            self.kill()
            self.pid = int(self._ask({"do": "rehearse"})["pid"])
        try:
            yield
        finally:
            with self._lock:
                self._ask({"do": "rest"})
                self.pid = None

    @property
    def is_alive(self) -> bool:
        with self._lock:  # whoever is being killed is dead
            return self.pid is not None

    def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        return exchange(self._process, order)


@contextmanager
def forked_workers(environ: dict[str, str], attach: list[str]) -> Iterator[Workers]:
    """A process ready to fork workers of the application with settings `environ`; ended afterwards."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.faults.workers"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        try:
            ready = exchange(process, {"environ": environ, "attach": attach})
            workers = Workers(process, f"http://127.0.0.1:{ready['port']}")
            yield workers
            workers.kill()
        finally:
            process.terminate()


def exchange(process: subprocess.Popen[str], order: dict[str, Any]) -> dict[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(order) + "\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise RuntimeError("the process that starts workers has ended; its last words are above")
    answer: dict[str, Any] = json.loads(line)
    return answer


def main() -> None:
    """Build the application, then obey."""
    from werkzeug.serving import make_server

    from backend.app.factory import create_app
    from calculators import list_footprint_packs
    from config import load_settings

    # the application logs to stdout, which is ours to talk through: talk through a copy of it
    talk = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    plan = json.loads(sys.stdin.readline())
    app = create_app(load_settings(plan["environ"]))
    for name in plan["attach"]:
        import_module(name).attach(app)
    # the rule books are read here, once: every worker would read them anew in its first request
    list_footprint_packs()
    gc.freeze()
    listener = socket.create_server(("127.0.0.1", 0))
    say(talk, {"port": listener.getsockname()[1]})

    def make() -> BaseWSGIServer:
        return make_server("127.0.0.1", 0, app, threaded=True, request_handler=quiet_handler(), fd=listener.fileno())

    worker = 0
    for line in sys.stdin:
        order = json.loads(line)["do"]
        if order == "start":
            worker = os.fork()
            if worker == 0:
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                make().serve_forever()
            say(talk, {"pid": worker})
        elif order == "rehearse":
            rehearsal = Rehearsal(app, make())
            say(talk, {"pid": os.getpid()})
        elif order == "rest":
            rehearsal.end()
            say(talk, {})
        else:
            os.kill(worker, signal.SIGKILL)
            os.waitpid(worker, 0)
            say(talk, {})


class Rehearsal:
    """The application served by this very process, until `end`."""

    def __init__(self, app: Flask, server: BaseWSGIServer) -> None:
        self._app, self._server = app, server
        self._as_built = dict(app.extensions)
        # those that answer are waited for as it closes
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def end(self) -> None:
        """Leave no thread and no connection for a fork to inherit, and nothing remembered of a database."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._app.extensions["carbon.engine"].dispose()
        self._app.extensions.clear()
        self._app.extensions.update(self._as_built)
        gc.collect()
        gc.freeze()


def quiet_handler() -> type:
    from werkzeug.serving import WSGIRequestHandler

    class Quiet(WSGIRequestHandler):
        """Logs nothing: dying is what these workers are for."""

        def log(self, *_: Any) -> None:
            """Say nothing."""

    return Quiet


def say(talk: TextIO, answer: dict[str, Any]) -> None:
    talk.write(json.dumps(answer) + "\n")
    talk.flush()


if __name__ == "__main__":
    main()
