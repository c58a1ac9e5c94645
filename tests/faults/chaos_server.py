"""The product as it runs in production, in a process group of its own, to be killed as one and started again.

Run as `python -m tests.faults.chaos_server`, it reads lines of JSON: first the settings' environment and the port, then
orders. It builds the application once; `start` forks the group's first process, which forks a process for the jobs and
becomes our web server with its workers. What is killed is everything that `start` has begun, at once.
"""

from __future__ import annotations

import ctypes
import gc
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.faults.workers import ROOT, Rehearsal, exchange, quiet_handler, say

if TYPE_CHECKING:
    from flask import Flask

WEB_WORKERS, WEB_THREADS = 2, 8
READY_WITHIN_S = 120  # on a machine that does ten other things
POLL_S = 0.05
PR_SET_CHILD_SUBREAPER = 36
TARGET = "tests.faults.chaos_server:serving"

serving: Flask | None = None  # what the web server's workers, being forks, find here


class NeverReady(AssertionError):
    """The product was started and does not serve; the words say what it answers and the end of its log."""


@dataclass
class Product:
    """The group as seen from the test: `start`, `kill`, and where it listens."""

    process: subprocess.Popen[str]
    port: int
    log: Path
    group: int | None = None
    slowest_start_s: float = 0

    def start(self, *, careless: bool = False) -> None:
        """Start all of it and return when it says that it is ready; `careless` leaves idempotency out."""
        self.group = int(exchange(self.process, {"do": "start", "careless": careless})["group"])
        begun = time.monotonic()
        while (answer := self._ask_ready()) != 200:
            if time.monotonic() > begun + READY_WITHIN_S:
                raise NeverReady(f"{answer}\n{self.log.read_text(errors='replace')[-4000:]}")
            time.sleep(POLL_S)
        self.slowest_start_s = max(self.slowest_start_s, time.monotonic() - begun)

    def kill(self) -> None:
        """SIGKILL every process of the group and return when all are gone."""
        if self.group is not None:
            exchange(self.process, {"do": "kill"})
            self.group = None

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """Let the process that starts groups serve by itself, so that each group begins with statements compiled."""
        exchange(self.process, {"do": "rehearse"})
        try:
            yield
        finally:
            exchange(self.process, {"do": "rest"})

    def _ask_ready(self) -> int | str:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/readyz", headers={"Connection": "close"})
            answer = connection.getresponse()
            words = answer.read()
            return 200 if answer.status == 200 else f"/readyz: {answer.status} {words.decode()}"
        except (OSError, http.client.HTTPException) as error:
            return f"/readyz: {error!r}"
        finally:
            connection.close()


@contextmanager
def product(environ: dict[str, str], port: int, log: Path) -> Iterator[Product]:
    """A process ready to start the product with settings `environ`; everything is ended afterwards."""
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [sys.executable, "-m", "tests.faults.chaos_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
            cwd=ROOT,
        ) as process,
    ):
        try:
            exchange(process, {"environ": environ, "port": port})
            yield Product(process, port, log)
        finally:
            assert process.stdin is not None
            process.stdin.close()  # it kills what it has started, and ends


def main() -> None:
    """Build the application, then obey until nobody gives orders any more."""
    global serving
    from backend.app.factory import create_app
    from calculators import list_footprint_packs
    from config import load_settings

    # orphans of a killed group become our children, so that we know when the last of them is gone
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    talk = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    plan = json.loads(sys.stdin.readline())
    serving = create_app(load_settings(plan["environ"]))
    list_footprint_packs()
    gc.freeze()
    say(talk, {})
    group, rehearsal = 0, None
    for line in sys.stdin:
        order = json.loads(line)
        match order["do"]:
            case "start":
                group = _fork(lambda careless=order["careless"]: _serve(plan["port"], careless=careless))
                say(talk, {"group": group})
            case "kill":
                _kill(group)
                say(talk, {})
            case "rehearse":
                rehearsal = Rehearsal(serving, _small_server(serving, plan["port"]))
                say(talk, {})
            case "rest":
                assert rehearsal is not None
                rehearsal.end()
                say(talk, {})
    _kill(group)


def _fork(work: Callable[[], object]) -> int:
    """Do `work` in a process that leads a group of its own; return its id, which is also the group's."""
    process_id = os.fork()
    if process_id:
        with suppress(PermissionError, ProcessLookupError):  # whoever of the two is first
            os.setpgid(process_id, process_id)
        return process_id
    os.setpgid(0, 0)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    try:
        work()
    finally:
        os._exit(1)


def _serve(port: int, *, careless: bool) -> None:
    from backend.app.web_server import WebServer
    from backend.jobs.runner import run_here
    from backend.platform.web import idempotency

    assert serving is not None
    if careless:
        idempotency._key_of_request = lambda: None
    if os.fork() == 0:
        run_here(serving)
        os._exit(0)
    WebServer(
        TARGET, "127.0.0.1", port, factory=False, workers=WEB_WORKERS, blocking_threads=WEB_THREADS, log_enabled=True
    ).run()


def _kill(group: int) -> None:
    with suppress(ProcessLookupError):
        if group:
            os.killpg(group, signal.SIGKILL)
    with suppress(ChildProcessError):
        while group:
            os.waitpid(-group, 0)


def _small_server(app: Flask, port: int) -> Any:
    from werkzeug.serving import make_server

    return make_server("127.0.0.1", port, app, threaded=True, request_handler=quiet_handler())


if __name__ == "__main__":
    from tests.faults import chaos_server

    chaos_server.main()
