"""After every test of state, on either engine, everything that must hold at all times still holds.

The checks are those the slices declare for production (`backend.platform.ops.invariants`), never copies of them.
"""

from __future__ import annotations

from flask import Flask

from backend.platform.data import transactions
from backend.platform.ops import invariants


def violations(app: Flask) -> list[invariants.Broken]:
    """Whatever the app's own checks find broken; empty when all is well."""
    with app.app_context():
        return transactions.in_transaction(lambda session: list(invariants.run(session)), read_only=True)
