"""Logging an activity over HTTP, on real PostgreSQL under granian, beside the smallest route that writes one row.

Both routes run in the same server process on the same database, and the same connections send the same bodies to one
and to the other in turns, so that a busy machine slows both. A phone's queue in one request is measured beside the same
activities one by one on the same connection.
"""

from __future__ import annotations

import http.client
import json
import os
import secrets
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from backend.accounts import service as accounts
from backend.methodology import service as methodology
from backend.platform.core import clock
from backend.platform.data import transactions
from backend.profiles import service as profiles
from benchmarks._application import YARDSTICK
from benchmarks._measurement import row
from tests.servers.process import wait_until_ready
from tests.worlds import World, postgresql_world, test_environ

CONNECTIONS = 4  # as many as the server has threads
TURNS, REQUESTS_A_TURN = 12, 100
QUEUE, QUEUE_TURNS = 500, 5
# Nobody rides five hundred times at one moment: a queue of this size gathered over three days offline.
APART, OVER = timedelta(minutes=9), 2000
TRIP = "transport.low_carbon_trip"


@dataclass(frozen=True)
class Rider:
    """Somebody in Beijing with an access token."""

    token: str


def run() -> list[dict[str, Any]]:
    """Requests per second of both routes, with commits that wait for the disk and with commits that do not."""
    with postgresql_world(durable=True) as world:
        riders = _prepare(world)
        rows = [_compare(world, riders, "log an activity")]
        with world.app.app_context():
            # ALTER DATABASE runs outside a transaction block
            engine = world.app.extensions["carbon.engine"].execution_options(isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.execute(text("ALTER DATABASE carbon SET synchronous_commit = off"))
        world.disconnect()
        return [
            *rows,
            _compare(world, riders, "log an activity, not waiting for the disk"),
            _compare_queue(world, riders[0]),
        ]


def _compare(world: World, riders: list[Rider], name: str) -> dict[str, Any]:
    with _served(world) as port, ThreadPoolExecutor(CONNECTIONS) as senders:
        clients = [Client(port, rider, number) for number, rider in enumerate(riders)]
        rates: dict[str, list[float]] = {"/v1/activities": [], f"{YARDSTICK}/rows": []}
        for path in rates:
            _turn(senders, clients, path)  # warm: pools, caches, compiled statements
        for _ in range(TURNS):
            for path, seen in rates.items():
                seen.append(_turn(senders, clients, path))
    measured, yardstick = (statistics.median(seen) for seen in rates.values())
    return row(name, measured, yardstick, ">= 0.3", "requests/s")


def _compare_queue(world: World, rider: Rider) -> dict[str, Any]:
    with _served(world) as port:
        client = Client(port, rider, 0)
        rates: dict[int, list[float]] = {1: [], QUEUE: []}
        for at_once in rates:
            client.send_queue(at_once)  # warm
        for _ in range(QUEUE_TURNS):
            for at_once, seen in rates.items():
                started = time.perf_counter()
                requests = REQUESTS_A_TURN if at_once == 1 else 1
                for _ in range(requests):
                    client.send_queue(at_once)
                seen.append(requests * at_once / (time.perf_counter() - started))
    one_by_one, queued = (statistics.median(seen) for seen in rates.values())
    name = f"log {QUEUE} activities in one request, beside one by one"
    return row(name, queued, one_by_one, ">= 5", "activities/s")


def _turn(senders: ThreadPoolExecutor, clients: list[Client], path: str) -> float:
    started = time.perf_counter()
    list(senders.map(lambda client: client.send(path, REQUESTS_A_TURN // CONNECTIONS), clients))
    return REQUESTS_A_TURN / (time.perf_counter() - started)


class Client:
    """One kept-alive connection of one rider; every request has a key and a client id of its own."""

    def __init__(self, port: int, rider: Rider, number: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port)
        self._rider, self._name, self._sent = rider, f"{secrets.token_hex(4)}-{number}", 0

    def send(self, path: str, times: int) -> None:
        for _ in range(times):
            body = self._ride()
            self._post(path, body, body["client_id"], 201)

    def send_queue(self, at_once: int) -> None:
        """So many rides: one as an activity, several as a queue."""
        if at_once == 1:
            self.send("/v1/activities", 1)
            return
        items = [self._ride() for _ in range(at_once)]
        self._post("/v1/activities/batch", {"items": items}, items[0]["client_id"], 200)

    def _ride(self) -> dict[str, Any]:
        self._sent += 1
        return {
            "methodology": TRIP,
            "occurred_at": (clock.now() - APART * (self._sent % OVER)).isoformat(),
            "inputs": {"mode": "metro", "distance": {"value": "0.5", "unit": "km"}},
            "client_id": f"{self._name}-{self._sent}",
        }

    def _post(self, path: str, body: dict[str, Any], key: str, status: int) -> None:
        headers = {
            "Authorization": f"Bearer {self._rider.token}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        self._connection.request("POST", path, json.dumps(body), headers)
        answer = self._connection.getresponse()
        seen = answer.read()
        if answer.status != status:
            raise RuntimeError(f"{path} answered {answer.status}: {seen[:300]!r}")


def _prepare(world: World) -> list[Rider]:
    def work(session: Any) -> list[Rider]:
        methodology.adopt_library(session, "usr_reviewer")
        return [_rider(session) for _ in range(CONNECTIONS)]

    with world.app.app_context():
        riders = transactions.in_transaction(work)
        transactions.in_transaction(
            lambda session: session.execute(text("CREATE TABLE yardstick (id text, body text)"))
        )
    world.disconnect()
    return riders


def _rider(session: Any) -> Rider:
    user_id = accounts.create_user(session, is_guest=False)
    profiles.change_profile(session, user_id, {"region": "CN-BJ", "zone": "Asia/Shanghai"})
    return Rider(accounts.open_session(session, user_id, "password", None).access_token)


@contextmanager
def _served(world: World) -> Iterator[int]:
    """The port of a granian process that serves both routes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "benchmarks._application:application",
        "--port", str(port), "--blocking-threads", str(CONNECTIONS), "--no-ws", "--log-level", "warning",
    ]  # fmt: skip
    environ = test_environ(world.settings.var_dir) | world.place.environ | {"CARBON_RATE_LIMITS": "false"}
    log = world.settings.var_dir / "granian.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=os.environ | environ, stdout=output, stderr=subprocess.STDOUT)
    try:
        wait_until_ready(process, lambda: _answers(port), log)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _answers(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
