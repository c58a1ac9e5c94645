"""The database itself keeps what was submitted and what was decided, whoever asks."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from backend.methodology import service
from tests.backend.methodology.conftest import REVIEWER, TRIP

CONTENT = ("id", "methodology_id", "version", "content_sha256", "document", "figures", "submitted_by", "created_at")
OTHER = {"version": "7", "created_at": "'2020-01-01 00:00:00+00:00'"}


@pytest.fixture
def run(in_transaction):
    def call(statement: str) -> int:
        return in_transaction(lambda session: session.execute(text(statement)).rowcount)

    return call


def refused():
    return pytest.raises(DBAPIError, match=r"refused|constraint")


@pytest.mark.parametrize("column", [*CONTENT, "authors"])
def test_what_was_submitted_never_changes(column, submit, shipped, run):
    submit(shipped)
    value = OTHER.get(column, "'[]'" if column == "authors" else "'other'")
    with refused():
        run(f"UPDATE methodology_versions SET {column} = {value}")


@pytest.mark.parametrize("column", ["effective_on", "approved_by", "approved_sha256", "approved_at"])
def test_an_approval_never_changes(column, adopted, run):
    value = {"effective_on": "'2020-01-01'", "approved_at": "'2020-01-01 00:00:00+00:00'"}.get(column, "'other'")
    with refused():
        run(f"UPDATE methodology_versions SET {column} = {value}")


@pytest.mark.parametrize("status", ["draft", "rejected"])
def test_an_approved_version_never_becomes_anything_but_withdrawn(status, adopted, run):
    with refused():
        run(f"UPDATE methodology_versions SET status = '{status}'")


def test_a_withdrawal_is_for_ever(adopted, run, in_transaction):
    in_transaction(lambda session: service.withdraw(session, REVIEWER, TRIP, 1, "source retracted"))
    for change in ("status = 'approved'", "ended_on = '2030-01-01'", "closing_reason = 'no reason'"):
        with refused():
            run(f"UPDATE methodology_versions SET {change} WHERE methodology_id = '{TRIP}'")


def test_no_version_is_ever_deleted(submit, shipped, run, engine):
    submit(shipped)
    with refused():
        run("DELETE FROM methodology_versions")
    if engine == "postgresql":
        with refused():
            run("TRUNCATE methodology_versions")


def test_nothing_is_slipped_in_as_already_approved(adopted, run):
    columns = (
        "methodology_id, content_sha256, document, figures, submitted_by, authors, created_at, status, effective_on,"
        " approved_by, approved_sha256, approved_at"
    )
    with refused():
        run(
            f"INSERT INTO methodology_versions (id, version, {columns}) SELECT 'mev_other', 99, {columns}"
            f" FROM methodology_versions WHERE methodology_id = '{TRIP}'"
        )


def test_an_upsert_is_no_way_round(adopted, run, engine):
    if engine == "postgresql":
        with refused():
            run(
                "INSERT INTO methodology_versions SELECT * FROM methodology_versions"
                " ON CONFLICT (id) DO UPDATE SET document = 'other'"
            )
        return
    with refused():
        run(
            "INSERT OR REPLACE INTO methodology_versions (id, methodology_id, version, content_sha256, document,"
            " figures, submitted_by, authors, created_at, status) SELECT id, methodology_id, version, content_sha256,"
            " 'other', figures, submitted_by, authors, created_at, 'draft' FROM methodology_versions"
        )


def test_the_submitter_cannot_approve_even_by_sql(submit, shipped, run):
    submit(shipped)
    with refused():
        run(
            "UPDATE methodology_versions SET status = 'approved', effective_on = '2026-12-01',"
            " approved_by = submitted_by, approved_sha256 = content_sha256, approved_at = created_at"
        )


def test_no_other_hash_can_be_approved_even_by_sql(submit, shipped, run):
    submit(shipped)
    with refused():
        run(
            "UPDATE methodology_versions SET status = 'approved', effective_on = '2026-12-01',"
            " approved_by = 'usr_reviewer', approved_sha256 = 'other', approved_at = created_at"
        )
