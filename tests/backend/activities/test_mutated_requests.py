"""Sound requests with a value or some bytes changed, by the thousand: each is taken or refused, none is our mistake.

`test_hostile_requests` makes requests from the document alone; here they begin as ones that are taken, so that what
lies behind the schemas is reached too: rules, units, footprints, documents, passkeys, payments.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from backend.platform.core.roles import ROLES
from backend.platform.privacy.access_tokens import sign_access
from tests.backend.accounts.conftest import AGREED
from tests.backend.activities.conftest import BEHAVIOUR, TRIP, trip
from tests.mutations import changed_bytes, changed_json

ADDRESS = {"channel": "email", "address": "lin@example.org"}
REGISTRATION = {"born": "1990", "consents": AGREED}
INPUTS = {"mode": "metro", "distance": {"value": "10", "unit": "km"}}
BODIES: dict[str, Any] = {
    "PATCH /v1/me": {
        "commute": {"days_per_week": 3, "mode": "bus", "one_way_km": "7.5"},
        "diet": "vegan",
        "display_name": "Lin",
        "household_size": "2.5",
        "language": "zh-CN",
        "region": "CN-BJ",
        "zone": "Asia/Shanghai",
    },
    "PATCH /v1/inbox/preferences": {
        "kinds": {"activity.held": True},
        "pushed_kinds": {"activity.held": False},
        "quiet_hours": {"from": "22:00", "until": "07:00"},
    },
    "POST /v1/activities": trip(duration_s=1500, client_id="1", region="CN-BJ", evidence=[]),
    "POST /v1/activities/batch": {"items": [trip(client_id="1"), trip(client_id="2", mode="walk", distance="1")]},
    "POST /v1/estimates": {
        "methodology": TRIP,
        "region": "CN-BJ",
        "inputs": INPUTS,
        "on": "2026-11-20",
        "duration_s": 1500,
        "household_size": "2",
        "evidence_tier": "self_declared",
    },
    "POST /v1/routines": {
        "methodology": TRIP,
        "inputs": INPUTS,
        "time": "08:10",
        "weekdays": [1, 2],
        "starts_on": "2026-11-20",
        "duration_s": 1500,
    },
    "POST /v1/activities/{activity}/evidence": {"evidence": ["evd_01jb0000000000000000000000"]},
    "POST /v1/activities/{activity}/appeal": {"words": "It was I."},
    "POST /v1/auth/address": ADDRESS,
    "POST /v1/auth/address/confirm": {**ADDRESS, "code": "123456"},
    "POST /v1/auth/code": {"channel": "phone", "address": "+8613800138000"},
    "POST /v1/auth/code/sign-in": {**ADDRESS, "code": "123456", "device": "Phone", "registration": REGISTRATION},
    "POST /v1/auth/guest": {"consents": AGREED, "device": "Phone"},
    "POST /v1/auth/guest/merge": {"answer_token": "a" * 40, "bring": True},
    "POST /v1/auth/oidc/local/begin": {"redirect_uri": None},
    "POST /v1/auth/oidc/local/sign-in": {"ceremony": "a" * 40, "code": "e30.e30.e30", "state": "s"},
    "POST /v1/auth/refresh": {"refresh_token": "a" * 60},
    "POST /v1/household/join": {"code": "ABCD-EFGH"},
    "POST /v1/inbox/read": {"note_ids": ["nte_01jb0000000000000000000000"]},
    "POST /v1/operator/evidence": {"user_id": "{person}", "tier": "fare_record", "reference": "ticket 1"},
    "POST /v1/operator/methodologies": {"document": BEHAVIOUR},
    "POST /v1/operator/methodologies/transport.low_carbon_trip/versions/1/approve": {
        "content_sha256": "0" * 64,
        "effective_on": "2026-12-01",
    },
    "POST /v1/points/collect": {"grant_ids": ["grt_01jb0000000000000000000000"]},
    "POST /v1/quotes": {"currency": "CNY", "grams": 50_000, "project": "none"},
    "PUT /v1/footprints/2026": {
        "answers": {"diet": "vegan"},
        "own_target": {"grams": 4_000_000, "year": 2030},
        "start_from": 2025,
    },
    "PUT /v1/household/things/meter": {"country": "CN", "number": "M 77-1"},
    "PUT /v1/inbox/device": {"endpoint": "https://fcm.googleapis.com/fcm/send/a", "keys": {"auth": "a", "p256dh": "b"}},
    "PUT /v1/me/consents/location": {"given": True, "version": "2026-11-01"},
}


@pytest.fixture
def everyone(beijinger, make_app) -> Any:
    """Somebody in Beijing who holds every role, at an application without limits."""
    app = make_app(rate_limits=False)
    app.extensions["carbon.standing"] = lambda *_: None
    with app.app_context():
        token = sign_access(beijinger.user_id, beijinger.session_id, frozenset(ROLES))
    return replace(beijinger, app=app, access_token=token)


def faults_of(person: Any, requests: Any) -> list[str]:
    """The requests to which the answer was that something unexpected happened here."""
    found = []
    for method, path, body, headers in requests:
        sent = {"headers": headers, "data": body, "content_type": "application/json"}
        answer = person.call(method, path, **sent)
        if answer.status_code >= 500:
            found.append(f"{method} {path} {answer.status_code} {body[:300]!r} {headers}")
    return found


@pytest.mark.alike_on_both_engines
@pytest.mark.timeout(3600)
def test_no_changed_body_is_our_mistake(everyone, counts):
    logged = everyone.post("/v1/activities", trip()).json["id"]
    rng = random.Random(15)

    def requests():
        for _ in range(counts(small=6, long=400)):
            for operation, body in BODIES.items():
                method, path = operation.replace("{activity}", logged).split(" ")
                if "user_id" in body:
                    body = body | {"user_id": everyone.user_id}
                yield method, path, changed_json(rng, body), {}

    assert faults_of(everyone, requests()) == []


HEADERS = {
    "Authorization": "Bearer e30.e30.e30",
    "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8",
    "Accept": "application/json;q=0.9, text/html",
    "If-None-Match": '"0123", W/"4567"',
    "Idempotency-Key": "one",
    "X-Request-Id": "one",
    "Content-Type": "application/json; charset=utf-8",
    "Stripe-Signature": "t=1795000000,v1=00",
}


@pytest.mark.alike_on_both_engines
@pytest.mark.timeout(3600)
def test_no_changed_header_query_or_path_is_our_mistake(everyone, counts):
    rng = random.Random(16)
    asked = ["GET /v1/me", "GET /v1/catalogue", "GET /v1/activities", "POST /v1/estimates", "POST /v1/webhooks/stripe"]

    def text(whole: str) -> str:
        # as a server hands headers over: one line of Latin letters
        return changed_bytes(rng, whole.encode()).decode("latin-1").replace("\r", "").replace("\n", "")[:4000]

    def requests():
        for _ in range(counts(small=20, long=2000)):
            for operation in asked:
                method, path = operation.split(" ")
                name = rng.choice(list(HEADERS))
                yield method, path, b"{}", {name: text(HEADERS[name])}
            for path in ("region=CN-BJ", "limit=20&cursor=W10", "from=2026-11-01&status=held", "on=2026-11-20"):
                place = rng.choice(("/v1/catalogue", "/v1/activities", "/v1/me/passkeys", "/v1/evidence"))
                yield "GET", f"{place}?{quote(text(path), safe='=&%')}", b"", {}
            yield "GET", f"/v1/activities/{quote(text('act_01jb0000000000000000000000'))}", b"", {}
            yield "GET", f"/v1/certificates/{quote(text('ABCD-EFGH'))}", b"", {}
            yield "GET", f"/v1/evidence/pictures/{quote(text('usr_1.evd_1.1795000000.00'))}", b"", {}

    assert faults_of(everyone, requests()) == []
