"""People for the tests of every slice.

person       somebody signed in, with a client of their own: `person.post("/v1/activities", {...})`
admin        an administrator
new_person   makes another one: `new_person()`, `new_person(roles=("reviewer",))`, `new_person(is_guest=True)`

migration_step   one step of one migration by itself: `migration_step("0042", "downgrade")`

People are made by the verbs of `accounts`, not over HTTP: no password is hashed and no rate limit counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from flask import Flask
from werkzeug.test import TestResponse

from backend.platform.data.schema import MIGRATIONS
from backend.platform.web import json
from tests.backend.probe import make_probe


@dataclass(frozen=True)
class Person:
    """Somebody signed in. Each call sends their access token; `body` is sent as JSON by the project's own writer."""

    app: Flask
    user_id: str
    session_id: str
    access_token: str
    refresh_token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access_token}"}

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.call("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        return self.call("POST", path, body, **options)

    def put(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        return self.call("PUT", path, body, **options)

    def patch(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        return self.call("PATCH", path, body, **options)

    def delete(self, path: str, **options: Any) -> TestResponse:
        return self.call("DELETE", path, **options)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> TestResponse:
        """One request; `key` is its Idempotency-Key. A fresh client each time, so that threads may share a person."""
        sent = self.headers | (headers or {}) | ({"Idempotency-Key": key} if key else {})
        if body is not None:
            options |= {"data": json.dumps(body), "content_type": "application/json"}
        return self.app.test_client().open(path, method=method, headers=sent, **options)


@pytest.fixture
def new_person(app: Flask, in_transaction: Callable[..., Any]) -> Callable[..., Person]:
    """Make somebody signed in; `roles` beyond `user`, `is_guest=True` for a guest.

    `agrees=True` for somebody who agrees to everything one can do without: positions, attestation by others.
    """
    from backend.accounts import service

    def make(*, roles: tuple[str, ...] = (), is_guest: bool = False, agrees: bool = False) -> Person:
        def work(session: Any) -> Any:
            user_id = service.create_user(session, is_guest=is_guest)
            if agrees:
                for asked in service.list_consent_texts():
                    if asked.by == "person" and not asked.required:
                        service.record_decision(session, user_id, asked.kind, asked.version, is_given=True)
            for role in roles:
                service.grant_role(session, user_id, role, who="the tests", reason="a test needs it")
            return service.open_session(session, user_id, "guest", None, is_guest=is_guest)

        made = in_transaction(work)
        return Person(app, made.user_id, made.session_id, made.access_token, made.refresh_token)

    return make


@pytest.fixture
def person(new_person: Callable[..., Person]) -> Person:
    return new_person()


@pytest.fixture
def admin(new_person: Callable[..., Person]) -> Person:
    """An administrator who is nobody the test is about."""
    return new_person(roles=("admin",))


@pytest.fixture
def probe(make_app: Callable[..., Flask]) -> Any:
    """A fresh application with the probing endpoints and a signed-in person."""
    return make_probe(make_app())


@pytest.fixture
def migration_step(app: Flask) -> Callable[[str, str], None]:
    """`migration_step("0042", "downgrade")`: that function of that migration, in a transaction of its own."""

    def run(revision: str, name: str) -> None:
        migration = ScriptDirectory(str(MIGRATIONS)).get_revision(revision).module
        with app.app_context(), app.extensions["carbon.engine"].begin() as connection:
            context = MigrationContext.configure(connection, opts={"render_as_batch": True})
            with Operations.context(context):
                getattr(migration, name)()

    return run
