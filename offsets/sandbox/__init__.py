"""A small server that speaks Stripe's HTTP API, so that checkout works, and can be tested, with no Stripe account.

Promise: the real SDK runs against it on every path, and what it does not simulate it refuses by name. It keeps its own
books in memory or in one SQLite file, listens on loopback and sends only to loopback. No part of the product imports it
but to start it.
"""

from __future__ import annotations

import threading
from urllib.parse import urlencode

from werkzeug.serving import WSGIRequestHandler, make_server

from offsets.sandbox.app import create_app
from offsets.sandbox.store import Store
from offsets.sandbox.webhook_sender import NoticeSender

# Anything that looks like a key is taken; these are what the default settings use on both sides.
API_KEY = "sk_test_sandbox"
NOTICE_SECRET = "whsec_sandbox"


class Sandbox:
    """A running sandbox; `with Sandbox() as sandbox:` listens on a free loopback port until the block ends."""

    def __init__(
        self,
        *,
        port: int = 0,
        path: str = ":memory:",
        notice_url: str | None = None,
        notice_secret: str = NOTICE_SECRET,
        host: str = "127.0.0.1",
    ) -> None:
        self._store = Store(path)
        self._sender = NoticeSender(self._store, notice_url, notice_secret)
        app = create_app(self._store, self._sender)
        self._server = make_server(host, port, app, threaded=True, request_handler=_Quiet)
        self._thread = threading.Thread(target=self._serve, name="sandbox", daemon=True)

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end: what `StripeSettings.api_base` takes."""
        return f"http://{self._server.host}:{self._server.server_port}"

    def start(self) -> Sandbox:
        """Begin to listen and to deliver notices."""
        self._sender.start()
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening, stop delivering, let go of the file."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._sender.stop()
        self._store.close()

    def wait(self) -> None:
        """Serve until somebody else stops it."""
        self._thread.join()

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _serve(self) -> None:
        self._server.serve_forever(poll_interval=0.05)


class _Quiet(WSGIRequestHandler):
    """Requests are not worth a line each: the books and the events tell what happened."""

    # small answers must not wait for the other side's acknowledgement
    disable_nagle_algorithm = True

    def log_request(self, *_: object) -> None:
        """Say nothing."""


def pay_address(
    base_url: str, payment_id: str, client_secret: str, *, return_url: str = "", language: str = "en"
) -> str:
    """Where a person pays an intent with a test card in a browser."""
    asked = {"client_secret": client_secret, "lang": language}
    if return_url:
        asked["return_url"] = return_url
    return f"{base_url}/pay/{payment_id}?{urlencode(asked)}"


__all__ = ["API_KEY", "NOTICE_SECRET", "Sandbox", "pay_address"]
