"""An operator takes back what was earned and spent: it is owed, the person reads why, and earns their way out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from backend.platform.core.roles import SUPPORT, USER
from backend.platform.privacy import access_tokens
from backend.points import service as points
from tests.backend.activities.conftest import log

# By metro in Beijing, self-declared: 32.04 g/km, rounded down.
KM_OF_1000_G, KM_OF_500_G = "31.22", "15.61"
REJECTED = {"reason": "the operator of the line says that it stood still that day"}


class Person:
    """Somebody over HTTP, with a token of whatever instant it is."""

    def __init__(self, made, frozen_clock, *roles):
        self._made, self._clock, self._roles = made, frozen_clock, frozenset({USER, *roles})
        self.user_id = made.user_id

    @property
    def api(self):
        with self._made.app.app_context():
            token = access_tokens.sign_access(self.user_id, self._made.session_id, self._roles)
        return replace(self._made, access_token=token)

    def earn(self, km, at):
        ride = log(self.api, distance=km, occurred_at=at)
        self._clock.advance(timedelta(days=1))
        assert self.api.post("/v1/points/collect", {}).status_code == 200
        return ride

    @property
    def balance(self):
        shown = self.api.get("/v1/account").json
        return shown["balance"], shown["owed"], shown["available"]


@pytest.fixture
def person(beijinger, frozen_clock):
    return Person(beijinger, frozen_clock)


@pytest.fixture
def operators(new_person, frozen_clock):
    return [Person(new_person(roles=(SUPPORT,)), frozen_clock, SUPPORT) for _ in range(2)]


def test_earn_1000_spend_900_an_operator_reverses_the_1000_then_earn_500(person, operators, in_transaction, parallel):
    ride = person.earn(KM_OF_1000_G, "2026-11-20T08:10:00+08:00")
    assert ride["reduction"]["credited_g"] == 1000
    in_transaction(lambda session: points.spend(session, person.user_id, "order 1", 900, "trees"))
    assert person.balance == (100, 0, 100)

    path = f"/v1/operator/held/{person.user_id}/{ride['id']}/reject"
    race = parallel(2, lambda n: operators[n].api.post(path, REJECTED))
    assert race.errors == []
    assert sorted(answer.status_code for answer in race.results) in ([200, 200], [200, 409])
    assert person.balance == (-900, 900, 0)
    entries = person.api.get("/v1/account/entries").json["items"]
    assert [entry["kind"] for entry in entries] == ["reversal", "spending", "collection", "credit"]

    (note,) = person.api.get("/v1/inbox").json["items"]
    assert (note["kind"], note["facts"]["before_g"], note["facts"]["after_g"]) == ("reduction.rejected", 1000, 0)
    assert "1,000 g" in note["text"]

    person.earn(KM_OF_500_G, "2026-11-21T08:10:00+08:00")
    assert person.balance == (-400, 400, 0)
