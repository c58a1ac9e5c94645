"""The disk is full: the caller is told what was kept, and the same request has its one effect when there is room."""

from __future__ import annotations

import pytest
from sqlalchemy import event, text

from tests.backend.probe import make_probe

LINE = "x" * 1500


@pytest.fixture
def probe(make_app):
    return make_probe(make_app())


@pytest.fixture
def fill(probe, engine):
    """Let no page be added to the database any more; what it returns makes room again."""
    database = probe.app.extensions["carbon.engine"]

    def on_sqlite():
        def limit(connection, _branch=None):
            connection.exec_driver_sql("PRAGMA max_page_count = 1")  # SQLite keeps those that are there

        event.listen(database, "begin", limit)
        return lambda: (event.remove(database, "begin", limit), database.dispose())

    def on_postgresql():
        """The server's own answer, without a disk of our own to fill."""
        with database.begin() as connection:
            connection.execute(
                text(
                    "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS "
                    "$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$"
                )
            )
            connection.execute(
                text("CREATE TRIGGER no_room BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION no_room()")
            )

        def make_room():
            with database.begin() as connection:
                connection.execute(text("DROP TRIGGER no_room ON notes"))

        return make_room

    return on_sqlite if engine == "sqlite" else on_postgresql


def fill_until_refused(probe):
    for number in range(200):
        answer = probe.post(LINE, key=f"key {number}")
        if answer.status_code != 201:
            return number, answer
    raise AssertionError("the disk never filled up")


def test_a_full_disk_says_what_was_kept_and_the_same_key_ends_in_one_effect(probe, fill):
    assert probe.post(LINE, key="before").status_code == 201
    make_room = fill()
    kept, refused = fill_until_refused(probe)
    assert (refused.status_code, refused.json["code"]) == (503, "service.storage_full")
    assert refused.headers["Retry-After"] == "60"
    assert refused.json["detail"].startswith("Nothing of this request was stored")
    assert len(probe.notes()) == 1 + kept, "everything that was answered is there, and nothing else"

    make_room()
    again = probe.post(LINE, key=f"key {kept}")
    assert again.status_code == 201
    assert probe.post(LINE, key=f"key {kept}").data == again.data
    assert len(probe.notes()) == 2 + kept
