"""The two worlds every stateful test runs in: SQLite with the in-process Redis, PostgreSQL with a real Redis.

A world migrates one database, keeps it as a template and makes the one behind the same URL like it before each test.
So the app is built once per world and worker, and no test sees what another has written. What many tests begin with,
such as the adopted library, is written once and kept as a template of its own.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from backend.app.factory import create_app
from backend.platform.core.i18n import list_offered
from backend.platform.data.schema import upgrade_schema
from backend.platform.privacy.vault import the_vault
from config import load_settings
from tests.invariants import Checks
from tests.servers import PostgresServer, RedisServer
from tests.servers.contents import Contents, ContentsKeeper
from tests.servers.process import make_scratch, remove_scratch

LIVE, EMPTY = "carbon", "empty"


class Place(Protocol):
    """Where a world keeps its database and finds its Redis."""

    environ: dict[str, str]

    def keep(self, template: str) -> None:
        """Remember the present database, to which nobody is connected, under a name."""

    def restore(self, template: str) -> bool:
        """Make the database like a template while the app stays connected; False where it must be replaced."""

    def replace(self, template: str) -> None:
        """Put a copy of a template in the place of the database, to which the app is not connected."""

    def writes(self) -> object:
        """A value that is another one after any committed write."""


class World:
    """One place and the app that lives in it."""

    def __init__(self, place: Place, var_dir: Path) -> None:
        self.place = place
        self.settings = load_settings(test_environ(var_dir) | place.environ)
        self.app = create_app(self.settings)
        with self.app.app_context():
            list_offered()  # of its files, which no test changes
        self._as_built = dict(self.app.extensions)
        upgrade_schema(self.app)
        with self.app.app_context():
            the_vault().open_directory()  # so that no test finds its statement among those it counts
        self.checks = Checks(self.app)
        self.disconnect()
        self._kept: set[str] = set()
        self._keep(EMPTY)

    @property
    def is_untouched(self) -> bool:
        """Whether nothing was written since the last refresh: then there is nothing to check and nothing to replace."""
        return self.place.writes() == self._writes_at_start

    def refresh(self, template: str = EMPTY) -> None:
        """Make the app as new: a database as at the beginning, an empty Redis, nothing it remembers."""
        if self._holds != template or not self.is_untouched:
            if not self.place.restore(template):
                self.disconnect()
                self.place.replace(template)
            self._holds, self._writes_at_start = template, self.place.writes()
        # what a process remembers between requests lives in `extensions`; it belongs to the old database
        self.app.extensions.clear()
        self.app.extensions.update(self._as_built)
        self.app.extensions["carbon.redis"].flushall()

    def begin_with(self, template: str, write: Callable[[], object]) -> None:
        """Begin a test with what `write` commits into an empty database: done once, and from then on copied.

        Where the test has written something before, it is done again, on top of that.
        """
        if self._holds == template:
            return
        if not self.is_untouched:
            if self._holds != EMPTY:
                raise RuntimeError(f"this test began with {self._holds} and has written; {template} cannot come below")
            write()
        elif template in self._kept:
            self.refresh(template)
        else:
            self.refresh()
            write()
            self.disconnect()
            self._keep(template)

    def has_kept(self, template: str) -> bool:
        """Whether a test can begin with it at once."""
        return template in self._kept

    def disconnect(self) -> None:
        self.app.extensions["carbon.engine"].dispose()

    def _keep(self, template: str) -> None:
        self.place.keep(template)
        self._kept.add(template)
        self._holds, self._writes_at_start = template, self.place.writes()


class SqlitePlace:
    """A SQLite file that is copied."""

    def __init__(self, directory: Path) -> None:
        self.live = directory / f"{LIVE}.db"
        self.environ = {"CARBON_DATABASE_URL": f"sqlite:///{self.live}", "CARBON_REDIS_URL": "embedded://"}

    def keep(self, template: str) -> None:
        shutil.copyfile(self.live, self._path_of(template))

    def restore(self, template: str) -> bool:
        return False

    def replace(self, template: str) -> None:
        for leftover in self.live.parent.glob(f"{LIVE}.db*"):
            leftover.unlink()
        shutil.copyfile(self._path_of(template), self.live)

    def writes(self) -> object:
        log = self.live.with_name(f"{self.live.name}-wal")
        written = self.live.stat()
        return written.st_mtime_ns, written.st_size, log.stat().st_size if log.exists() else 0

    def _path_of(self, template: str) -> Path:
        return self.live.with_name(f"template_{template}.db")


class PostgresPlace:
    """A PostgreSQL database that is emptied, or cloned where that is not enough, beside a real Redis."""

    def __init__(self, postgres: PostgresServer, redis: RedisServer) -> None:
        self.postgres = postgres
        self.environ = {"CARBON_DATABASE_URL": postgres.url(LIVE), "CARBON_REDIS_URL": redis.url}
        self._keeper = ContentsKeeper(postgres.dsn(LIVE))
        self._contents: dict[str, Contents] = {}
        postgres.create_database(LIVE)

    def keep(self, template: str) -> None:
        self._contents[template] = self._keeper.contents()
        self._keeper.close()
        self.postgres.create_database(f"template_{template}", template=LIVE)

    def restore(self, template: str) -> bool:
        return self._keeper.restore(self._contents[template])

    def replace(self, template: str) -> None:
        self._keeper.close()
        self.postgres.drop_database(LIVE)
        self.postgres.create_database(LIVE, template=f"template_{template}")

    def leave(self) -> None:
        """Close what is still connected to the database."""
        self._keeper.close()

    def writes(self) -> object:
        # every transaction that writes takes the next number, and no other does
        return self.postgres.administrator.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())").fetchone()


def test_environ(var_dir: Path) -> dict[str, str]:
    """The settings every test starts from; nothing of the person's own environment gets in."""
    return {
        "CARBON_ENVIRONMENT": "test",
        "CARBON_VAR_DIR": str(var_dir),
        "CARBON_SCHEDULER": "off",
        "CARBON_PASSWORD_PROFILE": "cheap",
        "CARBON_LOG_LEVEL": "WARNING",
        "CARBON_PAPER_READER": "off",  # a second for each picture; tests about papers turn it on
    }


@contextmanager
def sqlite_world() -> Iterator[World]:
    """A world on SQLite, in memory where the machine has room."""
    scratch = make_scratch("sqlite")
    try:
        world = World(SqlitePlace(scratch), scratch)
        yield world
        world.disconnect()
    finally:
        remove_scratch(scratch)


@contextmanager
def postgresql_world(*, durable: bool = False) -> Iterator[World]:
    """A world on servers of its own; `durable` for benchmarks, whose commits must cost what they cost."""
    scratch = make_scratch("var")
    try:
        with PostgresServer.started(durable=durable) as postgres, RedisServer.started() as redis:
            place = PostgresPlace(postgres, redis)
            world = World(place, scratch)
            yield world
            world.disconnect()
            place.leave()
    finally:
        remove_scratch(scratch)


WORLDS = {"sqlite": sqlite_world, "postgresql": postgresql_world}
