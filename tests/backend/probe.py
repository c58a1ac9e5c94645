"""A slice that exists only in tests: the smallest endpoints that show what the edge does for every slice."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

import marshmallow as ma
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from backend.platform.core.errors import Refusal
from backend.platform.core.roles import ANYONE, FINANCE, SIGNED_IN, USER, holders_of
from backend.platform.data import ids
from backend.platform.data.paging import Page, by_id
from backend.platform.data.transactions import in_transaction
from backend.platform.privacy import access_tokens
from backend.platform.privacy.vault import the_vault
from backend.platform.web import fields
from backend.platform.web.edge import Edge

NOTES = by_id("message")


@dataclass(frozen=True)
class Gate:
    """Where a slow request stands until the test lets it go on: nobody sleeps, nobody compares clocks."""

    reached: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)

    def stand(self, most_s: float) -> None:
        """Say that somebody stands here; return when the test opens, or after `most_s`."""
        if most_s:
            self.reached.set()
            self.opened.wait(most_s)


class NoteIn(ma.Schema):
    """A line to note, and how the test wants it to go; `takes_s` ends early when the gate is opened."""

    line = fields.Text(maximum=2000, required=True)
    takes_s = fields.DecimalNumber(load_default=0)
    refuse = fields.Choice("raise", "return", "break", load_default=None)


class NoteOut(ma.Schema):
    """A noted line."""

    id = ma.fields.String(required=True)
    line = ma.fields.String(required=True)


class Amount(ma.Schema):
    """A number that says how it was read."""

    amount = fields.DecimalNumber(required=True)


def make_edge(gate: Gate) -> Edge:
    """The probing endpoints, made anew for every application; a note that takes time stands at `gate`."""
    edge = Edge("probe", "Only in tests", who=SIGNED_IN)

    @edge.post("/probe/notes", body=NoteIn, answer=NoteOut, status=201)
    def note(session, actor, body):
        """Note a line."""
        note_id = ids.new_id("message")
        session.execute(
            text("INSERT INTO notes VALUES (:user_id, :id, :line)"),
            {"user_id": actor.user_id, "id": note_id, "line": body["line"]},
        )
        gate.stand(float(body["takes_s"]))
        match body["refuse"]:
            case "raise":
                raise Refusal("conflict", reason="asked to raise")
            case "return":
                return Refusal("conflict", reason="asked to return")
            case "break":
                raise ZeroDivisionError("canary-4711 of lin@example.org")
        return {"id": note_id, "line": body["line"]}

    @edge.get("/probe/notes", answer=NoteOut, page=True)
    def list_notes(session, actor, window):
        """Every line, in the order of ids."""
        (after,) = window.after(NOTES) or ("",)
        rows = session.execute(
            text("SELECT id, line FROM notes WHERE user_id = :user_id AND id > :after ORDER BY id LIMIT :most"),
            {"user_id": actor.user_id, "after": after, "most": window.limit + 1},
        )
        page: Page[Any] = window.cut([dict(row) for row in rows.mappings()], NOTES)
        return page

    @edge.get("/probe/notes/<note_id>", answer=NoteOut, etag=True)
    def get_note(session, actor, note_id):
        """One line."""
        rows = session.execute(text("SELECT id, line FROM notes WHERE id = :id"), {"id": note_id}).mappings().all()
        if not rows:
            raise Refusal("not_found", kind="note", id=note_id)
        return dict(rows[0])

    @edge.get("/probe/writes")
    def write_while_reading(session, actor):
        """Try to write in a read-only transaction."""
        session.execute(text("INSERT INTO notes VALUES ('a', 'b', 'c')"))

    @edge.post("/probe/amounts", body=Amount, answer=Amount, who=ANYONE)
    def echo(session, actor, body):
        """The amount that was read."""
        return body

    @edge.get("/probe/staff", who=holders_of(FINANCE))
    def staff_only(session, actor):
        """For finance."""

    @edge.get("/probe/text", media="text/plain", transaction=False, who=ANYONE)
    def plain(actor):
        """Not JSON."""
        return "plain"

    return edge


@dataclass
class Probe:
    """An application with the probing endpoints, and a person who calls it."""

    app: Flask
    client: FlaskClient
    user_id: str
    token: str
    gate: Gate

    def post(self, line: str = "hello", *, key: str | None = None, **more: Any) -> TestResponse:
        """POST a note as that person; a client of its own for every call, so that threads do not meet."""
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        return self.app.test_client().post("/v1/probe/notes", json={"line": line, **more}, headers=headers)

    def get(self, path: str, **headers: str) -> TestResponse:
        """GET `path` as that person."""
        return self.app.test_client().get(path, headers=self.headers | headers)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def notes(self) -> list[str]:
        """The lines in the database."""
        with self.app.app_context():
            return in_transaction(lambda s: list(s.execute(text("SELECT line FROM notes ORDER BY id")).scalars()))


def make_probe(app: Flask) -> Probe:
    """Add the probing endpoints to a fresh `app`, with a person whose standing nobody questions."""
    gate = Gate()
    app.extensions["carbon.api"].register_blueprint(make_edge(gate))
    app.extensions["carbon.standing"] = lambda *_: None
    user_id = ids.new_id("user")

    def prepare(session: Any) -> None:
        session.execute(text("CREATE TABLE notes (user_id VARCHAR(30), id VARCHAR(30) PRIMARY KEY, line TEXT)"))
        the_vault().make_key(session, user_id)

    with app.app_context():
        in_transaction(prepare)
        token = access_tokens.sign_access(user_id, ids.new_id("session"), frozenset({USER}))
    return Probe(app, app.test_client(), user_id, token, gate)
