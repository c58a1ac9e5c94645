"""The benchmarks' client reads answers as they are sent, byte by byte or at once, and says what is none."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from benchmarks.http_client import Answer, ConnectionLost, HttpClient, NotHttp, cut_answer, request_bytes

OF_LENGTH = b'HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{"a":1}'
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b'4\r\n{"a"\r\n3;name=value\r\n:1}\r\n0\r\n\r\n'
)  # fmt: skip
REFUSED = b"HTTP/1.1 422 Unprocessable Entity\r\ncontent-length:  2 \r\n\r\n{}"
WITHOUT_BODY = b"HTTP/1.1 204 No Content\r\n\r\n"


@pytest.mark.parametrize(
    "sent, answer",
    [
        (OF_LENGTH, Answer(201, b'{"a":1}')),
        (CHUNKED, Answer(200, b'{"a":1}')),
        (REFUSED, Answer(422, b"{}")),
        (WITHOUT_BODY, Answer(204, b"")),
    ],
)
def test_an_answer_is_whole_at_its_last_byte_and_not_before(sent, answer):
    buffer = bytearray()
    for byte in sent[:-1]:
        buffer.append(byte)
        assert cut_answer(buffer) is None
    buffer.append(sent[-1])
    assert cut_answer(buffer) == answer
    assert buffer == b""


def test_what_follows_an_answer_stays_in_the_buffer():
    buffer = bytearray(CHUNKED + OF_LENGTH)
    assert [cut_answer(buffer), cut_answer(buffer), cut_answer(buffer)] == [
        Answer(200, b'{"a":1}'),
        Answer(201, b'{"a":1}'),
        None,
    ]


def test_a_header_inside_the_body_is_no_header():
    body = b"\r\ncontent-length: 99\r\ntransfer-encoding: chunked\r\n"
    sent = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)
    assert cut_answer(bytearray(sent)) == Answer(200, body)


@pytest.mark.parametrize(
    "sent",
    [
        b"HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 twohundred\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc\r\n",
    ],
)
def test_what_is_no_answer_on_an_open_connection_is_said(sent):
    with pytest.raises(NotHttp):
        cut_answer(bytearray(sent))


def test_a_request_carries_its_length_and_its_headers():
    head, _, body = request_bytes("/rows", b'{"a":"\xc3\xa9"}', {"Idempotency-Key": "one"}).partition(b"\r\n\r\n")
    assert head.split(b"\r\n")[0] == b"POST /rows HTTP/1.1"
    assert {b"Idempotency-Key: one", b"Content-Length: 10"} <= set(head.split(b"\r\n"))
    assert body == b'{"a":"\xc3\xa9"}'


def test_every_connection_gets_its_answers_in_order_whether_refused_or_not():
    with _server({b"1": OF_LENGTH, b"2": REFUSED, b"3": CHUNKED}) as port, HttpClient() as client:
        client.connect(port, 3)
        sent = client.send([[b"1", b"2", b"3", b"1"], [], [b"2"]])
        again = client.send([[b"3"]])
    assert [[answer.status for answer in answers] for answers in sent.answers] == [[201, 422, 200, 201], [], [422]]
    assert sent.requests == 5
    assert sent.seconds > 0
    assert [answer.body for answer in again.answers[0]] == [b'{"a":1}']


def test_what_goes_wrong_in_the_clients_process_is_raised_here():
    with _server({b"1": OF_LENGTH, b"2": OF_LENGTH[:-1], b"3": OF_LENGTH * 2}) as port, HttpClient() as client:
        client.connect(port, 1)
        with pytest.raises(ConnectionLost, match="after 1 answers"):
            client.send([[b"1", b"2"]])
        client.connect(port, 1)
        with pytest.raises(NotHttp, match="more than was asked for"):
            client.send([[b"3"]])
        with pytest.raises(ValueError, match="2 streams"):
            client.send([[b"1"], [b"1"]])


@contextmanager
def _server(answers: dict[bytes, bytes]) -> Iterator[int]:
    """A port that answers each one-byte request as told, and hangs up where the answer is not all it promised."""

    def serve(connection: socket.socket) -> None:
        with connection:
            while asked := connection.recv(1):
                connection.sendall(answers[asked])
                if answers[asked] == OF_LENGTH[:-1]:
                    return

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()
