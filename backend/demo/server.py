"""A server of the demo's own: a free port, a database in a directory that goes away afterwards."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from config import environment_with

PATIENCE_S = 30.0
LAST_WORDS = 3000


class DidNotStart(RuntimeError):
    """The demo's server did not answer; the message holds its last words."""


@contextmanager
def running_server() -> Iterator[str]:
    """The URL of a server that starts from an empty directory and is gone afterwards; raise `DidNotStart`."""
    with tempfile.TemporaryDirectory(prefix="carbon-demo-") as folder:
        listen, stripe = (f"127.0.0.1:{port}" for port in free_ports(2))
        words = Path(folder) / "server.log"
        changes = {
            "CARBON_VAR_DIR": folder,
            "CARBON_DATABASE_URL": f"sqlite:///{folder}/carbon.db",
            "CARBON_REDIS_URL": "embedded://",
            "CARBON_LISTEN": listen,
            "CARBON_PUBLIC_URL": f"http://{listen}",
            "CARBON_STRIPE_API_BASE": f"http://{stripe}",
            "CARBON_ENVIRONMENT": "development",
        }
        with words.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "backend.app.serve"],
                env=environment_with(changes),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            wait_until_ready(f"http://{listen}/readyz", process, words)
            yield f"http://{listen}"
        finally:
            process.terminate()
            process.wait(timeout=10)


def free_ports(count: int) -> list[int]:
    """Loopback ports nobody listens on at this moment, all different."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def wait_until_ready(url: str, process: subprocess.Popen[bytes], words: Path) -> None:
    """Return once `url` answers; raise `DidNotStart` when the process ends or patience does."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    raise DidNotStart(words.read_text(errors="replace")[-LAST_WORDS:])
