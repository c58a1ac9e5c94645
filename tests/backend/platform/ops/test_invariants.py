"""What must hold at all times is declared once and looked at by everyone."""

from __future__ import annotations

import pytest
from flask import Flask

from backend.platform.ops import invariants


@pytest.fixture
def bare_app():
    app = Flask("bare")
    invariants.declare(app, "stock", lambda session: [f"lot 7 of {session}"])
    invariants.declare(app, "ledger", lambda _: [])
    with app.app_context():
        yield app


def test_every_check_runs_and_names_what_it_found(bare_app):
    assert invariants.names() == ["ledger", "stock"]
    assert list(invariants.run("the session")) == [invariants.Broken("stock", "lot 7 of the session")]


def test_chosen_checks_run_alone(bare_app):
    assert list(invariants.run("the session", "ledger")) == []


def test_a_name_is_declared_once(bare_app):
    with pytest.raises(ValueError, match="ledger"):
        invariants.declare(bare_app, "ledger", lambda _: [])
