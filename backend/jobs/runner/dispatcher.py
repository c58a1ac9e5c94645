"""The outbox's workers in a running process: a few threads for each lane, so that no lane waits for another.

One thread looks, twice a second, in which lanes something is ready, and wakes a worker there. A worker that has found
something wakes the next one before it begins, up to the lane's number, and goes on until its lane is empty. So an idle
process asks one question at a time, and a lane whose remote system has stopped answering holds its own few threads.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import structlog
from flask import Flask

from backend.jobs.runner.dispatch import handle_batch, list_lanes, take_batch
from backend.platform.core import context
from backend.platform.data.transactions import in_transaction
from backend.platform.ops.outbox import LOCAL

POLL_EVERY_S = 0.5

_log = structlog.get_logger("outbox")


class Dispatcher:
    """Hands out the rows of the outbox from `start` until `stop`."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._stopping = threading.Event()
        self._lanes: dict[str, _LaneWorkers] = {}
        self._poller = threading.Thread(target=self._poll, name="outbox", daemon=True)

    def start(self) -> None:
        """Begin to look for rows."""
        self._poller.start()

    def stop(self) -> None:
        """Take no more rows, and come back when what was taken is handled."""
        self._stopping.set()
        self._poller.join()
        for workers in self._lanes.values():
            workers.stop()

    def _poll(self) -> None:
        with self._app.app_context():
            while not self._stopping.is_set():
                try:
                    for lane in in_transaction(list_lanes, read_only=True):
                        self._workers_of(lane).wake()
                except Exception as error:  # the database may be away for a while; the next look tries again
                    _log.error("the outbox cannot be read", exc_info=error)
                self._stopping.wait(POLL_EVERY_S)

    def _workers_of(self, lane: str) -> _LaneWorkers:
        if lane not in self._lanes:
            # the order of a person's rows needs no single worker; our own database just gains nothing from more
            count = 1 if lane == LOCAL else context.policy().jobs.deliveries_at_once
            self._lanes[lane] = _LaneWorkers(self._app, lane, count, self._stopping)
        return self._lanes[lane]


class _LaneWorkers:
    """At most `count` threads that handle the rows of one lane; none while it is empty."""

    def __init__(self, app: Flask, lane: str, count: int, stopping: threading.Event) -> None:
        self._app, self._lane, self._count, self._stopping = app, lane, count, stopping
        self._pool = ThreadPoolExecutor(count, thread_name_prefix=f"outbox {lane}")
        self._lock = threading.Lock()
        self._busy = 0

    def wake(self) -> None:
        """Let one more worker look, unless all are busy."""
        with self._lock:
            if self._busy == self._count or self._stopping.is_set():
                return
            self._busy += 1
        self._pool.submit(self._work)

    def stop(self) -> None:
        """Wait until every worker is done with what it has taken."""
        self._pool.shutdown(wait=True)

    def _work(self) -> None:
        try:
            with self._app.app_context():
                while not self._stopping.is_set() and (batch := take_batch(self._lane)):
                    self.wake()
                    handle_batch(self._app, batch)
        except Exception as error:  # what was taken comes back when its lease is over
            _log.error("a worker of the outbox failed", lane=self._lane, exc_info=error)
        finally:
            with self._lock:
                self._busy -= 1
