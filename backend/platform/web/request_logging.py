"""What an operator can see of a request: its id, one log line, and its share of the metrics.

The line names the route, never the path or the query: those may hold what only the caller should know.
"""

from __future__ import annotations

import time

import structlog
from flask import Flask, Response, g, request

from backend.platform.data import ids
from backend.platform.ops import metrics

REQUEST_ID = "X-Request-Id"
MAX_REQUEST_ID = 64
NO_ROUTE = "(none)"
# Asked every few seconds by machines: a line each would drown the others.
UNLOGGED = {"/healthz", "/readyz", "/metrics"}

_log = structlog.get_logger("requests")


def watch(app: Flask) -> None:
    """Give every request an id, taken from the caller when it is short and printable, a log line and its metrics."""
    metrics.prepare(app)

    @app.before_request
    def _begin() -> None:
        given = request.headers.get(REQUEST_ID, "")
        usable = 0 < len(given) <= MAX_REQUEST_ID and given.isascii() and given.isprintable()
        g.request_id = given if usable else ids.new_secret(12)
        g.began = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def _end(response: Response) -> Response:
        response.headers[REQUEST_ID] = g.get("request_id", "")
        route = request.url_rule.rule if request.url_rule else NO_ROUTE
        took_s = time.perf_counter() - g.get("began", time.perf_counter())
        metrics.count_request(app, request.method, route, response.status_code, took_s)
        if route not in UNLOGGED:
            actor = g.get("actor")
            _log.info(
                "request",
                method=request.method,
                route=route,
                status=response.status_code,
                took_ms=round(took_s * 1000, 1),
                user=actor.user_id if actor else None,
            )
        return response
