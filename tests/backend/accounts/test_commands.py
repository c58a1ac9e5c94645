"""The operator's commands: each acts on a person named by id or a proved e-mail, and leaves its audit entry."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import text

from backend.accounts import service as accounts
from backend.accounts.service import operators
from backend.platform.core.roles import ADMIN


@pytest.fixture
def run(app, admin):
    said = ["--who", admin.user_id, "--reason", "ticket 12"]
    return lambda *words: app.test_cli_runner().invoke(args=["accounts", *words, *said])


def audit(in_transaction):
    question = text("SELECT action, subject, who FROM audit_entries WHERE who <> 'the tests' ORDER BY id")
    return [tuple(row) for row in in_transaction(lambda s: s.execute(question).all(), read_only=True)]


def test_a_role_is_granted_by_a_proved_email_and_withdrawn_by_id(registered, run, admin, post, prove, in_transaction):
    prove(registered)
    assert run("grant-role", "lin@example.org", "reviewer").exit_code == 0
    renewed = post("/v1/auth/refresh", {"refresh_token": registered["refresh_token"]}).json
    assert run("withdraw-role", renewed["user_id"], "reviewer").exit_code == 0
    subject = registered["user_id"]
    assert audit(in_transaction) == [
        ("role.granted", subject, admin.user_id),
        ("role.withdrawn", subject, admin.user_id),
    ]


def test_a_person_is_suspended_and_reinstated(person, run):
    assert run("suspend", person.user_id).exit_code == 0
    assert person.get("/v1/me").json["code"] == "auth.suspended"
    assert run("suspend", person.user_id).exit_code == 1
    assert run("reinstate", person.user_id).exit_code == 0
    assert person.get("/v1/me").status_code == 200


@pytest.mark.parametrize(
    "words", [("grant-role", "nobody@example.org", "reviewer"), ("grant-role", "?", "reviewer"), ("suspend", "usr_1")]
)
def test_a_person_nobody_knows_is_said_so_and_nothing_is_recorded(words, run, in_transaction):
    result = run(*words)
    assert result.exit_code == 1
    assert "Error:" in result.output
    assert audit(in_transaction) == []


@pytest.mark.parametrize("role", ["king", "user"])
def test_a_role_that_cannot_be_granted_is_refused_with_those_that_can(role, person, run):
    result = run("grant-role", person.user_id, role)
    assert result.exit_code == 1
    assert "reviewer" in result.output


def test_a_role_is_not_granted_to_whoever_only_typed_an_email_first(registered, run, in_transaction):
    """Anyone can register with somebody else's e-mail: until it is proved it names nobody."""
    for command in (
        ("grant-role", "lin@example.org", "admin"),
        ("suspend", "lin@example.org"),
        ("erase", "lin@example.org"),
    ):
        refused = run(*command)
        assert (refused.exit_code, "auth.address_unproved" in refused.output) == (1, True)
    assert audit(in_transaction) == []


# --- the first administrator ------------------------------------------------------------------------------------------


def bootstrap(app, person):
    return app.test_cli_runner().invoke(
        args=["accounts", "bootstrap-admin", person, "--reason", "a fresh installation"]
    )


def test_a_fresh_installation_makes_its_first_administrator_who_is_in_the_audit_trail(app, person, in_transaction):
    assert bootstrap(app, person.user_id).exit_code == 0
    assert ADMIN in in_transaction(lambda s: accounts.roles_of(s, person.user_id))
    assert audit(in_transaction) == [("role.granted", person.user_id, "bootstrap")]


def test_there_is_no_second_first_administrator(app, admin, person, in_transaction):
    refused = bootstrap(app, person.user_id)
    assert (refused.exit_code, "decision.bootstrapped" in refused.output) == (1, True)
    assert audit(in_transaction) == []


def test_whoever_only_typed_an_email_does_not_become_the_first_administrator(app, registered, in_transaction):
    refused = bootstrap(app, "lin@example.org")
    assert (refused.exit_code, "auth.address_unproved" in refused.output) == (1, True)
    assert audit(in_transaction) == []


def test_an_installation_whose_only_administrator_was_suspended_is_not_lost(app, admin, person, in_transaction):
    in_transaction(lambda s: accounts.suspend(s, admin.user_id, who="the tests", reason="left the company"))
    assert bootstrap(app, person.user_id).exit_code == 0


@pytest.mark.concurrency
def test_of_many_first_administrators_at_once_there_is_one(app, new_person, parallel):
    people = [new_person() for _ in range(4)]
    race = parallel(4, lambda number: bootstrap(app, people[number].user_id).exit_code)
    assert sorted(race.results) == [0, 1, 1, 1]


@pytest.mark.concurrency
def test_control_without_the_lock_there_are_several(engine, app, new_person, parallel, monkeypatch):
    if engine == "sqlite":
        pytest.skip("SQLite has one writer at a time, whatever is locked")
    together = threading.Barrier(2)
    granting = operators.role_grants.grant_role

    def grant_after_both_have_looked(*given, **named):
        together.wait(10)
        granting(*given, **named)

    monkeypatch.setattr(operators, "_lock_roles", lambda _session: None)
    monkeypatch.setattr(operators.role_grants, "grant_role", grant_after_both_have_looked)
    people = [new_person() for _ in range(2)]
    race = parallel(2, lambda number: bootstrap(app, people[number].user_id).exit_code)
    assert race.results == [0, 0]
