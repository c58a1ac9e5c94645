"""An HTTP/1.1 client that costs next to nothing, in a process of its own.

    with HttpClient() as client:
        client.connect(port, connections=16)
        sent = client.send([[b"POST /v1/activities HTTP/1.1…", …], …])   # one list of whole requests a connection

Requests are bytes made beforehand, sockets are raw and kept alive, an answer is cut out by its status and length and
looked at only after the time was taken: so what is measured is the server. Each connection sends its next request when
the last one was answered. Standard library only, so that the process starts fast and holds nothing else.
"""

from __future__ import annotations

import gc
import multiprocessing
import select
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import TracebackType
from typing import NamedTuple

CHUNK = 1 << 16
PATIENCE_S = 60.0  # for one answer, and for the process to end
HEAD_END = b"\r\n\r\n"
BODILESS = (204, 304)


class NotHttp(ValueError):
    """The server sent what is no answer of HTTP/1.1 that leaves the connection open."""


class ConnectionLost(ConnectionError):
    """The server hung up before it had answered, or answers no more."""


class Answer(NamedTuple):
    """Status and body of one answer."""

    status: int
    body: bytes


@dataclass(frozen=True)
class Sent:
    """What came of one `send`: the answers of each connection in order, and how long it took.

    `seconds` by the clock, `cpu_s` of them the client's own work on its processor.
    """

    answers: list[list[Answer]]
    seconds: float
    cpu_s: float

    @property
    def requests(self) -> int:
        return sum(map(len, self.answers))

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds


def request_bytes(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """A whole POST of a JSON body, ready to be sent on a connection that stays open."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def cut_answer(buffer: bytearray) -> Answer | None:
    """Take the first whole answer out of `buffer`; None while it is not all there, `NotHttp` where it cannot be one."""
    head_ends = buffer.find(HEAD_END)
    if head_ends < 0:
        return None
    # only what is needed is looked for: reading every header would cost as much as all the rest
    head = bytes(buffer[: head_ends + 2]).lower()
    status = _status(head)
    if b"\r\nconnection: close\r\n" in head:
        raise NotHttp(f"the server closes the connection after {status}")
    begins = head_ends + len(HEAD_END)
    if b"\r\ntransfer-encoding: chunked\r\n" in head:
        found = _chunked(buffer, begins)
        if found is None:
            return None
        body, ends = found
    else:
        ends = begins + (0 if status in BODILESS else _length(head))
        if len(buffer) < ends:
            return None
        body = bytes(buffer[begins:ends])
    del buffer[:ends]
    return Answer(status, body)


def _status(head: bytes) -> int:
    if not head.startswith(b"http/1.1 ") or not head[9:12].isdigit() or head[9:12] < b"200":
        raise NotHttp(f"no answer of HTTP/1.1: {head[:80]!r}")
    return int(head[9:12])


def _length(head: bytes) -> int:
    begins = head.find(b"\r\ncontent-length:")
    text = head[begins + 17 : head.find(b"\r\n", begins + 2)].strip() if begins >= 0 else b""
    if not text.isdigit():
        raise NotHttp(f"an answer of no known length: {head[:80]!r}")
    return int(text)


def _chunked(buffer: bytearray, begins: int) -> tuple[bytes, int] | None:
    """The chunks from `begins` joined, and where their end is; trailers are refused."""
    body = bytearray()
    while (line_ends := buffer.find(b"\r\n", begins)) >= 0:
        size_text = bytes(buffer[begins:line_ends]).partition(b";")[0].strip()
        try:
            size = int(size_text, 16)
        except ValueError:
            raise NotHttp(f"no size of a chunk: {size_text[:20]!r}") from None
        begins, ends = line_ends + 2, line_ends + 2 + size
        if len(buffer) < ends + 2:
            return None
        if buffer[ends : ends + 2] != b"\r\n":
            raise NotHttp("a chunk that does not end where it said")
        if size == 0:
            return bytes(body), ends + 2
        body += buffer[begins:ends]
        begins = ends + 2
    return None


def send_all(connections: Sequence[socket.socket], streams: Sequence[Sequence[bytes]]) -> Sent:
    """Send each stream on its connection, the next request when the last one is answered; return every answer."""
    lanes = [_Lane(connection, stream) for connection, stream in zip(connections, streams, strict=False) if stream]
    if len(streams) > len(connections):
        raise ValueError(f"{len(streams)} streams of requests for {len(connections)} connections")
    gc.disable()  # it would only look through the answers
    try:
        with select.epoll() as ready:
            by_number = {lane.connection.fileno(): lane for lane in lanes}
            for number in by_number:
                ready.register(number, select.EPOLLIN)
            began, cpu_began = time.perf_counter(), time.process_time()
            for lane in lanes:
                lane.send_next()
            left = len(lanes)
            while left:
                left -= sum(by_number[number].read() for number in _wait(ready))
            seconds, cpu_s = time.perf_counter() - began, time.process_time() - cpu_began
    finally:
        gc.enable()
    answered = iter(lanes)
    return Sent([next(answered).answers if stream else [] for stream in streams], seconds, cpu_s)


def _wait(ready: select.epoll) -> list[int]:
    events = ready.poll(PATIENCE_S)
    if not events:
        raise ConnectionLost(f"no answer within {PATIENCE_S:g} s")
    return [number for number, _ in events]


class _Lane:
    """One connection, what is to be sent on it and what was answered."""

    def __init__(self, connection: socket.socket, stream: Sequence[bytes]) -> None:
        self.connection, self.answers = connection, list[Answer]()
        self._stream, self._buffer = stream, bytearray()

    def send_next(self) -> None:
        self.connection.sendall(self._stream[len(self.answers)])

    def read(self) -> bool:
        """Read what has come and send what is next; return whether everything was answered."""
        chunk = self.connection.recv(CHUNK)
        if not chunk:
            raise ConnectionLost(f"the server hung up after {len(self.answers)} answers")
        self._buffer += chunk
        answer = cut_answer(self._buffer)
        if answer is None:
            return False
        if self._buffer:
            raise NotHttp(f"the server sent more than was asked for: {bytes(self._buffer[:80])!r}")
        self.answers.append(answer)
        if len(self.answers) == len(self._stream):
            return True
        self.send_next()
        return False


class HttpClient:
    """The client's process, driven from here: `connect`, then `send` as often as you like on the same connections."""

    def __init__(self) -> None:
        # spawned and not forked: the process must not carry along what this one has loaded
        context = multiprocessing.get_context("spawn")
        self._pipe, there = context.Pipe()
        self._process = context.Process(target=_serve, args=(there,), daemon=True)

    def __enter__(self) -> HttpClient:
        self._process.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._pipe.close()  # the process sees the end of its orders
        self._process.join(PATIENCE_S)

    def connect(self, port: int, connections: int) -> None:
        """Open so many connections to a port of this machine in the place of those of before."""
        self._ask(("connect", port, connections))

    def send(self, streams: Sequence[Sequence[bytes]]) -> Sent:
        """Send each list of requests on a connection of its own; raise what went wrong in the other process."""
        sent = self._ask(("send", streams))
        assert isinstance(sent, Sent)
        return sent

    def _ask(self, order: tuple[object, ...]) -> object:
        self._pipe.send(order)
        answer = self._pipe.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer


def _serve(pipe: Connection) -> None:
    """Carry out orders until the other end is closed."""
    connections: list[socket.socket] = []
    while True:
        try:
            what, *given = pipe.recv()
        except EOFError:
            return
        try:
            if what == "connect":
                for connection in connections:
                    connection.close()
                connections = _open(*given)
                pipe.send(None)
            else:
                pipe.send(send_all(connections, *given))
        except (OSError, ValueError) as error:
            pipe.send(error)


def _open(port: int, count: int) -> list[socket.socket]:
    opened = [socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) for _ in range(count)]
    for connection in opened:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return opened
