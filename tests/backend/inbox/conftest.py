"""Somebody whose inbox fills, and a postbox that keeps what would be mailed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from backend.inbox import service as inbox
from backend.jobs.runner.dispatch import dispatch
from backend.ports.messages import EMAIL, PHONE, Message


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
def tell(in_transaction) -> Callable[..., None]:
    def to(person: Any, amount: int = 120, kind: str = "points.expiring", **options: Any) -> None:
        facts = {"amount": amount, "ends_on": "2026-12-01"}
        in_transaction(lambda session: inbox.tell(session, person.user_id, kind, facts, **options))

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
        addresses.claim(session, person.user_id, EMAIL, address.hash, verified=True)
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
