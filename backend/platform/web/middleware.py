"""What surrounds every request: proxies it may believe, files it serves, headers it carries, and what operators see.

An operator sees a request's id, one log line, and its share of the metrics. The line names the route, never the path or
the query: those may hold what only the caller should know.

The API answers with the strictest content security policy there is, since nothing it says is meant to be run; the
documentation pages carry their own (see `docs`).
"""

from __future__ import annotations

import gzip
import secrets
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import flask_swagger_ui
import structlog
from flask import Flask, Response, g, request
from flask_cors import CORS
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from backend.platform.ops import metrics
from config import Settings

STATIC = Path(__file__).with_name("static")
SWAGGER_UI = Path(flask_swagger_ui.__file__).with_name("dist")
STATIC_PREFIX = "static/"
A_YEAR_S = 31_536_000

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # answers are somebody's own unless they say otherwise, as the catalogues do with their ETag
    "Cache-Control": "no-store",
}
COMPRESSED = {
    "application/json",
    "application/geo+json",
    "text/csv",
    "text/html",
    "text/plain",
}
LEAST_COMPRESSED, COMPRESSION = 1_024, 6  # bytes; gzip's level
REQUEST_ID = "X-Request-Id"
MAX_REQUEST_ID = 64
REQUEST_ID_BYTES = 12
NO_ROUTE = "(none)"
# Asked every few seconds by machines: a line each would drown the others.
UNLOGGED = {"/healthz", "/readyz", "/metrics"}
EXPOSED = ["Content-Language", "ETag", "Retry-After", REQUEST_ID]

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_log = structlog.get_logger("requests")


def build(app: Flask, settings: Settings) -> None:
    """Put everything in front of `app` that `settings` ask for."""
    if settings.cors_origins:
        CORS(
            app,
            origins=list(settings.cors_origins),
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "If-None-Match", "X-Request-Id"],
            expose_headers=EXPOSED,
            supports_credentials=False,
            max_age=3600,
        )
    files = WhiteNoise(
        app.wsgi_app,
        root=STATIC,
        prefix=STATIC_PREFIX,
        allow_all_origins=False,
    )
    files.add_files(SWAGGER_UI, prefix=f"{STATIC_PREFIX}swagger-ui/")
    app.wsgi_app = _headed(files, settings)  # type: ignore[assignment, method-assign]  # as Flask documents
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]  # the same


def watch(app: Flask, settings: Settings) -> None:
    """Give every request an id (the caller's when it is short and printable), headers, a log line and its metrics."""
    headers = _security_headers(settings)
    answered = metrics.prepare(app)

    @app.before_request
    def _begin() -> None:
        given = request.headers.get(REQUEST_ID, "")
        usable = 0 < len(given) <= MAX_REQUEST_ID and given.isascii() and given.isprintable()
        g.request_id = given if usable else secrets.token_urlsafe(REQUEST_ID_BYTES)
        g.began = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def _end(response: Response) -> Response:
        _compress(response)
        said = {name.lower() for name, _ in response.headers}
        added = [(name, value) for name, value in headers.items() if name.lower() not in said]
        response.headers.extend([*added, (REQUEST_ID, g.get("request_id", ""))])
        route = request.url_rule.rule if request.url_rule else NO_ROUTE
        took_s = time.perf_counter() - g.get("began", time.perf_counter())
        answered.requests.labels(request.method, route, str(response.status_code)).inc()
        answered.seconds.labels(route).observe(took_s)
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


def _compress(response: Response) -> None:
    """Send a long answer to a GET compressed where that is asked for.

    No answer to a POST: some carry a token beside what the caller sent, and a length would tell of it.
    """
    if request.method != "GET" or response.status_code != HTTPStatus.OK or response.direct_passthrough:
        return
    if response.is_streamed or response.mimetype not in COMPRESSED or len(response.get_data()) < LEAST_COMPRESSED:
        return
    response.vary.add("Accept-Encoding")
    if request.accept_encodings.quality("gzip") <= 0:
        return
    etag, _ = response.get_etag()
    response.set_data(gzip.compress(response.get_data(), COMPRESSION, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    if etag is not None:
        response.set_etag(etag, weak=True)  # other bytes that say the same


def _security_headers(settings: Settings) -> dict[str, str]:
    headers = dict(HEADERS)
    if settings.is_production:
        headers["Strict-Transport-Security"] = f"max-age={A_YEAR_S}; includeSubDomains"
    return headers


def _headed(files: Application, settings: Settings) -> Application:
    """`files` with the headers of every answer, also where a file has not changed or is refused; it may be kept."""
    every = {name: value for name, value in _security_headers(settings).items() if name != "Cache-Control"}

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not environ.get("PATH_INFO", "").startswith(f"/{STATIC_PREFIX}"):
            return files(environ, start_response)

        def start(status: str, given: list[tuple[str, str]], *problem: Any) -> Any:
            named = {name.lower() for name, _ in given}
            added = [(name, value) for name, value in every.items() if name.lower() not in named]
            return start_response(status, [*given, *added], *problem)

        return files(environ, start)

    return answer
