"""`flask ledger`: what whoever doubts the books can run."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text


@pytest.fixture
def flask(app):
    """`flask("ledger", "verify")` as on the command line."""
    return lambda *arguments: app.test_cli_runner().invoke(args=list(arguments))


def test_verify_says_that_all_is_well(person, flask):
    person.earn(100)
    result = flask("ledger", "verify")
    assert result.exit_code == 0
    assert "holds" in result.output


@pytest.mark.breaks_invariants("plants a wrong balance")
def test_verify_names_what_is_broken_and_fails(person, flask, in_transaction):
    person.earn(100)
    in_transaction(lambda session: session.execute(text("UPDATE ledger_balances SET balance = 99")))
    result = flask("ledger", "verify")
    assert result.exit_code == 1
    assert "a balance is the sum of its postings" in result.output
    assert person.id in result.output


def test_exported_heads_are_compared_with_the_books(person, flask, tmp_path):
    person.earn(100)
    exported = flask("ledger", "heads")
    (head,) = [json.loads(line) for line in exported.output.splitlines()]
    assert (head["user_id"], head["sequence"]) == (person.id, 1)
    kept = tmp_path / "heads.jsonl"
    kept.write_text(exported.output, encoding="utf-8")
    person.earn(5, "later")
    assert flask("ledger", "verify", "--heads", str(kept)).exit_code == 0
    kept.write_text(json.dumps(head | {"sha256": "f" * 64}), encoding="utf-8")
    differs = flask("ledger", "verify", "--heads", str(kept))
    assert differs.exit_code == 1
    assert "an exported head stays in its chain" in differs.output
