"""Counting what a server asks of PostgreSQL: a proxy between them that reads along.

A statement is what PostgreSQL is told to execute, BEGIN and COMMIT among them. A round trip begins when a connection
that owes no answer is asked something, and ends when PostgreSQL says that it is ready again: so a pipeline of twenty
statements is one. Used beside the timed rounds and never in them.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.faults.carrier import CHUNK, Carrier, hang_up, serving
from tests.faults.messages import ASKS_FOR_AN_ANSWER, READY, SIMPLE_QUERY, STARTUP, TERMINATE, Reader

EXECUTE = "E"


@dataclass(frozen=True)
class Traffic:
    """How many statements and round trips there were."""

    statements: float = 0
    round_trips: float = 0

    def __sub__(self, earlier: Traffic) -> Traffic:
        return Traffic(self.statements - earlier.statements, self.round_trips - earlier.round_trips)

    def per(self, requests: int) -> Traffic:
        """The mean of so many requests."""
        return Traffic(self.statements / requests, self.round_trips / requests)


class TrafficCounter:
    """Carries every connection to PostgreSQL's unix socket and counts what crosses."""

    def __init__(self, server_socket: Path) -> None:
        self.carrier = Carrier(server_socket, lambda client, server: _Carried(self, client, server).run())
        self._lock = threading.Lock()
        self._seen = Traffic()

    @property
    def port(self) -> int:
        return self.carrier.port

    @property
    def seen(self) -> Traffic:
        """Everything counted so far, over all connections."""
        return self._seen

    def count(self, statements: int, round_trips: int) -> None:
        with self._lock:
            seen = self._seen
            self._seen = Traffic(seen.statements + statements, seen.round_trips + round_trips)


class Conversation:
    """The counting of one connection: feed it what the client sends and what the server sends."""

    def __init__(self, counter: TrafficCounter) -> None:
        self._counter = counter
        self._asked, self._answers = Reader(expects_startup=True), Reader(expects_startup=False)
        self._lock = threading.Lock()
        self._owed = 1  # times that the server has yet to say it is ready; signing in is the first
        self._is_asking = False  # something was sent that no sync has followed yet

    def hear_client(self, chunk: bytes) -> None:
        """Count what a client's bytes complete."""
        for message in self._asked.feed(chunk):
            if message.kind in (STARTUP, TERMINATE):
                continue
            with self._lock:
                begins = self._owed == 0 and not self._is_asking
                self._is_asking = message.kind not in ASKS_FOR_AN_ANSWER
                self._owed += message.kind in ASKS_FOR_AN_ANSWER
            self._counter.count(message.kind in (EXECUTE, SIMPLE_QUERY), begins)

    def hear_server(self, chunk: bytes) -> None:
        """Take note of each time that the server is ready again."""
        ready = sum(message.kind == READY for message in self._answers.feed(chunk))
        with self._lock:
            self._owed -= ready


class _Carried:
    """One client connection and its twin to the server."""

    def __init__(self, counter: TrafficCounter, client: socket.socket, server: socket.socket) -> None:
        self._client, self._server = client, server
        self._conversation = Conversation(counter)

    def run(self) -> None:
        backwards = threading.Thread(target=self._carry_answers, daemon=True)
        backwards.start()
        with suppress(OSError):
            while chunk := self._client.recv(CHUNK):
                self._conversation.hear_client(chunk)  # before it is sent: the answer must find it counted
                self._server.sendall(chunk)
        hang_up(self._client, self._server)
        backwards.join()

    def _carry_answers(self) -> None:
        with suppress(OSError):
            while chunk := self._server.recv(CHUNK):
                self._conversation.hear_server(chunk)
                self._client.sendall(chunk)
        hang_up(self._client, self._server)


@contextmanager
def counted(server_socket: Path) -> Iterator[TrafficCounter]:
    """A running counter before the PostgreSQL behind `server_socket`; it is gone afterwards."""
    counter = TrafficCounter(server_socket)
    with serving(counter.carrier):
        yield counter
