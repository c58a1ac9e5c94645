"""SIGTERM under load: whoever sent a request gets an answer; whoever comes later is refused before sending one."""

from __future__ import annotations

import errno
import http.client
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from backend.app.web_server import refuse_waiting
from tests.servers.process import end, wait_until_ready

CLIENTS = 64  # half of them keep their connection
ANSWERS_BEFORE = 500
TIMEOUT_S = 20
STOPS_WITHIN_S = 15


class Clients:
    """Many clients that ask until nobody listens any more, and what became of their requests."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.outcomes: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.are_busy = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(n % 2 == 0,)) for n in range(CLIENTS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join()

    def _ask(self, keeps: bool) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT_S)
        while True:
            try:
                if connection.sock is None:
                    connection.connect()
            except OSError as error:
                self._note("refused" if error.errno == errno.ECONNREFUSED else "reset")
                return
            self._note(exchange(connection, keeps))

    def _note(self, outcome: str) -> None:
        with self._lock:
            self.outcomes[outcome] += 1
            if self.outcomes["answered"] >= ANSWERS_BEFORE:
                self.are_busy.set()


def exchange(connection: http.client.HTTPConnection, keeps: bool) -> str:
    """Send one request; what became of it."""
    try:
        connection.request("POST", "/", b"x" * 100, {} if keeps else {"Connection": "close"})
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        connection.close()
        return "reset"
    refused_well = answer.status == 503 and answer.headers["Retry-After"] and answer.headers["Connection"] == "close"
    return "answered" if answer.status == 200 else "turned away" if refused_well else f"status {answer.status}"


@pytest.fixture
def stop_under_load(tmp_path: Path) -> Callable[[str], Counter[str]]:
    """`stop_under_load("ours")`: start a server, overrun it, SIGTERM it, and count what became of the requests."""

    def play(kind: str) -> Counter[str]:
        port = free_port()
        log = tmp_path / "server.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.stopped_server", kind, str(port)],
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        clients = Clients(port)
        try:
            wait_until_ready(process, lambda: is_listening(port), log)
            clients.start()
            assert clients.are_busy.wait(TIMEOUT_S)
            process.send_signal(signal.SIGTERM)
            assert process.wait(STOPS_WITHIN_S) == 0
        finally:
            end(process, signal.SIGKILL, STOPS_WITHIN_S)
        clients.join()
        return clients.outcomes

    return play


def test_a_stop_under_load_resets_no_request(stop_under_load, counts):
    total: Counter[str] = Counter()
    for _ in range(counts(small=3, long=20)):
        total += stop_under_load("ours")
    assert total.keys() <= {"answered", "turned away", "refused"}, total
    assert total["refused"] >= CLIENTS
    assert total["answered"] >= 3 * ANSWERS_BEFORE


def test_control_granian_alone_resets_whoever_waits(stop_under_load):
    assert stop_under_load("granian")["reset"] > 0


def test_whoever_waits_in_the_queue_is_told_when_to_come_again():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        connections = [http.client.HTTPConnection(*listener.getsockname(), timeout=TIMEOUT_S) for _ in range(5)]
        for connection in connections:
            connection.request("POST", "/", b"x" * 100_000)
        refuse_waiting(listener)
        for connection in connections:
            answer = connection.getresponse()
            assert (answer.status, answer.headers["Retry-After"], answer.headers["Connection"]) == (503, "1", "close")
            assert b"restarting" in answer.read()
            connection.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def is_listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
