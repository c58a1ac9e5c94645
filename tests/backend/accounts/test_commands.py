"""The operator's commands: each acts on a person named by id or e-mail, and leaves its entry in the audit trail."""

from __future__ import annotations

import pytest
from sqlalchemy import text

WHO = ["--who", "Kim on call", "--reason", "ticket 12"]


@pytest.fixture
def run(app):
    return lambda *words: app.test_cli_runner().invoke(args=["accounts", *words])


def audit(in_transaction):
    question = text("SELECT action, subject, who FROM audit_entries ORDER BY id")
    return [tuple(row) for row in in_transaction(lambda s: s.execute(question).all(), read_only=True)]


def test_a_role_is_granted_by_email_and_withdrawn_by_id(registered, run, post, in_transaction):
    assert run("grant-role", "lin@example.org", "reviewer", *WHO).exit_code == 0
    renewed = post("/v1/auth/refresh", {"refresh_token": registered["refresh_token"]}).json
    assert run("withdraw-role", renewed["user_id"], "reviewer", *WHO).exit_code == 0
    subject = registered["user_id"]
    assert audit(in_transaction) == [
        ("role.granted", subject, "Kim on call"),
        ("role.withdrawn", subject, "Kim on call"),
    ]


def test_a_person_is_suspended_and_reinstated(person, run):
    assert run("suspend", person.user_id, *WHO).exit_code == 0
    assert person.get("/v1/me").json["code"] == "auth.suspended"
    assert run("suspend", person.user_id, *WHO).exit_code == 1
    assert run("reinstate", person.user_id, *WHO).exit_code == 0
    assert person.get("/v1/me").status_code == 200


@pytest.mark.parametrize(
    "words", [("grant-role", "nobody@example.org", "reviewer"), ("grant-role", "?", "reviewer"), ("suspend", "usr_1")]
)
def test_a_person_nobody_knows_is_said_so_and_nothing_is_recorded(words, run, in_transaction):
    result = run(*words, *WHO)
    assert result.exit_code == 1
    assert "Error:" in result.output
    assert audit(in_transaction) == []


@pytest.mark.parametrize("role", ["king", "user"])
def test_a_role_that_cannot_be_granted_is_refused_with_those_that_can(role, person, run):
    result = run("grant-role", person.user_id, role, *WHO)
    assert result.exit_code == 1
    assert "reviewer" in result.output
