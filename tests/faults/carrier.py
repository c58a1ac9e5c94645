"""Carrying connections between clients on loopback and PostgreSQL's unix socket: what each proxy here begins with."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

CHUNK = 1 << 16
Run = Callable[[socket.socket, socket.socket], None]


class Carrier:
    """Accepts on a loopback port; `carry(client, server)` runs for each connection in a thread of its own."""

    def __init__(self, server_socket: Path, carry: Run) -> None:
        self._server_socket, self._carry = server_socket, carry
        self._listener = socket.create_server(("127.0.0.1", 0))

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def serve(self) -> None:
        """Accept connections until the listener is closed."""
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            # answers are many small messages: without this each waits 40 ms for an acknowledgement
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(self._server_socket))
            threading.Thread(target=self._carry, args=(client, server), daemon=True).start()

    def close(self) -> None:
        # shutdown wakes the accept that a plain close would leave asleep
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def hang_up(*ends: socket.socket) -> None:
    """Close the ends of a connection, whoever of them is still there."""
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


@contextmanager
def serving(carrier: Carrier) -> Iterator[None]:
    """A carrier that serves; it is gone afterwards."""
    thread = threading.Thread(target=carrier.serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        carrier.close()
        thread.join()
