"""The yardstick: the smallest Flask application that writes, one route that inserts what it is sent and commits.

On the product's own settings, driver and pool, so that what differs is what the product does.
"""

from __future__ import annotations

from flask import Flask, request
from sqlalchemy import create_engine, text

from backend.platform.data.engine import database_url, engine_options
from config import load_settings

ROUTE = "/rows"
TABLE = "CREATE TABLE yardstick (id text, body text)"
_INSERT = text("INSERT INTO yardstick (id, body) VALUES (:id, :body)")


def create_app() -> Flask:
    """An application with one route: one INSERT and COMMIT."""
    app = Flask("yardstick")
    settings = load_settings()
    engine = create_engine(database_url(settings), **engine_options(settings))

    @app.post(ROUTE)
    def add_row() -> tuple[dict[str, str], int]:
        given = request.get_json()
        with engine.begin() as connection:
            connection.execute(_INSERT, {"id": given["client_id"], "body": request.get_data(as_text=True)})
        return {"id": given["client_id"]}, 201

    @app.get("/healthz")
    def answer() -> str:
        return "ok"

    return app
