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
from contextlib import contextmanager
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
        listen = f"127.0.0.1:{free_port()}"
        words = Path(folder) / "server.log"
        changes = {
            "CARBON_VAR_DIR": folder,
            "CARBON_DATABASE_URL": f"sqlite:///{folder}/carbon.db",
            "CARBON_REDIS_URL": "embedded://",
            "CARBON_LISTEN": listen,
            "CARBON_PUBLIC_URL": f"http://{listen}",
            "CARBON_ENVIRONMENT": "development",
        }
        with words.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "backend.serve"],
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


def free_port() -> int:
    """A loopback port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


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
