"""Whoever keeps the stock does it from the command line, and is told what is wrong in words."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from backend.platform.privacy.audit import AuditEntry
from offsets import list_project_documents
from tests.backend.registry.conftest import PROJECT, small_lot


@pytest.fixture
def who(new_person):
    """Whoever keeps the stock."""
    return ["--who", new_person(roles=("finance",)).user_id]


@pytest.fixture
def said_by(who):
    return [*who, "--reason", "monthly retirement"]


@pytest.fixture
def flask(app):
    """Run `flask registry <words>`; its exit code and what it printed."""

    def run(*words):
        result = app.test_cli_runner().invoke(args=["registry", *map(str, words)])
        return result.exit_code, result.output

    return run


@pytest.fixture
def document(tmp_path):
    path = tmp_path / "project.toml"
    path.write_text(list_project_documents()[PROJECT], encoding="utf-8")
    return path


def test_a_document_is_imported_once(flask, document, stock, who):
    code, said = flask("import", document, *who)
    assert (code, said.splitlines()[-1]) == (0, "1 new lots")
    assert stock() == (1_000_000_000, 0, 0)
    assert flask("import", document, *who) == (0, "0 new lots\n")


def test_a_document_with_faults_is_refused_with_their_lines(flask, document, who):
    document.write_text(document.read_text(encoding="utf-8").replace('type = "reduction"', 'type = "magic"'))
    code, said = flask("import", document, *who)
    assert code == 1
    assert "line 9, type: must be one of reduction, removal" in said


def test_sold_serials_are_followed_up_to_the_registrys_own_reference(flask, shelf, buyer, said_by, in_transaction):
    shelf(small_lot("a", units=5))
    buyer.hold("ord_1", 400)
    buyer.retire("ord_1")
    assert "unit 0  1 t" in flask("dues")[1]
    assert flask("asked", "a", 0, *said_by) == (0, "")
    assert flask("confirmed", "a", 0, "VCS-RET-1", *said_by) == (0, "")
    assert flask("dues") == (0, "No serials are due.\n")
    assert "VCS-RET-1" in flask("dues", "--state", "confirmed")[1]
    code, said = flask("confirmed", "a", 0, "VCS-RET-2", *said_by)
    assert (code, "registry.not_due" in said) == (1, True)
    wanted = select(AuditEntry.action).where(AuditEntry.action != "role.granted")
    kept = in_transaction(lambda session: session.scalars(wanted).all())
    assert kept == ["serials.asked", "serials.confirmed"]
