"""Servers under measurement: granian as `docs/operations.md` starts it, for the product and for the yardstick alike."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.processor import cpu_seconds
from tests.servers.process import end, wait_until_ready
from tests.worlds import World, test_environ

PRODUCT, YARDSTICK = ("wsgi:app",), ("--factory", "benchmarks.yardstick:create_app")
WORKERS, THREADS = 4, 8  # as documented
# As in production: one line of JSON for each request.
SERVED = {"CARBON_ENVIRONMENT": "development", "CARBON_LOG_FORMAT": "json", "CARBON_LOG_LEVEL": "INFO"}
START_PATIENCE_S, END_PATIENCE_S = 120, 20  # on a busy machine four workers take their time


@dataclass(frozen=True)
class Served:
    """A running server: its port, and its first process."""

    port: int
    process_id: int

    def cpu_s(self) -> float:
        """Processor seconds of the server and its workers so far."""
        return cpu_seconds(self.process_id)


@contextmanager
def served(
    world: World, target: tuple[str, ...], *, workers: int = WORKERS, changes: dict[str, str] | None = None
) -> Iterator[Served]:
    """A granian that serves `target` on the database of `world`; `changes` are settings of its own."""
    port = _free_port()
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", str(workers),
        "--blocking-threads", str(THREADS), "--port", str(port), "--log-level", "warning", *target,
    ]  # fmt: skip
    log = world.settings.var_dir / f"granian-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=_environ(world) | (changes or {}),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a group of its own, so that the workers end with it
        )
    try:
        wait_until_ready(process, lambda: _answers(port), log, START_PATIENCE_S)
        yield Served(port, process.pid)
    finally:
        end(process, signal.SIGTERM, END_PATIENCE_S)


def _environ(world: World) -> dict[str, str]:
    """The settings of the server; nothing of the person's own gets in."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("CARBON_")}
    return own | test_environ(world.settings.var_dir) | world.place.environ | SERVED


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
