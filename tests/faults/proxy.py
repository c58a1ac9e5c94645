"""A proxy on loopback between workers and PostgreSQL that injects one fault at one message.

Two threads per connection carry bytes; every frontend message is counted under one lock, so a number means one
message of one try, whichever connection it travels on.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.faults.carrier import CHUNK, Carrier, hang_up, serving
from tests.faults.fault import Effect, Fault
from tests.faults.messages import ASKS_FOR_AN_ANSWER, READY, STARTUP, TERMINATE, Message, Reader


class Proxy:
    """Carries every connection to PostgreSQL's unix socket; `arm` says what goes wrong next."""

    def __init__(self, server_socket: Path) -> None:
        self.carrier = Carrier(server_socket, lambda client, server: _Carried(self, client, server).run())
        self.kill_worker: Callable[[], None] = lambda: None
        self._lock = threading.Lock()
        self._fault: Fault | None = None
        self.seen = 0  # messages that the armed fault counts
        self.commits: list[int] = []  # how many of them were seen as each commit was performed
        self._commits_next = False
        self.fired = False

    @property
    def port(self) -> int:
        return self.carrier.port

    def arm(self, fault: Fault | None) -> None:
        """Count from one again and let `fault` happen once; None disturbs nothing."""
        with self._lock:
            self._fault, self.seen, self.fired, self.commits = fault, 0, False, []

    def due(self, message: Message) -> Fault | None:
        """Count `message`; the armed fault when this is its moment."""
        with self._lock:
            if message.kind in (STARTUP, TERMINATE):
                return None
            counts = self._fault is None or self._fault.counts(message)
            self.seen += counts
            self._note_commit(message)
            if not counts or self._fault is None or self.fired or self.seen != self._fault.number:
                return None
            self.fired = True
            return self._fault

    def _note_commit(self, message: Message) -> None:
        """A commit is performed at the message with which the client asks for the answer to it."""
        self._commits_next |= message.is_commit
        if self._commits_next and message.kind in ASKS_FOR_AN_ANSWER:
            self.commits.append(self.seen)
            self._commits_next = False


class _Carried:
    """One client connection and its twin to the server."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy, self._client, self._server = proxy, client, server
        self._after: Effect | None = None  # set while the server performs what nobody will hear of

    def run(self) -> None:
        backwards = threading.Thread(target=self._carry_answers, daemon=True)
        backwards.start()
        with suppress(OSError):
            self._carry_messages()
        hang_up(self._client, self._server)
        backwards.join()

    def _carry_messages(self) -> None:
        reader = Reader(expects_startup=True)
        while chunk := self._client.recv(CHUNK):
            for message in reader.feed(chunk):
                fault = self._proxy.due(message)
                if fault is None:
                    self._server.sendall(message.raw)
                elif not self._inject(fault, message):
                    return

    def _inject(self, fault: Fault, message: Message) -> bool:
        """Let `fault` happen at `message`; return whether the connection goes on."""
        if fault.effect is Effect.KILL_BEFORE:
            self._proxy.kill_worker()
            return False
        if fault.effect is Effect.CUT_BEFORE:
            return False
        if fault.effect is Effect.DELAY:
            time.sleep(fault.seconds)
        else:
            self._after = fault.effect
        self._server.sendall(message.raw)
        return True

    def _carry_answers(self) -> None:
        reader = Reader(expects_startup=False)
        with suppress(OSError):
            while chunk := self._server.recv(CHUNK):
                for answer in reader.feed(chunk):
                    if self._after is None:
                        self._client.sendall(answer.raw)
                    elif answer.kind == READY:
                        self._lose_the_answer(self._after)
                        return
        hang_up(self._client, self._server)

    def _lose_the_answer(self, effect: Effect) -> None:
        if effect is Effect.KILL_AFTER:
            self._proxy.kill_worker()
        hang_up(self._client, self._server)


@contextmanager
def proxied(server_socket: Path) -> Iterator[Proxy]:
    """A running proxy; it is gone afterwards."""
    proxy = Proxy(server_socket)
    with serving(proxy.carrier):
        yield proxy
