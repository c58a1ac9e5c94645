#!/usr/bin/env python3
"""The one door: make the environment, then serve, test, check, measure or tell the story.

    python3 run.py            serve on the embedded default and print where to look
    python3 run.py test       every test, on SQLite and on real PostgreSQL + Redis (--long: the full counts)
    python3 run.py check      lint, formatting, types
    python3 run.py bench      every benchmark beside its yardstick
    python3 run.py demo       the story of one ride over HTTP, every number with its reason
    python3 run.py flask      the commands of the person on call: `python3 run.py flask doctor`

Arguments after the command go to what it starts: `python3 run.py test tests/calculators -k walk`.
Needs Python 3.11 and pip (or uv); standard library only. Writes `.venv/` and nothing else by itself.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
BASE_PYTHON = getattr(sys, "_base_executable", sys.executable)  # not .venv's own, which may be cleared
OLDEST_PYTHON = (3, 11)
RUNTIME = ["requirements.txt"]
DEVELOPMENT = ["requirements.txt", "requirements-dev.txt"]

# command: the requirements it needs, what it runs (several lines: all of them, failure if any failed)
COMMANDS: dict[str, tuple[list[str], list[list[str]]]] = {
    "serve": (RUNTIME, [["-m", "backend"]]),
    "demo": (RUNTIME, [["-m", "backend.demo"]]),
    "test": (DEVELOPMENT, [["-m", "pytest", "-n", "3", "--dist", "worksteal"]]),
    "bench": (DEVELOPMENT, [["-m", "benchmarks"]]),
    "check": (
        DEVELOPMENT,
        [["-m", "ruff", "check"], ["-m", "ruff", "format", "--check"], ["-m", "mypy"]],
    ),
    "flask": (RUNTIME, [["-m", "flask", "--app", "wsgi"]]),
}


class CannotRun(Exception):
    """What stands in the way and the remedy, in words for the person at the terminal."""


def main(arguments: list[str]) -> int:
    """Do what the first argument says (default: serve) and return its exit code."""
    command, rest = (arguments[0], arguments[1:]) if arguments else ("serve", [])
    if command in ("-h", "--help", "help"):
        print(__doc__)
        return 0
    if command not in COMMANDS:
        raise CannotRun(f"There is no command {command!r}. Use one of: {', '.join(COMMANDS)}.")
    requirements, lines = COMMANDS[command]
    ensure_environment(requirements)
    os.chdir(ROOT)
    # a server of one's own must be told what it is; here it is development, unless the person says otherwise
    os.environ.setdefault("CARBON_ENVIRONMENT", "development")
    # each process computes on its own core: threads of linear algebra would only wait for one another (three times
    # the processor time for a comparison of two tracks)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if command == "test":  # which starts the product in many processes: none compiles what another has compiled
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if command == "serve":  # everything in one process, unless the person says otherwise
        os.environ.setdefault("CARBON_SCHEDULER", "embedded")
    if len(lines) == 1:  # become the command, so that signals reach it and nothing stands in between
        os.execv(PYTHON, [str(PYTHON), *lines[0], *rest])
    codes = [subprocess.call([PYTHON, *line, *rest]) for line in lines]  # all of them, also after a failure
    return 1 if any(codes) else 0


def ensure_environment(requirements: list[str]) -> None:
    """Make `.venv` hold what `requirements` say; return at once when its stamp already says so."""
    if sys.version_info < OLDEST_PYTHON:
        raise CannotRun(f"Python {'.'.join(map(str, OLDEST_PYTHON))} or newer is needed; this is {sys.version}.")
    stamp, wanted = VENV / f"installed-{requirements[-1]}", fingerprint(requirements)
    if read(stamp) == wanted:
        return
    with one_at_a_time():
        if read(stamp) == wanted:
            return
        if read(VENV / "python-version") != sys.version:
            make_environment()
        install(requirements[-1])
        # the development requirements contain the runtime ones: leave every stamp that is now true
        for count in range(1, len(requirements) + 1):
            (VENV / f"installed-{requirements[count - 1]}").write_text(fingerprint(requirements[:count]))


def fingerprint(requirements: list[str]) -> str:
    """A hash of this Python and of the requirement files."""
    sha = hashlib.sha256(sys.version.encode())
    for name in [*requirements, "constraints.txt"]:
        sha.update((ROOT / name).read_bytes())
    return sha.hexdigest()


def make_environment() -> None:
    """Make an empty `.venv`, without ensurepip: a bare Debian does not have it."""
    say(f"Making {VENV.name} with Python {sys.version.split()[0]}")
    run_quietly([BASE_PYTHON, "-m", "venv", "--clear", "--without-pip", str(VENV)], "The environment cannot be made")
    (VENV / "python-version").write_text(sys.version)


def install(requirements: str) -> None:
    """Install one requirements file into `.venv`, saying what is being fetched."""
    say(f"Installing {requirements} into {VENV.name} (once; later starts skip this)")
    run_quietly(
        [*installer(), "-r", str(ROOT / requirements)],
        "The requirements cannot be installed. This needs a connection to a package index, or a pip "
        "configuration that names a mirror or a folder of wheels. Then run the same command again",
    )


def installer() -> list[str]:
    """The pip of the system pointed at `.venv` (plain `pip install` is refused on Debian), or uv."""
    if subprocess.run([BASE_PYTHON, "-m", "pip", "--version"], capture_output=True).returncode == 0:
        return [BASE_PYTHON, "-m", "pip", "--python", str(PYTHON), "install", "--progress-bar", "off"]
    if uv := shutil.which("uv"):
        return [uv, "pip", "install", "--python", str(PYTHON)]
    raise CannotRun("Neither pip nor uv is here. On Debian: apt-get install python3-pip.")


def run_quietly(command: list[str], trouble: str) -> None:
    """Run `command` behind one moving line of progress; raise `CannotRun` with its last words if it fails."""
    quiet = {"PIP_ROOT_USER_ACTION": "ignore", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | quiet,
    )
    lines = []
    for line in process.stdout or ():
        lines.append(line.rstrip())
        if line.startswith(("Collecting", "Downloading", "Installing")):
            show(f"  {sum(seen.startswith('Collecting') for seen in lines)} packages: {lines[-1]}")
    show("")
    if process.wait() != 0:
        raise CannotRun("\n".join([*(f"    {line}" for line in lines[-8:]), f"{trouble}."]))


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let only one run.py of this checkout change `.venv` at a time."""
    try:
        VENV.mkdir(exist_ok=True)
        lock = (ROOT / ".venv.lock").open("w")
    except OSError as error:
        raise CannotRun(f"{error.strerror}: {error.filename}. Use a checkout of your own.") from None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def read(path: Path) -> str | None:
    return path.read_text() if path.is_file() else None


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def show(line: str) -> None:
    """Replace the line of progress; a log that is not a terminal gets none."""
    if sys.stderr.isatty():
        width = shutil.get_terminal_size().columns - 1
        print(f"\r\033[K{line[:width]}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except CannotRun as reason:
        say(str(reason))
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
