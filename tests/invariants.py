"""After every test of state, on either engine, everything that must hold at all times still holds.

The checks are those the slices declare for production (`backend.platform.ops.invariants`), never copies of them.
"""

from __future__ import annotations

from flask import Flask

from backend.platform.ops import invariants


def violations(app: Flask) -> list[invariants.Broken]:
    """Whatever the app's own checks find broken; empty when all is well."""
    with app.app_context():
        return invariants.run_whole()
