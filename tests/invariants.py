"""After every test of state, on either engine, everything that must hold at all times still holds.

The checks are those the slices declare for production (`backend.checks`), never copies of them.
"""

from __future__ import annotations

from flask import Flask

from backend import checks, db


def violations(app: Flask) -> list[checks.Broken]:
    """Whatever the app's own checks find broken; empty when all is well."""
    with app.app_context():
        return db.in_transaction(lambda session: list(checks.run(session)), read_only=True)
