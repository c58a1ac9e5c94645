"""In a fresh checkout no command dies with a traceback: what needs the database says which command makes it."""

from __future__ import annotations

import click
import pytest
from sqlalchemy import text

from backend.platform.ops.cli_schema import REMEDY

ENDLESS = ("jobs", "run")  # serves until it is told to stop
MIGRATIONS = "db"  # Flask-Migrate's own commands, which make the schema and write files into the checkout


def leaves(group, words=()):
    """Every command of ours below `group`, with its words."""
    for name, command in sorted(group.commands.items()):
        if name == MIGRATIONS:
            continue
        if isinstance(command, click.Group):
            yield from leaves(command, (*words, name))
        else:
            yield (*words, name), command


def arguments(command):
    """Something for everything the command requires."""
    for parameter in command.params:
        if parameter.required and isinstance(parameter, click.Option):
            yield from (parameter.opts[0], "2026-01-01")
        elif parameter.required:
            yield "1"


@pytest.fixture
def empty(make_app, tmp_path, monkeypatch):
    """An application whose database no migration has seen; a command that writes a file writes it beside that."""
    monkeypatch.chdir(tmp_path)
    return make_app(database_url=f"sqlite:///{tmp_path}/empty.db")


def test_no_command_dies_with_a_traceback_on_an_empty_database(empty):
    explained = set()
    for words, command in leaves(empty.cli):
        if words == ENDLESS:
            continue
        result = empty.test_cli_runner().invoke(args=[*words, *arguments(command)])
        assert result.exception is None or isinstance(result.exception, SystemExit), (words, result.exception)
        if REMEDY in result.output:
            explained.add(words)
    assert {("doctor",), ("switches", "list"), ("jobs", "list"), ("audit",), ("ledger", "verify")} <= explained


def test_the_doctor_stops_at_a_schema_that_is_not_there(empty):
    result = empty.test_cli_runner().invoke(args=["doctor"])
    assert result.exit_code == 1
    assert f"the schema is behind the code\n         -> {REMEDY}" in result.output


@pytest.mark.breaks_invariants
def test_a_table_that_is_not_there_yet_is_explained_on_both_databases(app, in_transaction):
    in_transaction(lambda session: session.execute(text("UPDATE alembic_version SET version_num = '0001'")))
    in_transaction(lambda session: session.execute(text("DROP TABLE switches")))
    result = app.test_cli_runner().invoke(args=["switches", "list"])
    assert (result.exit_code, REMEDY in result.output) == (1, True)


@pytest.mark.breaks_invariants
def test_a_fault_that_no_migration_mends_is_not_explained_away(app, in_transaction):
    in_transaction(lambda session: session.execute(text("DROP TABLE switches")))
    result = app.test_cli_runner().invoke(args=["switches", "list"])
    assert "switches" in str(result.exception)
    assert REMEDY not in result.output
