"""What an operator can see of a request: its id, its log line, its metrics."""

from __future__ import annotations

from flask import Flask, Response, g, request

from backend import ids
from config import Settings

REQUEST_ID = "X-Request-Id"
MAX_REQUEST_ID = 64


def watch(app: Flask, settings: Settings) -> None:
    """Give every request an id, taken from the caller when it is short and printable."""

    @app.before_request
    def _name_request() -> None:
        given = request.headers.get(REQUEST_ID, "")
        usable = 0 < len(given) <= MAX_REQUEST_ID and given.isascii() and given.isprintable()
        g.request_id = given if usable else ids.new_secret(12)

    @app.after_request
    def _show_request(response: Response) -> Response:
        response.headers[REQUEST_ID] = g.get("request_id", "")
        return response
