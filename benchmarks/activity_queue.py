"""A phone's queue in one request, beside the same activities one by one on the same connection.

Commits do not wait for the disk here: one by one there are five hundred times as many of them.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks import habits, population
from benchmarks.databases import Databases
from benchmarks.http_client import HttpClient
from benchmarks.measurement import Measurement, paired_row
from benchmarks.population import Written
from benchmarks.server import PRODUCT, served
from tests.worlds import postgresql_world

QUEUE, ONE_BY_ONE, TURNS = 500, 100, 5
# Nobody rides five hundred times at one moment: a queue of this size gathered over days offline.
APART, OVER = timedelta(minutes=9), 2000
RIDE = {"mode": "metro", "distance": {"value": "0.5", "unit": "km"}}


def run() -> list[Measurement]:
    """Activities per second, queued and one by one in turns."""
    with postgresql_world(durable=True) as world:
        [rider] = population.settle_in(world, 1, [])
        databases = Databases(world)
        databases.keep()
        databases.begin_again(synchronous=False)
        token, rides = population.token_of(world, rider), _rides()
        with HttpClient() as client, served(world, PRODUCT, workers=1) as server:
            client.connect(server.port, 1)
            _send_queue(client, token, rides, QUEUE)  # warm
            _send_singly(client, token, rides, ONE_BY_ONE)
            turns = [
                (_send_queue(client, token, rides, QUEUE), _send_singly(client, token, rides, ONE_BY_ONE))
                for _ in range(TURNS)
            ]
    return [paired_row(f"log {QUEUE} activities in one request, beside one by one", turns, ">= 5", "activities/s")]


def _rides() -> Iterator[dict[str, Any]]:
    """Short rides without end, each earlier than the one before until they begin again."""
    now = datetime.now(UTC)
    for number in itertools.count(1):
        yield {
            "methodology": habits.TRIP,
            "occurred_at": (now - APART * (number % OVER)).isoformat(),
            "inputs": RIDE,
            "client_id": f"ride-{number}",
        }


def _send_queue(client: HttpClient, token: str, rides: Iterator[dict[str, Any]], count: int) -> float:
    """Activities per second of one queue."""
    items = list(itertools.islice(rides, count))
    queue = Written({"items": items}, token, f"queue of {items[0]['client_id']}").to(population.QUEUE_ROUTE)
    sent = client.send([[queue]])
    [[answer]] = sent.answers
    outcomes = json.loads(answer.body).get("outcomes", ())
    if answer.status != 200 or {"invalid", "later", "duplicate"} & {one["outcome"] for one in outcomes}:
        raise RuntimeError(f"a queue answered {answer.status}: {answer.body[:300]!r}")
    return len(outcomes) / sent.seconds


def _send_singly(client: HttpClient, token: str, rides: Iterator[dict[str, Any]], count: int) -> float:
    """Activities per second, one request each."""
    written = [Written(ride, token, ride["client_id"]).to(population.ROUTE) for ride in itertools.islice(rides, count)]
    sent = client.send([written])
    for answer in sent.answers[0]:
        if answer.status != 201:
            raise RuntimeError(f"an activity answered {answer.status}: {answer.body[:300]!r}")
    return sent.rate
