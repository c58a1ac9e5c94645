"""Nobody decides about what they did themselves, and nothing is attested for who does not agree to it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backend.accounts import service as accounts
from backend.platform.core.roles import PARTNER, SUPPORT, USER
from backend.platform.privacy import access_tokens
from calculators import GPX
from tests.backend.activities.conftest import log
from tests.backend.activities.guest_steps import renewed
from tests.backend.activities.test_evidence_upload import handed_in
from tests.calculators.traces.recorder import MORNING, gpx
from tests.calculators.traces.stories import drawn


@pytest.fixture
def held(beijinger):
    """A walk with a track that nobody recorded."""
    piece = handed_in(beijinger, gpx(drawn(5, 2000)), "gps_trace", GPX)
    activity = log(beijinger, mode="walk", distance="2", occurred_at=MORNING.isoformat(), evidence=[piece["id"]])
    assert activity["status"] == "held", activity
    return activity


def with_roles(person, *roles):
    with person.app.app_context():
        token = access_tokens.sign_access(person.user_id, person.session_id, frozenset({USER, *roles}))
    return replace(person, access_token=token)


def test_support_does_not_accept_their_own_held_activity(beijinger, held, in_transaction):
    in_transaction(lambda s: accounts.grant_role(s, beijinger.user_id, SUPPORT, who="the tests", reason="a test"))
    for verdict in ("accept", "reject"):
        path = f"/v1/operator/held/{beijinger.user_id}/{held['id']}/{verdict}"
        refused = with_roles(beijinger, SUPPORT).post(path, {"reason": "I know what I did"})
        assert (refused.status_code, refused.json["code"]) == (403, "decision.own")
    assert renewed(beijinger).get(f"/v1/activities/{held['id']}").json["status"] == "held"


@pytest.mark.parametrize("role", [PARTNER, SUPPORT])
def test_nobody_attests_their_own_fare_record_whatever_their_role(role, beijinger, in_transaction):
    in_transaction(lambda s: accounts.grant_role(s, beijinger.user_id, role, who="the tests", reason="a test"))
    body = {"user_id": beijinger.user_id, "tier": "fare_record", "reference": "my own ticket"}
    refused = with_roles(beijinger, role).post("/v1/operator/evidence", body)
    assert (refused.status_code, refused.json["code"]) == (403, "decision.own")


def test_nothing_is_attested_for_somebody_who_does_not_agree_to_it(beijinger, new_person):
    partner = new_person(roles=("partner",))
    body = {"user_id": beijinger.user_id, "tier": "fare_record", "reference": "line 4, 08:15"}
    consent = "/v1/me/consents/attestation"
    assert beijinger.put(consent, {"version": "2026-11-01", "given": False}).status_code == 204
    refused = partner.post("/v1/operator/evidence", body)
    assert (refused.status_code, refused.json["code"]) == (409, "evidence.not_agreed")
    assert beijinger.put(consent, {"version": "2026-11-01", "given": True}).status_code == 204
    assert partner.post("/v1/operator/evidence", body).status_code == 201


def test_nothing_is_attested_for_somebody_who_may_not_act(beijinger, new_person, in_transaction):
    in_transaction(lambda s: accounts.suspend(s, beijinger.user_id, who="the tests", reason="a doubt"))
    body = {"user_id": beijinger.user_id, "tier": "fare_record", "reference": "line 4, 08:16"}
    refused = new_person(roles=("partner",)).post("/v1/operator/evidence", body)
    assert (refused.status_code, refused.json["code"]) == (409, "evidence.not_agreed")
