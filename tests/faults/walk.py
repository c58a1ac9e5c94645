"""Walking through every moment at which a fault can strike.

One try: a fresh database, a fresh worker, one armed fault, and a client that retries with its key, restarting the
worker when it is dead, as an operator's supervisor would. Afterwards every invariant must hold.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.faults.fault import Fault
from tests.faults.proxy import Proxy
from tests.faults.workers import Workers

PATIENCE = 8  # tries of one request; one fault costs one or two
TIMEOUT_S = 10
LONGEST_WALK = 2000


@dataclass(frozen=True)
class Reply:
    """What the client was finally told."""

    status: int
    body: Any


class GaveUp(AssertionError):
    """The request was not answered although nothing was wrong any more."""


class Caller:
    """A client that never gives up early: connection lost or 5xx means again, with the same key and body."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self.retries = 0

    def post(self, path: str, body: Any, headers: Mapping[str, str] | None = None) -> Reply:
        """POST JSON until an answer below 500 arrives."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self._insist("POST", path, raw, {"Content-Type": "application/json", **(headers or {})})

    def put(self, path: str, body: Any, headers: Mapping[str, str] | None = None) -> Reply:
        """PUT JSON until an answer below 500 arrives."""
        return self._insist(
            "PUT", path, json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})}
        )

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Reply:
        """GET until an answer below 500 arrives."""
        return self._insist("GET", path, None, dict(headers or {}))

    def _insist(self, method: str, path: str, raw: bytes | None, headers: dict[str, str]) -> Reply:
        last: object = None
        for attempt in range(PATIENCE):
            self.retries += attempt > 0
            if not self._workers.is_alive:
                self._workers.start()
            try:
                reply = self._once(method, path, raw, headers)
            except (OSError, http.client.HTTPException) as lost:
                last = lost
                continue
            if reply.status < 500:
                return reply
            last = reply
        raise GaveUp(f"{method} {path}: {last}")

    def _once(self, method: str, path: str, raw: bytes | None, headers: dict[str, str]) -> Reply:
        address = urlsplit(self._workers.url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=TIMEOUT_S)
        try:
            connection.request(method, path, raw, {**headers, "Connection": "close"})
            answer = connection.getresponse()
            text = answer.read()
            return Reply(answer.status, json.loads(text) if text else None)
        finally:
            connection.close()


@dataclass(frozen=True)
class Stage:
    """Everything one try needs: `fresh()` makes the database as new, `check()` asserts every invariant."""

    proxy: Proxy
    workers: Workers
    fresh: Callable[[], None]
    check: Callable[[], None]

    def play(self, story: Callable[[Caller], None], fault: Fault | None) -> int:
        """Play `story` once with `fault`; return how many messages were seen of those that it counts."""
        self.workers.kill()
        self.fresh()
        self.workers.start()
        self.proxy.arm(fault)
        story(Caller(self.workers))
        self.workers.kill()
        self.check()
        return self.proxy.seen

    def walk(
        self, story: Callable[[Caller], None], fault: Callable[[int], Fault], tries: int | None = None
    ) -> list[int]:
        """Play `story` with the fault at every number until it runs undisturbed; return the numbers that struck.

        With `tries`, only that many numbers, those around the commits before others.
        """
        self._rehearse(story)
        numbers = self._choose(story, fault, tries) if tries else range(1, LONGEST_WALK)
        struck = []
        for number in numbers:
            self.play(story, fault(number))
            if not self.proxy.fired:
                break
            struck.append(number)
        print(f"{story.__name__}: {fault.__name__} at {len(struck)} moments")  # noqa: T201  # what a long run came to
        return struck

    def _rehearse(self, story: Callable[[Caller], None]) -> None:
        """Play `story` undisturbed in the process that forks workers, once: no fork has statements to compile then."""
        if story.__qualname__ in self.workers.rehearsed:
            return
        self.workers.rehearsed.add(story.__qualname__)
        self.fresh()
        self.proxy.arm(None)
        with self.workers.rehearsal():
            story(Caller(self.workers))

    def _choose(self, story: Callable[[Caller], None], fault: Callable[[int], Fault], tries: int) -> Sequence[int]:
        # a fault too far away to strike only counts what it would count
        total = self.play(story, fault(LONGEST_WALK))
        return choose_moments(total, self.proxy.commits, tries)


def choose_moments(total: int, commits: Sequence[int], tries: int) -> list[int]:
    """At most `tries` of the numbers 1 … `total`: the first, the last, and each commit with the message after it.

    What is careless shows between two transactions: one is committed and the next has not begun. Where there are more
    such moments than tries, they are spread evenly; where there are fewer, other moments are spread among them.
    """
    around = {1, total} | {number for commit in commits for number in (commit, commit + 1) if number <= total}
    if len(around) < tries:
        around |= set(_spread(range(1, total + 1), tries))
    return _spread(sorted(around), tries)


def _spread(moments: Sequence[int], tries: int) -> list[int]:
    last = len(moments) - 1
    return sorted({moments[round(step * last / max(1, tries - 1))] for step in range(tries)})
