"""What the tests of accounts share: requests without a token, and the letters that were sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from backend.platform.data import transactions
from backend.platform.ops.outbox import OutboxRow
from backend.platform.web import json
from backend.ports import message_queue
from backend.ports.messages import Message

AGREED = {"terms": "2026-11-01", "privacy": "2026-11-01"}
ACCOUNT = {"email": "lin@example.org", "password": "correct horse battery", "born": "1990", "consents": AGREED}


class Postbox:
    """A messenger that keeps what it was given; `open()` sends what waits and returns the latest of all."""

    channels = frozenset({"email", "phone"})

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.sent: list[Message] = []

    def send(self, message: Message) -> None:
        self.sent.append(message)

    def open(self) -> Message:
        with self.app.app_context():
            waiting = transactions.in_transaction(
                lambda session: (
                    session.query(OutboxRow).filter_by(topic=message_queue.TOPIC).order_by(OutboxRow.due_at).all()
                )
            )
            for row in waiting:
                message_queue.deliver(row.user_id, row.facts)
        return self.sent[-1]

    def code(self) -> str:
        """The code in the latest letter."""
        return self.open().subject.rpartition(": ")[2]

    def secret(self) -> str:
        """The secret of the link in the latest letter."""
        link = next(word for word in self.open().body.split() if "#" in word)
        return link.rpartition(":")[2]


@pytest.fixture
def postbox(app: Flask) -> Postbox:
    box = Postbox(app)
    app.extensions["carbon.messenger"] = box
    return box


@pytest.fixture
def post(app: Flask) -> Callable[..., TestResponse]:
    """`post("/v1/auth/login", {...}, token=…)`: one request of its own, safe in threads."""

    def send(path: str, body: Any, *, token: str | None = None, **options: Any) -> TestResponse:
        headers = options.pop("headers", {}) | ({"Authorization": f"Bearer {token}"} if token else {})
        return app.test_client().post(
            path, data=json.dumps(body), content_type="application/json", headers=headers, **options
        )

    return send


@pytest.fixture
def registered(post: Callable[..., TestResponse]) -> dict[str, Any]:
    """The tokens of somebody who registered with `ACCOUNT`."""
    answer = post("/v1/auth/register", ACCOUNT)
    assert answer.status_code == 201, answer.json
    return answer.json


@pytest.fixture
def prove(post: Callable[..., TestResponse], postbox: Postbox) -> Callable[[dict[str, Any]], None]:
    """Let somebody who registered prove their e-mail with the code of the letter."""

    def verify(tokens: dict[str, Any]) -> None:
        answer = post("/v1/auth/verify", {"code": postbox.code()}, token=tokens["access_token"])
        assert answer.status_code == 204, answer.json

    return verify
