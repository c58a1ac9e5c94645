"""A refusal that was sent before its request's body was read does not break the next request of the connection."""

from __future__ import annotations

import http.client
import io
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager

import pytest
from werkzeug.test import Client

from backend.platform.web.unread_bodies import MOST_BYTES, read_unread
from tests.servers.process import end, wait_until_ready

SERVER = """
import sys
from backend.app import web_server
if sys.argv[1] == "bare":
    web_server.read_unread = lambda application: application
web_server.WebServer("tests.backend.platform.web.refuser:refuse", "127.0.0.1", int(sys.argv[2]), factory=False).run()
"""
SIZES = (10, 100_000, 1_000_000, 5_000_000, 12_000_000)
ROUNDS = 9


@contextmanager
def serving(server, folder):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / f"{server}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVER, server, str(port)], stdout=output, stderr=output, start_new_session=True
        )
    try:
        wait_until_ready(process, lambda: is_listening(port), log)
        yield port
    finally:
        end(process, signal.SIGTERM, 15)


def is_listening(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def ask_twice(port, size):
    """The statuses of a refused request with a body and of the next one on the connection, or what broke."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    statuses = []
    try:
        for body in (b"x" * size, b""):
            connection.request("POST", "/", body)
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    finally:
        connection.close()
    return tuple(statuses)


def outcomes(server, folder):
    with serving(server, folder) as port:
        return {size: {ask_twice(port, size) for _ in range(ROUNDS)} for size in SIZES}


def test_the_request_after_a_refusal_is_answered(tmp_path) -> None:
    assert outcomes("whole", tmp_path) == {size: {(401, 401)} for size in SIZES}


def test_who_announces_a_body_and_sends_none_is_answered_and_holds_up_nobody(tmp_path) -> None:
    with serving("whole", tmp_path) as port, ExitStack() as silent:
        head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
        sockets = [silent.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20)) for _ in range(6)]
        for one in sockets:
            one.sendall(head)
        assert ask_twice(port, 10) == (401, 401)
        answers = [one.recv(4096) for one in sockets]
    assert all(answer.startswith(b"HTTP/1.1 401") and b"close" in answer.lower() for answer in answers)


def test_control_where_nobody_reads_the_rest_the_next_request_breaks(tmp_path) -> None:
    found = outcomes("bare", tmp_path)
    assert set().union(*found.values()) != {(401, 401)}


def test_a_refusal_of_the_application_leaves_nothing_unread(app) -> None:
    body = io.BytesIO(b"x" * 300_000)
    client = Client(read_unread(app.wsgi_app))
    answer = client.post("/v1/activities", input_stream=body, content_length=300_000)
    assert answer.status_code == 401
    assert body.tell() == 300_000
    assert "Connection" not in answer.headers


@pytest.mark.parametrize(
    "environ",
    [
        {"CONTENT_LENGTH": str(MOST_BYTES + 1)},
        {"HTTP_TRANSFER_ENCODING": "chunked"},  # from a server that does not say where the body ends
        {"CONTENT_LENGTH": "10", "HTTP_EXPECT": "100-continue"},
    ],
    ids=["more than is read", "of no known length", "not sent yet"],
)
def test_a_body_that_is_not_read_ends_the_connection(environ) -> None:
    body = io.BytesIO(b"x" * 100)
    headers = []
    refuse = read_unread(lambda _environ, start: start("401 Unauthorized", []) or [b""])
    refuse({"wsgi.input": body, **environ}, lambda _status, given: headers.extend(given))
    assert headers == [("Connection", "close")]
    assert body.tell() == 0
