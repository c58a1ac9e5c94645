"""SQLite keeps nothing that was deleted: neither in its file, nor, once the job has been there, in its log."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from backend.jobs.runner.schedule import JOBS
from backend.jobs.runner.slots import run_slot

CANARY = b"canary words"


@pytest.fixture
def found(app, engine):
    """Which of the database's files hold the words."""
    if engine != "sqlite":
        pytest.skip("the file and the log are SQLite's; PostgreSQL keeps house by itself")
    path = Path(app.extensions["carbon.engine"].url.database)
    files = (path, path.with_name(f"{path.name}-wal"))
    return lambda: [file.name for file in files if file.exists() and CANARY in file.read_bytes()]


def test_what_was_deleted_stands_neither_in_the_file_nor_in_the_log(app, found, in_transaction):
    switch = "INSERT INTO switches VALUES ('canary words', 1, 'why', 'Ana', '2026-11-20')"
    in_transaction(lambda session: session.execute(text(switch)))
    in_transaction(lambda session: session.execute(text("DELETE FROM switches")))
    assert found(), "the log remembers until it is emptied"
    (job,) = (one for one in JOBS if one.name == "database_log.empty")
    assert run_slot(app, job)
    assert found() == []
