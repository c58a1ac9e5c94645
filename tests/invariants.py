"""The invariants that must hold after every test of state, on either engine.

A slice registers its checks here, one line each; the checks themselves are the ones production runs nightly
(`flask ledger verify`), never copies of them. A check takes a session and returns the rows that break it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

Check = Callable[[Session], Sequence[Any]]

INVARIANTS: dict[str, Check] = {}


def violations(app: Flask) -> dict[str, list[Any]]:
    """Every broken invariant with the rows that break it; empty when all hold."""
    from backend import db

    def look(session: Session) -> dict[str, list[Any]]:
        found = {name: list(check(session)) for name, check in INVARIANTS.items()}
        return {name: rows for name, rows in found.items() if rows}

    with app.app_context():
        return db.in_transaction(look, read_only=True)
