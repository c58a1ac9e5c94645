"""Chaos: the whole product is killed again and again while people use it. Nothing is lost and nothing happens twice.

Web server, workers and scheduler die as one by SIGKILL; the database's connections are cut, it crashes and recovers;
Redis forgets everything. In the end the queues are emptied, and what people were told is compared with the books.
"""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests import worlds
from tests.faults.chaos_city import City, Outcome
from tests.faults.chaos_server import product
from tests.servers.postgres import SUPERUSER, PostgresServer

# what nobody attested is bounded, as it is in the processes that are killed
pytestmark = [pytest.mark.concurrency, pytest.mark.allowance]


@pytest.fixture(scope="module")
def city(_worlds: Any, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Everything, once for all plays."""
    if request.config.getoption("--engine") == "sqlite":
        pytest.skip("one process group over PostgreSQL and Redis")
    world, (port, bank_port) = _worlds("postgresql"), find_ports(2)
    log = tmp_path_factory.mktemp("chaos") / "product.log"
    chosen = {"CARBON_STRIPE_API_BASE": f"http://127.0.0.1:{bank_port}", "CARBON_RATE_LIMITS": "false"}
    environ = worlds.test_environ(world.settings.var_dir) | world.place.environ | chosen
    with keeping_what_is_answered(world.place.postgres), product(environ, port, log) as running:
        made = City(world, running, bank_port)
        made.rehearse()
        yield made
        running.kill()
        world.refresh()


@contextmanager
def keeping_what_is_answered(server: PostgresServer) -> Iterator[None]:
    """The tests' server forgets its last commits when it crashes, to be fast; for a while it does not."""
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f"ALTER ROLE {SUPERUSER} SET synchronous_commit = on")
    try:
        yield
    finally:
        with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
            connection.execute(f"ALTER ROLE {SUPERUSER} RESET synchronous_commit")


def find_ports(count: int) -> list[int]:
    """Free ports that no outgoing connection is given.

    Whoever connects to a port of that range again and again while nobody listens is some day connected to itself, and
    the server that comes back finds its port taken.
    """
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    tried = random.Random().sample(range(lowest - 10_000, lowest), 100)
    return [port for port in tried if not is_listening(port)][:count]


def is_listening(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def check(outcome: Outcome) -> None:
    """Nothing is lost or there twice, every invariant holds, both books agree, and nothing lies dead."""
    print(outcome.report())  # noqa: T201  # what a long run came to is read there
    assert (outcome.tally.lost, outcome.tally.doubled, outcome.broken) == ([], [], [])


def test_nothing_is_lost_or_doubled_while_everything_is_killed(city):
    check(city.play(seed=10, seconds=5))


def test_control_without_idempotency_things_happen_twice(city):
    doubled = city.play(seed=10, seconds=4, careless=True).tally.doubled
    assert [one for one in doubled if one.startswith("ride: ")]


@pytest.mark.long
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_nothing_is_lost_or_doubled_in_five_minutes_of_chaos(city, seed):
    check(city.play(seed=seed, seconds=300))
