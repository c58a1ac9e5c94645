"""Four hundred people in a database, and what they post: all that this benchmark knows of the product's verbs.

They have used the app for two months: what they said about themselves has long settled, and nothing they log lies
before their account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from backend.accounts import service as accounts
from backend.activities import service as activities
from backend.methodology import service as methodology
from backend.platform.core import clock
from backend.platform.core.roles import USER
from backend.platform.data import transactions
from backend.platform.privacy.access_tokens import sign_access
from backend.profiles import service as profiles
from benchmarks import habits
from benchmarks.http_client import request_bytes
from tests.worlds import World

ROUTE, QUEUE_ROUTE = "/v1/activities", "/v1/activities/batch"
JOINED = timedelta(days=60)
OPERATOR, SECOND_OPERATOR = "usr_operator", "usr_second_operator"


@dataclass(frozen=True)
class Person:
    """Somebody with an open session; `tickets` are the ids of attested fare records, by day."""

    number: int
    user_id: str
    session_id: str
    tickets: dict[date, str]


@dataclass(frozen=True)
class Written:
    """One thing to post: its document, and who posts it under which key."""

    document: dict[str, Any]
    token: str
    key: str

    def to(self, path: str) -> bytes:
        """The whole request to a path."""
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": self.key}
        return request_bytes(path, orjson.dumps(self.document), headers)


def settle_in(world: World, count: int, days: Sequence[date]) -> list[Person]:
    """Adopt the library and make `count` people with tickets for `days`, in the database of `world`."""
    joined = clock.now() - JOINED
    with world.app.app_context():
        with clock.installed(lambda: joined):
            for reviewer in (OPERATOR, SECOND_OPERATOR):
                transactions.in_transaction(lambda session, who=reviewer: methodology.adopt_library(session, who))
            users = [
                transactions.in_transaction(lambda session, number=n: _join(session, number)) for n in range(count)
            ]
        people = transactions.in_transaction(
            lambda session: [_arrive(session, number, user_id, days) for number, user_id in enumerate(users)]
        )
    world.disconnect()
    return people


def write_day(world: World, people: Sequence[Person], on: date) -> list[list[Written]]:
    """What each of `people` posts on a day, person by person; their access tokens are fresh."""
    return [_written(person, on, token_of(world, person)) for person in people]


def token_of(world: World, person: Person) -> str:
    """A fresh access token of somebody."""
    with world.app.app_context():
        return sign_access(person.user_id, person.session_id, frozenset({USER}))


def last_days(count: int) -> list[date]:
    """The last `count` whole days where the people live, the earliest first."""
    today = datetime.now(ZoneInfo(habits.ZONE)).date()
    return [today - timedelta(days=ago) for ago in range(count, 0, -1)]


def _join(session: Any, number: int) -> str:
    user_id = accounts.create_user(session, is_guest=False)
    version = next(text.version for text in accounts.list_consent_texts() if text.kind == "attestation")
    accounts.record_decision(session, user_id, "attestation", version, is_given=True)  # so that tickets may be attested
    profiles.change_profile(session, user_id, {"region": habits.lives_in(number), "zone": habits.ZONE})
    return user_id


def _arrive(session: Any, number: int, user_id: str, days: Sequence[date]) -> Person:
    """Open a session, and put the tickets of the days into their hands."""
    opened = accounts.open_session(session, user_id, "password", None)
    with_ticket = [on for on in days if any(done.has_ticket for done in habits.activities_of(number, on))]
    tickets = {
        on: activities.attest(session, OPERATOR, user_id, "fare_record", f"{number} {on}").id for on in with_ticket
    }
    return Person(number, user_id, opened.session_id, tickets)


def _written(person: Person, on: date, token: str) -> list[Written]:
    made = []
    for place, done in enumerate(habits.activities_of(person.number, on)):
        name = f"{on}-{place}-{person.number}"
        document: dict[str, Any] = {
            "methodology": done.methodology,
            "occurred_at": done.occurred_at.isoformat(),
            "inputs": done.inputs,
            "client_id": name,
        }
        if done.duration_s is not None:
            document["duration_s"] = done.duration_s
        if done.has_ticket:
            document["evidence"] = [person.tickets[on]]
        made.append(Written(document, token, name))
    return made
