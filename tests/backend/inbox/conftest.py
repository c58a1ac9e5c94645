"""Somebody whose inbox fills, a postbox that keeps what would be mailed, a pigeon that keeps what would be pushed."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from backend.inbox import service as inbox
from backend.jobs.runner.dispatch import dispatch
from backend.ports.messages import EMAIL, PHONE, Message
from backend.ports.push import PushMessage, Subscription
from tests.backend.ports.push_server import MOZILLA, Phone


class Postbox:
    """A messenger that keeps what it is given."""

    channels = frozenset({EMAIL, PHONE})

    def __init__(self) -> None:
        self.sent: list[Message] = []

    def send(self, message: Message) -> None:
        self.sent.append(message)


@pytest.fixture
def postbox(app) -> Postbox:
    app.extensions["carbon.messenger"] = made = Postbox()
    return made


@pytest.fixture
def notify(in_transaction) -> Callable[..., None]:
    def to(person: Any, amount: int = 120, kind: str = "points.expiring", **options: Any) -> None:
        facts = {"amount": amount, "ends_on": "2026-12-01"}
        in_transaction(lambda session: inbox.notify(session, person.user_id, kind, facts, **options))

    return to


@pytest.fixture
def mailed(new_person, in_transaction) -> Any:
    """Somebody with a proven e-mail, in Beijing."""
    from backend.accounts.service import addresses, people
    from backend.profiles import service as profiles

    person = new_person()

    def register(session: Any) -> None:
        address = addresses.read_email("lin@example.org")
        people.keep_address(session, person.user_id, address)
        addresses.register_identity(session, person.user_id, EMAIL, address.hash, verified=True)
        profiles.change_profile(session, person.user_id, {"zone": "Asia/Shanghai", "language": "zh-CN"})

    in_transaction(register)
    return person


@pytest.fixture
def run_outbox(app) -> Callable[[], None]:
    """Handle the outbox until nothing is due."""

    def run() -> None:
        while dispatch(app):
            pass

    return run


class Pigeon:
    """A way to phones that keeps what it was given; `failures` are raised first, one a push."""

    application_server_key = "the key of these tests"

    def __init__(self) -> None:
        self.sent: list[tuple[str, PushMessage]] = []
        self.failures: list[Exception] = []

    def send(self, subscription: Subscription, message: PushMessage) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append((subscription.endpoint, message))

    @property
    def titles(self) -> list[str]:
        return [message.title for _, message in self.sent]


@pytest.fixture
def pigeon(app) -> Pigeon:
    app.extensions["carbon.push"] = made = Pigeon()
    return made


@pytest.fixture
def register() -> Callable[..., dict[str, Any]]:
    """Have one signed-in device of a person told; each at an address of its own unless one is given."""
    numbers = itertools.count(1)

    def put(person: Any, phone: Phone | None = None) -> dict[str, Any]:
        phone = phone or Phone(endpoint=f"https://{MOZILLA}/wpush/v2/phone-{next(numbers)}")
        answer = person.put("/v1/inbox/device", phone.subscription)
        assert answer.status_code == 200, answer.json
        return dict(answer.json)

    return put


@pytest.fixture
def another_device(app, in_transaction) -> Callable[[Any], Any]:
    """The same person, signed in on one more device."""

    def sign_in(person: Any) -> Any:
        from backend.accounts import service

        made = in_transaction(lambda session: service.open_session(session, person.user_id, "code", None))
        return replace(
            person,
            session_id=made.session_id,
            access_token=made.access_token,
            refresh_token=made.refresh_token,
        )

    return sign_in


@pytest.fixture
def in_beijing(new_person, in_transaction) -> Any:
    """Somebody in Beijing who reads Chinese and has no address."""
    from backend.profiles import service as profiles

    person = new_person()
    lives = {"zone": "Asia/Shanghai", "language": "zh-CN"}
    in_transaction(lambda session: profiles.change_profile(session, person.user_id, lives))
    return person
