"""The stage for faults: a PostgreSQL world, a proxy before it and workers behind the proxy."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests import invariants
from tests.faults.proxy import proxied
from tests.faults.walk import Stage
from tests.faults.workers import forked_workers
from tests.worlds import LIVE, test_environ

STAGED = (f"staged_{number}" for number in itertools.count())


@pytest.fixture(scope="session")
def make_stage(_worlds: Callable[[str], Any], request: pytest.FixtureRequest) -> Callable[..., Any]:
    """`with make_stage(attach=[…], prepare=…, **environ) as stage:`; needs PostgreSQL."""
    if request.config.getoption("--engine") == "sqlite":
        pytest.skip("these faults strike between a worker and PostgreSQL")
    world = _worlds("postgresql")

    @contextmanager
    def stage(
        *, attach: tuple[str, ...] = (), prepare: Callable[[Any], None] = lambda _app: None, **environ: str
    ) -> Iterator[Stage]:
        server, staged = world.place.postgres, next(STAGED)
        world.refresh()
        prepare(world.app)
        world.disconnect()
        # prepared once, cloned before each try
        world.place.keep(staged)

        def fresh() -> None:
            world.refresh(staged)

        def check() -> None:
            assert not invariants.violations(world.app)

        with proxied(server.scratch / ".s.PGSQL.5432") as proxy:
            chosen = test_environ(world.settings.var_dir) | world.place.environ
            chosen |= {"CARBON_DATABASE_URL": proxied_url(proxy.port)} | environ
            with forked_workers(chosen, list(attach)) as workers:
                proxy.kill_worker = workers.kill
                yield Stage(proxy, workers, fresh, check)

    return stage


@pytest.fixture(scope="session")
def books(_worlds: Callable[[str], Any]) -> Any:
    """The app of the test itself, past the proxy, to look at what the workers have written."""
    return _worlds("postgresql").app


@pytest.fixture
def tries(counts: Callable[..., int]) -> int | None:
    """A few moments in the ordinary run, those around the commits before others; every moment in the long one."""
    return counts(small=8, long=0) or None


def proxied_url(port: int) -> str:
    """The database behind the proxy, in the clear, so that the proxy can read along."""
    return f"postgresql+psycopg://carbon@127.0.0.1:{port}/{LIVE}?sslmode=disable&gssencmode=disable"
