"""What the benchmark's server serves: the product, and beside it the smallest route that writes one row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, request
from sqlalchemy import create_engine, text
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from backend.app.factory import create_app
from backend.platform.data.engine import database_url, engine_options
from config import Settings, load_settings

YARDSTICK = "/yardstick"
_INSERT = text("INSERT INTO yardstick (id, body) VALUES (:id, :body)")


def application() -> Callable[..., Any]:
    """The WSGI application: the product at its own paths, the yardstick at `/yardstick/rows`."""
    settings = load_settings()
    return DispatcherMiddleware(create_app(settings), {YARDSTICK: smallest(settings)})


def smallest(settings: Settings) -> Flask:
    """A Flask application with one route: one INSERT and COMMIT, on a pool like the product's."""
    app = Flask("yardstick")
    engine = create_engine(database_url(settings), **engine_options(settings))

    @app.post("/rows")
    def add_row() -> tuple[dict[str, str], int]:
        given = request.get_json()
        with engine.begin() as connection:
            connection.execute(_INSERT, {"id": given["client_id"], "body": request.get_data(as_text=True)})
        return {"id": given["client_id"]}, 201

    return app
