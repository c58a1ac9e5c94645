"""What must hold at all times is declared once and looked at by everyone."""

from __future__ import annotations

import pytest
from flask import Flask

from backend import checks


@pytest.fixture
def bare_app():
    app = Flask("bare")
    checks.declare(app, "stock", lambda session: [f"lot 7 of {session}"])
    checks.declare(app, "ledger", lambda _: [])
    with app.app_context():
        yield app


def test_every_check_runs_and_names_what_it_found(bare_app):
    assert checks.names() == ["ledger", "stock"]
    assert list(checks.run("the session")) == [checks.Broken("stock", "lot 7 of the session")]


def test_chosen_checks_run_alone(bare_app):
    assert list(checks.run("the session", "ledger")) == []


def test_a_name_is_declared_once(bare_app):
    with pytest.raises(ValueError, match="ledger"):
        checks.declare(bare_app, "ledger", lambda _: [])
