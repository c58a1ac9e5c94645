"""What stands in front of the application: proxies it may believe, files it serves, headers every answer carries.

The API answers with the strictest content security policy there is, since nothing it says is meant to be run; the
documentation pages carry their own (see `docs`).
"""

from __future__ import annotations

from pathlib import Path
from wsgiref.headers import Headers

import flask_swagger_ui
from flask import Flask, Response
from flask_cors import CORS
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

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
EXPOSED = ["Content-Language", "ETag", "Retry-After", "X-Request-Id"]


def build(app: Flask, settings: Settings) -> None:
    """Put everything in front of `app` that `settings` ask for."""

    @app.after_request
    def _add_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if settings.is_production:
            response.headers.setdefault("Strict-Transport-Security", f"max-age={A_YEAR_S}; includeSubDomains")
        return response

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
        add_headers_function=_add_static_headers,
    )
    files.add_files(SWAGGER_UI, prefix=f"{STATIC_PREFIX}swagger-ui/")
    app.wsgi_app = files  # type: ignore[method-assign]  # as Flask documents
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]  # the same


def _add_static_headers(headers: Headers, _path: str, _url: str) -> None:
    for name in ("X-Content-Type-Options", "Cross-Origin-Resource-Policy"):
        headers[name] = HEADERS[name]
