"""granian that turns nobody away without a word: told to stop, it answers or refuses whoever has connected.

    python -m backend.app.web_server --workers 4 --threads 8

granian alone closes its listening socket while connections wait in the kernel's queue, which resets them, and closes
connections that are kept alive while their next request may be on its way. Here the first process owns the listening
socket; its workers accept from it. Told to stop it (1) lets no new connection begin, (2) lets the workers answer with
`Connection: close` until nobody is connected or `GRACE_S` have passed, (3) answers 503 to whoever still waits in the
queue, (4) stops the workers, (5) closes the socket: from then on connections are refused before a byte was sent.
"""

from __future__ import annotations

import argparse
import ctypes
import errno
import mmap
import multiprocessing
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from granian._granian import SocketHolder
from granian._internal import load_target
from granian.constants import Interfaces
from granian.server.mp import MPServer

from backend.platform.web.unread_bodies import read_unread

BACKLOG = 1024
GRACE_S = (
    10.0  # assumed: longer than a client pauses between two requests, shorter than supervisors wait before SIGKILL
)
PATIENCE_S = 30  # assumed: what still runs then is stopped; the database ends statements earlier
POLL_S = 0.02
READ_S = 0.5  # how long whoever is refused may take to finish sending
REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\n"
    b"Content-Type: application/problem+json\r\nContent-Length: 50\r\n\r\n"
    b'{"status":503,"title":"The server is restarting."}'
)

# Linux, socket(7): a classic BPF program on the listening socket; `tcp` at offset 13 holds the flags, SYN is 2.
# Segments that begin a connection are dropped, so that the kernel of the client tries again; others pass.
DROP_NEW_CONNECTIONS = ((0x30, 0, 0, 13), (0x45, 0, 1, 0x02), (0x06, 0, 0, 0), (0x06, 0, 0, 0xFFFFFFFF))
THREADS_WITHOUT_BODY = 1  # of each worker never wait for a body: they answer whoever asks for health
SO_ATTACH_FILTER = 26
M_MMAP_THRESHOLD = -3  # mallopt(3)
MAPPED_BYTES = 256 * 1024
ESTABLISHED = "01"


class PortTaken(Exception):
    """Another server listens where this one should; the message says so, and what to do."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"Port {port} of {host} is taken: a server is running there already. Stop it, or choose another port."
        )


class WebServer(MPServer):
    """granian with the steps above; `target` is `module:name`. Outside of Linux steps 1 and 2 are left out."""

    def __init__(
        self, target: str, host: str, port: int, *, factory: bool, blocking_threads: int | None = None, **granian: Any
    ) -> None:
        super().__init__(
            target,
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            factory=factory,
            backlog=BACKLOG,
            log_access=False,
            websockets=False,
            workers_kill_timeout=PATIENCE_S,
            blocking_threads=blocking_threads,
            **granian,
        )
        self._threads = blocking_threads or 1
        self._draining = mmap.mmap(-1, 1)  # shared with the workers, which are forks
        self._listener: socket.socket | None = None
        self.on_shutdown(self._close)

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT; raise `PortTaken` beside another server, never serve beside it."""
        if sys.platform == "linux":
            multiprocessing.set_start_method("fork", force=True)
            give_memory_back()
        self.serve(target_loader=self._load, wrap_loader=False)

    def _load(self) -> Callable[..., Iterable[bytes]]:
        application: Any = load_target(self.target, wd=self.working_dir, factory=self.factory)
        return read_unread(say_goodbye(application, self._draining), max(1, self._threads - THREADS_WITHOUT_BODY))

    def _init_shared_socket(self) -> None:
        """Open the one listening socket; granian's own would be one per worker, closed with its queue."""
        self._listener = open_listener(self.bind_addr, self.bind_port)
        self._listener.setblocking(False)
        self._ssp = self._sso = None
        holder: Any = SocketHolder  # its stub names no arguments
        self._shd = holder(self._listener.fileno(), False, BACKLOG)

    def _drop_shared_socket(self) -> None:
        """Steps 1 to 3; granian calls this before it stops its workers."""
        assert self._listener is not None
        if sys.platform == "linux":
            drop_new_connections(self._listener)
            self._draining[0] = 1
            wait_until_left(self._listener.getsockname()[1], GRACE_S)
        refuse_waiting(self._listener)

    def _close(self) -> None:
        if self._listener is not None:
            refuse_waiting(self._listener)
            self._listener.close()


def give_memory_back() -> None:
    """Have what a large file took returned when it is done with, in this process and those forked from it.

    glibc would learn from the first one to keep as much for each thread: 318 MB after 32 hostile pictures, not 237.
    """
    with suppress(AttributeError, OSError):  # another C library
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES)


def open_listener(host: str, port: int) -> socket.socket:
    """A socket that listens at `host` and `port`; raise `PortTaken` when another does."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(host, port) from error
        raise


def say_goodbye(
    application: Callable[..., Iterable[bytes]], draining: mmap.mmap
) -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """`application`, whose answers end their connection once `draining[0]` is 1."""

    def goodbye(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *problem: Any) -> Any:
            if draining[0]:
                headers = [*headers, ("Connection", "close")]
            return start_response(status, headers, *problem)

        return application(environ, start)

    return goodbye


def drop_new_connections(listener: socket.socket) -> None:
    """Let no connection begin any more; those that have begun complete and can be accepted."""
    program = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *line) for line in DROP_NEW_CONNECTIONS))
    # struct sock_fprog: how many instructions, and where; the kernel copies them
    where = struct.pack("@HP", len(DROP_NEW_CONNECTIONS), ctypes.addressof(program))
    listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, where)


def wait_until_left(port: int, seconds: float) -> None:
    """Return when nobody is connected to `port`, twice in a row, or `seconds` have passed."""
    ends_at, quiet = time.monotonic() + seconds, 0
    while quiet < 2 and time.monotonic() < ends_at:
        time.sleep(POLL_S)
        quiet = 0 if count_connected(port) else quiet + 1


def count_connected(port: int) -> int:
    """How many connections to `port` of this machine are established, accepted or not. Source: proc(5), net/tcp."""
    own = f":{port:04X}"
    count = 0
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        with suppress(OSError):
            rows = [line.split(maxsplit=4) for line in table.read_text().splitlines()[1:]]
            count += sum(row[1].endswith(own) and row[3] == ESTABLISHED for row in rows)
    return count


def refuse_waiting(listener: socket.socket) -> None:
    """Answer 503 to every connection that waits in the queue; takes `READ_S` however many they are."""
    waiting = list(_accept_all(listener))
    for connection in waiting:
        with suppress(OSError):  # gone already
            connection.settimeout(READ_S)
            connection.sendall(REFUSAL)
            connection.shutdown(socket.SHUT_WR)
    ends_at = time.monotonic() + READ_S
    for connection in waiting:
        with connection, suppress(OSError):
            _read_rest(connection, ends_at)


def _accept_all(listener: socket.socket) -> Iterator[socket.socket]:
    with suppress(OSError):  # nobody waits any more
        while True:
            yield listener.accept()[0]


def _read_rest(connection: socket.socket, ends_at: float) -> None:
    """Read what is still being sent: closing with unread bytes would reset the answer away."""
    while (left := ends_at - time.monotonic()) > 0:
        connection.settimeout(left)
        if not connection.recv(65536):
            return
    connection.setblocking(False)
    while connection.recv(65536):
        pass


def main() -> None:
    """Serve `wsgi:app` as the arguments say; beside another server at its port say so and exit with 2."""
    parser = argparse.ArgumentParser(prog="python -m backend.app.web_server", description="Serve the application.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--threads", type=int, default=8, help="requests at once in each of them")
    chosen = parser.parse_args()
    server = WebServer(
        "wsgi:app", chosen.host, chosen.port, factory=False, workers=chosen.workers, blocking_threads=chosen.threads
    )
    try:
        server.run()
    except PortTaken as taken:
        parser.exit(2, f"{taken}\n")


if __name__ == "__main__":
    main()
