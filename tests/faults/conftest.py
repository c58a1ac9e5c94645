"""The stage for faults: a PostgreSQL world, a proxy before it and workers behind the proxy."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from offsets.sandbox import Sandbox
from tests.backend.checkout.bank import Bank
from tests.faults.proxy import Proxy, proxied
from tests.faults.walk import Stage
from tests.faults.workers import Workers, forked_workers
from tests.worlds import LIVE, test_environ

STAGED = (f"staged_{number}" for number in itertools.count())
ATTACHED = ["tests.faults.on_call", "tests.faults.tally"]


@dataclass(frozen=True)
class Troupe:
    """What every stage has in common, made once: a bank, a proxy, and the process that forks workers."""

    bank: Bank
    bank_file: Path
    proxy: Proxy
    workers: Workers

    def forget_payments(self) -> None:
        """A bank that has seen thousands lists them slowly."""
        with sqlite3.connect(self.bank_file) as memory:
            for table in ("objects", "postings", "answers"):
                memory.execute(f"DELETE FROM {table}")
        memory.close()


@pytest.fixture(scope="session")
def troupe(_worlds: Callable[[str], Any], request: pytest.FixtureRequest) -> Iterator[Troupe]:
    """Needs PostgreSQL."""
    if request.config.getoption("--engine") == "sqlite":
        pytest.skip("these faults strike between a worker and PostgreSQL")
    world = _worlds("postgresql")
    bank_file = world.settings.var_dir / "bank.db"
    with Sandbox(path=str(bank_file)) as sandbox, proxied(world.place.postgres.scratch / ".s.PGSQL.5432") as proxy:
        bank = Bank(sandbox)
        # what rings, and when, is the story's to say
        bank.call("PUT", "/_sandbox/notices", {"mode": "drop"})
        environ = test_environ(world.settings.var_dir) | world.place.environ
        environ |= {"CARBON_DATABASE_URL": proxied_url(proxy.port), "CARBON_STRIPE_API_BASE": sandbox.url}
        with forked_workers(environ | {"CARBON_RATE_LIMITS": "false"}, ATTACHED) as workers:
            proxy.kill_worker = workers.kill
            yield Troupe(bank, bank_file, proxy, workers)
        bank.gateway.close()


@pytest.fixture(scope="session")
def make_stage(_worlds: Callable[[str], Any], troupe: Troupe) -> Callable[[Callable[[Any], None]], Stage]:
    """`make_stage(prepare)`: a stage whose tries begin with what `prepare(app)` has written."""
    world = _worlds("postgresql")

    def make(prepare: Callable[[Any], None]) -> Stage:
        staged = next(STAGED)
        world.refresh()
        prepare(world.app)
        world.disconnect()
        # prepared once, cloned before each try
        world.place.keep(staged)

        def fresh() -> None:
            world.refresh(staged)
            troupe.forget_payments()

        def check() -> None:
            assert not world.checks.violations()

        return Stage(troupe.proxy, troupe.workers, fresh, check)

    return make


@pytest.fixture(scope="session")
def books(_worlds: Callable[[str], Any]) -> Any:
    """The app of the test itself, past the proxy, to look at what the workers have written."""
    return _worlds("postgresql").app


@pytest.fixture
def tries(counts: Callable[..., int]) -> int | None:
    """A few moments in the ordinary run, those around the commits before others; every moment in the long one."""
    return counts(small=4, long=0) or None


def proxied_url(port: int) -> str:
    """The database behind the proxy, in the clear, so that the proxy can read along."""
    return f"postgresql+psycopg://carbon@127.0.0.1:{port}/{LIVE}?sslmode=disable&gssencmode=disable"
