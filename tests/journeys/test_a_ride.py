"""A ride, from a phone nobody knows to points that can be spent, over HTTP and nothing else."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.backend.methodology.adoption import adopt_library

ROOT = Path(__file__).resolve().parents[2]
RIDE = {
    "methodology": "transport.low_carbon_trip",
    "occurred_at": "2026-11-20T08:10:00+08:00",
    "duration_s": 1500,
    "inputs": {"mode": "metro", "distance": {"value": "10", "unit": "km"}},
}


class Phone:
    """A client that knows a server's address, and its token once it has one."""

    def __init__(self, url: str) -> None:
        self.host, self.tokens = urlsplit(url).netloc, {}

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        sent = {"Content-Type": "application/json", **headers}
        if self.tokens:
            sent["Authorization"] = f"Bearer {self.tokens['access_token']}"
        connection = http.client.HTTPConnection(self.host, timeout=20)
        connection.request(method, path, None if body is None else json.dumps(body), sent)
        answer = connection.getresponse()
        read = json.loads(answer.read() or b"null")
        connection.close()
        assert answer.status < 400, read
        return read

    def begin(self) -> None:
        """Use first, register later."""
        asked = self.call("GET", "/v1/consents")["items"]
        agreed = {text["kind"]: text["version"] for text in asked if text["required"]}
        self.tokens = self.call("POST", "/v1/auth/guest", {"consents": agreed, "device": "a phone"})

    def wake(self) -> None:
        """The next day: the access token has expired, the refresh token has not."""
        refresh = self.tokens["refresh_token"]
        self.tokens = {}
        self.tokens = self.call("POST", "/v1/auth/refresh", {"refresh_token": refresh})


@pytest.fixture
def phone(live_server, in_transaction, frozen_clock) -> Phone:
    in_transaction(lambda session: adopt_library(session, "usr_reviewer"))
    made = Phone(live_server.url)
    made.begin()
    made.call("PATCH", "/v1/me", {"region": "CN-BJ", "zone": "Asia/Shanghai"})
    return made


def test_a_metro_ride_becomes_explained_grams_and_points(phone, frozen_clock, tmp_path):
    promised = phone.call(
        "POST", "/v1/estimates", {name: RIDE[name] for name in ("methodology", "inputs")} | {"region": "CN-BJ"}
    )
    ride = phone.call("POST", "/v1/activities", RIDE, **{"Idempotency-Key": "ride 1"})
    assert ride["reduction"]["reduction_g"] == promised["reduction"]["reduction_g"] == 720
    assert ride["reduction"]["credited_g"] == ride["points"]["amount"] == 320
    assert phone.call("POST", "/v1/activities", RIDE, **{"Idempotency-Key": "ride 1"}) == ride

    working = phone.call("GET", f"/v1/reductions/{ride['reduction']['id']}", **{"Accept-Language": "zh-CN"})
    assert any("1040 g" in line and "基准情景" in line for line in working["explanation"])
    file = tmp_path / "reduction.json"
    file.write_text(json.dumps(working), encoding="utf-8")
    explained = subprocess.run(
        [sys.executable, "-m", "calculators", "explain", "--language", "zh", str(file)],
        cwd=ROOT, env={"PYTHONUTF8": "1", "PATH": ""}, capture_output=True, text=True, encoding="utf-8", check=True,
    )  # fmt: skip
    assert explained.stdout.splitlines() == working["explanation"]

    assert phone.call("POST", "/v1/points/collect", {})["amount"] == 0
    frozen_clock.advance(timedelta(days=1))
    phone.wake()
    assert phone.call("POST", "/v1/points/collect", {})["amount"] == 320
    assert phone.call("GET", "/v1/account")["available"] == 320


def test_a_ride_taken_back_takes_its_points_with_it(phone, frozen_clock):
    ride = phone.call("POST", "/v1/activities", RIDE)
    frozen_clock.advance(timedelta(days=1))
    phone.wake()
    phone.call("POST", "/v1/points/collect", {})
    withdrawn = phone.call("POST", f"/v1/activities/{ride['id']}/withdraw")
    assert (withdrawn["status"], withdrawn["points"]["amount"]) == ("withdrawn", 0)
    account = phone.call("GET", "/v1/account")
    assert (account["points"], account["pending"], account["owed"]) == (0, 0, 0)
