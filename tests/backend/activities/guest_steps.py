"""Words for guests and accounts: rides, what they are credited with, and what is done with the points."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from backend.platform.core.roles import USER
from backend.platform.privacy import access_tokens
from backend.points import service as points
from tests.backend.activities.conftest import log
from tests.backend.conftest import Person


def at(hour: int, day: int = 20) -> str:
    return f"2026-11-{day:02}T{hour:02}:00:00+08:00"


def ride(person: Person, hour: int, *, day: int = 20, **given: Any) -> dict[str, Any]:
    """A ride of 500 km by metro, credited with `LONG_RIDE_G` where there is room."""
    return log(person, **{"occurred_at": at(hour, day), "distance": "500"} | given)


def renewed(person: Person) -> Person:
    """The same person with an access token of this instant."""
    with person.app.app_context():
        return replace(
            person, access_token=access_tokens.sign_access(person.user_id, person.session_id, frozenset({USER}))
        )


def items(person: Person) -> dict[str, dict[str, Any]]:
    return {item["id"]: item for item in person.get("/v1/activities?limit=200").json["items"]}


def credit(person: Person) -> int:
    return sum(item["points"]["amount"] for item in items(person).values() if item["status"] != "withdrawn")


def collected(guest, frozen_clock, in_transaction, *, spend: int = 0) -> None:
    """The guest collects everything the next day, and spends some of it."""
    frozen_clock.advance(timedelta(days=1))
    in_transaction(lambda session: points.collect(session, guest.user_id))
    if spend:
        in_transaction(lambda session: points.spend(session, guest.user_id, "order 1", spend, "trees"))
