"""Bodies that never arrive keep threads of the real server, but not the one that answers for its health."""

from __future__ import annotations

import http.client
import select
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager

from config import environment_with
from tests.house.source import ROOT
from tests.servers.process import end, wait_until_ready
from tests.worlds import test_environ as environ_of_tests

SERVER = """
import sys
from backend.app import web_server
web_server.THREADS_WITHOUT_BODY = int(sys.argv.pop(1))
web_server.main()
"""
THREADS, SLOW = 3, 12
HEAD = b"POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"


@contextmanager
def serving(folder, *, without_body):
    """The port of the web server as production starts it, on a database of its own that is not there yet."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / "server.log"
    command = [sys.executable, "-c", SERVER, str(without_body), "--port", str(port), "--threads", str(THREADS)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=output, stderr=output, start_new_session=True,
            env=environment_with(environ_of_tests(folder)),
        )  # fmt: skip
    try:
        wait_until_ready(process, lambda: health(port, 1) == 200, log, 90)
        yield port
    finally:
        end(process, signal.SIGTERM, 60)


def health(port, patience_s):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience_s)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    finally:
        connection.close()


def health_beside_slow_bodies(folder, *, without_body):
    """What questions after health were answered while bodies hang, and what those who sent these were told."""
    with serving(folder, without_body=without_body) as port, ExitStack() as slow:
        sockets = [slow.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30)) for _ in range(SLOW)]
        for one in sockets:
            one.sendall(HEAD)
        told = []
        while len(told) < SLOW - THREADS + without_body and (ready := select.select(sockets, [], [], 3)[0]):
            told += [one.recv(4096) for one in ready]
            sockets = [one for one in sockets if one not in ready]
        return [health(port, 3) for _ in range(3)], told


def test_slow_bodies_do_not_stop_the_probe_of_health(tmp_path) -> None:
    found, told = health_beside_slow_bodies(tmp_path, without_body=1)
    assert found == [200] * 3
    assert len(told) == SLOW - THREADS + 1
    for answer in told:
        lines = {line.lower() for line in answer.splitlines()}
        assert answer.startswith(b"HTTP/1.1 503")
        assert {b"retry-after: 1", b"connection: close", b"content-type: application/problem+json"} <= lines


def test_control_where_every_thread_may_wait_for_a_body_nobody_answers_for_health(tmp_path) -> None:
    found, told = health_beside_slow_bodies(tmp_path, without_body=0)
    assert (found, told) == (["TimeoutError"] * 3, [])
