"""Operators in a browser: `browser(roles)` is somebody signed in to the pages, with the second step behind them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from backend.console import sql
from backend.console.api import edge
from backend.console.service.sign_in import hash_secret
from backend.platform.core import clock
from calculators import load_library
from tests.backend.methodology.adoption import approve_by_two

TRIP = "transport.low_carbon_trip"
LONG_AGO = date(2026, 11, 1)
TOKEN = re.compile(r'name="form_token" value="([0-9a-f]{64})"')


@dataclass(frozen=True)
class Browser:
    """Somebody's browser. A form is sent with the token that its page was given."""

    client: Client
    user_id: str
    session_id: str

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, **options)

    def page(self, path: str) -> str:
        """The text of a page that must be there."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.headers.get("Location"), answer.text[:2000])
        return answer.text

    def token(self) -> str:
        return TOKEN.search(self.get("/console/drafts").text)[1]

    def post(self, path: str, /, token: str | None = None, **form: Any) -> TestResponse:
        sent = {"form_token": self.token() if token is None else token, **form}
        return self.client.post(path, data=sent)

    def sends(self, path: str, /, **form: Any) -> str:
        """Send a form that must be taken; return where it leads."""
        answer = self.post(path, **form)
        assert answer.status_code == 303, (path, answer.status_code, answer.text)
        return answer.headers["Location"]


class Parsed(HTMLParser):
    """What an HTML parser makes of a page: its elements with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def browser(app, in_transaction) -> Callable[..., Browser]:
    """`browser("reviewer")`: an operator signed in, the second step done unless `has_factor=False`."""
    from backend.accounts import service as accounts

    def make(*roles: str, has_factor: bool = True) -> Browser:
        def work(session: Any) -> tuple[str, str]:
            user_id = accounts.create_user(session, is_guest=False)
            for role in roles:
                accounts.grant_role(session, user_id, role, who="the tests", reason="a test needs it")
            return user_id, accounts.open_session(session, user_id, "password", None).session_id

        user_id, session_id = in_transaction(work)
        secret = f"a secret of {user_id}"

        def keep(session: Any) -> None:
            now = clock.database_now(session)
            row = {"secret_hash": hash_secret(secret), "user_id": user_id, "session_id": session_id, "opened_at": now}
            shown = {"expires_at": now + timedelta(hours=8), "second_factor_at": now if has_factor else None}
            session.execute(sql.INSERT_SESSION, row | shown)

        in_transaction(keep)
        client = app.test_client()
        client.set_cookie(edge.cookie, secret, path="/console")
        return Browser(client, user_id, session_id)

    return make


@pytest.fixture
def author(browser) -> Browser:
    return browser("methodologist")


@pytest.fixture
def reviewer(browser) -> Browser:
    return browser("reviewer")


@pytest.fixture
def shipped() -> str:
    """The shipped trip document."""
    return load_library().methodologies[TRIP].text


@pytest.fixture
def changed(shipped) -> str:
    """The trip document with one weight changed, and what follows from it in the example."""
    return shipped.replace('self_declared = "0.5"', 'self_declared = "0.4"').replace(
        "reduction_g = 720, credited_g = 320", "reduction_g = 720, credited_g = 256"
    )


@pytest.fixture
def in_force(in_transaction) -> int:
    """The shipped trip document in force, approved by somebody who is nobody's browser."""
    from backend.methodology import service

    def adopt(session: Any) -> int:
        draft = service.submit_draft(session, service.LIBRARY, load_library().methodologies[TRIP].text)
        approve_by_two(session, "usr_reviewer", TRIP, draft.version, draft.content_sha256, LONG_AGO)
        return draft.version

    return in_transaction(adopt)


@pytest.fixture
def begin(in_force, author) -> Callable[[str], str]:
    """`begin(document)`: the path of a draft of `author` with that text."""

    def call(document: str) -> str:
        path = author.sends("/console/drafts", methodology_id=TRIP, version=in_force)
        author.sends(path, revision=1, document=document)
        return path

    return call


@pytest.fixture
def submitted(begin, author, changed) -> str:
    """The path of a version in review, submitted by `author`."""
    author.sends(f"{begin(changed)}/submit", revision=2)
    return f"/console/methodologies/{TRIP}/versions/2"
