"""What both servers share: an unprivileged identity, a scratch directory, dying with their starter."""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
UNPRIVILEGED_USER = "nobody"
MEMORY = ["/dev/shm"]
START_PATIENCE_S = 30
ROOM_NEEDED = 2 * 1024**3  # bytes; containers often give /dev/shm a mere 64 MB


class ServerDidNotStart(RuntimeError):
    """The server is not answering; the message carries the end of its own log."""


def identity() -> dict[str, Any]:
    """The `subprocess` arguments a server runs under: PostgreSQL refuses root, so root lends it `nobody`."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam(UNPRIVILEGED_USER)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def make_scratch(kind: str, *, in_memory: bool = True) -> Path:
    """Make a directory the server's identity owns and reaches; short, as socket paths end at 107 bytes.

    In memory where there is room: a test database is cloned in 20 ms there, in 100 to 700 ms on a busy disk.
    """
    places = [*(MEMORY if in_memory else []), tempfile.gettempdir(), "/tmp", "/var/tmp"]
    chosen = next(filter(_is_reachable, places), tempfile.gettempdir())
    path = Path(tempfile.mkdtemp(prefix=f"carbon-{kind}-", dir=chosen))
    if who := identity():
        os.chown(path, who["user"], who["group"])
    return path


def remove_scratch(path: Path) -> None:
    """Remove a scratch directory; a server that is still closing its files may add one while we look."""
    shutil.rmtree(path, ignore_errors=True)


def spawn(command: list[str | Path], log: Path) -> subprocess.Popen[bytes]:
    """Start a server in its own process group, its output in `log`; the kernel ends it with its starter."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=clean_environ(),
            start_new_session=True,
            preexec_fn=_die_with_starter,
            **identity(),
        )


def clean_environ() -> dict[str, str]:
    """The environment a server sees: no PGDATA or locale of the person who runs the tests."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def wait_until_ready(
    process: subprocess.Popen[bytes], is_ready: Callable[[], bool], log: Path, patience_s: float = START_PATIENCE_S
) -> None:
    """Return when `is_ready`; raise `ServerDidNotStart` when the process ended first or time is up."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if is_ready():
            return
        if process.poll() is not None:
            break
        time.sleep(0.01)
    ending = log.read_text(errors="replace")[-2000:] if log.exists() else "(no log)"
    raise ServerDidNotStart(f"{process.args} is not answering.\n{ending}")


def end(process: subprocess.Popen[bytes], how: signal.Signals, patience_s: float = 10) -> None:
    """Send `how`, wait, and kill the whole group if it takes longer than `patience_s`."""
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(patience_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _is_reachable(place: str) -> bool:
    path = Path(place)
    if len(place) > 40 or not path.is_dir() or not os.access(path, os.W_OK):
        return False
    if place in MEMORY and shutil.disk_usage(place).free < ROOM_NEEDED:
        return False
    return all(parent.stat().st_mode & 0o001 for parent in (path, *path.parents))


_LIBC = ctypes.CDLL(None)


def _die_with_starter() -> None:
    _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGINT)
