"""The first hour of somebody who writes an app: everything they do follows from what the server answers.

Paths and bodies are those of `/openapi.json`, forms those of the catalogue; nothing of the product is imported.
"""

from __future__ import annotations

import http.client
import io
import json
import uuid
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image

from tests.backend.methodology.adoption import adopt_library

CATEGORIES = {"clothing", "food", "housing", "transport", "consumables"}
PLACE = "CN-BJ"


class App:
    """An app that knows a server's address and speaks one language."""

    def __init__(self, url: str, language: str) -> None:
        self.host, self.language, self.token = urlsplit(url).netloc, language, ""

    def call(self, method: str, path: str, body: Any = None, media: str = "application/json") -> tuple[int, Any]:
        headers = {"Content-Type": media, "Accept-Language": self.language}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        sent = body if isinstance(body, bytes | None) else json.dumps(body)
        connection = http.client.HTTPConnection(self.host, timeout=60)
        connection.request(method, path, sent, headers)
        answer = connection.getresponse()
        read = json.loads(answer.read() or b"null")
        connection.close()
        return answer.status, read

    def get(self, path: str) -> Any:
        status, read = self.call("GET", path)
        assert status == 200, read
        return read


@pytest.fixture
def app_of_mine(live_server, in_transaction) -> App:
    in_transaction(lambda session: adopt_library(session, "usr_reviewer"))
    return App(live_server.url, "en")


def test_a_phone_developers_hour(app_of_mine) -> None:
    app = app_of_mine
    tokens = sign_up(app)
    status, _ = app.call("PATCH", "/v1/me", {"region": PLACE, "zone": "Asia/Shanghai", "household_size": 2})
    assert status == 200

    rules = app.get(f"/v1/catalogue?region={PLACE}")["rules"]
    assert {rule["category"] for rule in rules} > CATEGORIES
    forms = {rule["id"]: fill_in(rule) for rule in rules if rule["category"] in CATEGORIES}

    queue = [
        {"methodology": rule, "inputs": inputs, "occurred_at": now(), "client_id": uuid.uuid4().hex}
        for rule, inputs in forms.items()
    ]
    outcomes = log(app, queue)
    assert {one["outcome"] for one in outcomes} <= {"credited", "held", "uncredited"}
    assert {one["outcome"] for one in log(app, queue)} == {"duplicate"}

    meal = next(one["id"] for one, sent in zip(outcomes, queue, strict=True) if sent["methodology"] == "food.meal")
    correct(app, meal)
    attach(app, meal, next(rule for rule in rules if rule["id"] == "food.meal"))
    lose_a_refresh(app, tokens)
    change_the_language(app, meal)


def sign_up(app: App) -> Any:
    agreed = {text["kind"]: text["version"] for text in app.get("/v1/consents")["items"] if text["required"]}
    person = {"email": "dev@example.org", "password": "ride-more-2026", "born": "1990", "consents": agreed}
    status, tokens = app.call("POST", "/v1/auth/register", person)
    assert status == 201, tokens
    app.token = tokens["access_token"]
    return tokens


def fill_in(rule: Any) -> dict[str, Any]:
    """What somebody taps: the first option, the least that is more than nothing; all in words in both languages."""
    told: dict[str, Any] = {}
    for one in rule["inputs"]:
        assert one["title"]["en"]
        assert one["title"]["zh"]
        if one["given_by"] != "person" or one["default"] is not None:
            continue
        if one["type"] == "choice":
            assert all(option["title"]["zh"] for option in one["options"])
            told[one["name"]] = one["options"][0]["value"]
        else:
            assert one["entered_as_title"]["zh"]
            least = one["minimum"] if float(one["minimum"]) else one["step"]
            told[one["name"]] = {"value": least, "unit": one["entered_as"]}
    return told


def log(app: App, queue: list[Any]) -> list[Any]:
    status, read = app.call("POST", "/v1/activities/batch", {"items": queue})
    assert status == 200, read
    return list(read["outcomes"])


def correct(app: App, activity: str) -> None:
    said = app.get(f"/v1/activities/{activity}")
    body = {
        "methodology": "food.meal",
        "occurred_at": said["occurred_at"],
        "inputs": {"meal": "vegetarian"},
        "revision": said["reduction"]["revision"],
    }
    status, corrected = app.call("PUT", f"/v1/activities/{activity}", body)
    assert status == 200, corrected
    assert corrected["inputs"]["meal"] == "vegetarian"
    status, stale = app.call("PUT", f"/v1/activities/{activity}", body | {"inputs": {"meal": "vegan"}})
    assert (status, stale["code"]) == (409, "activities.changed")


def attach(app: App, activity: str, rule: Any) -> None:
    """Hand in a photo as the catalogue says, and name it."""
    photo = next(one for one in rule["evidence"] if one["kind"] == "photo")
    assert "image/jpeg" in photo["media"]
    file = io.BytesIO()
    Image.effect_noise((320, 240), 80).convert("RGB").save(file, "JPEG")
    status, piece = app.call("POST", f"/v1/evidence?kind={photo['kind']}", file.getvalue(), "image/jpeg")
    assert status == 201, piece
    status, supported = app.call("POST", f"/v1/activities/{activity}/evidence", {"evidence": [piece["id"]]})
    assert status == 200, supported
    assert supported["evidence_tier"] == "photo"


def lose_a_refresh(app: App, tokens: Any) -> None:
    """The answer never arrives; asked again, it is the same pair."""
    body = {"refresh_token": tokens["refresh_token"]}
    _, lost = app.call("POST", "/v1/auth/refresh", body)
    status, found = app.call("POST", "/v1/auth/refresh", body)
    assert (status, found["refresh_token"]) == (200, lost["refresh_token"])
    app.token = found["access_token"]
    app.get("/v1/me")


def change_the_language(app: App, activity: str) -> None:
    status, me = app.call("PATCH", "/v1/me", {"language": "zh"})
    assert (status, me["language"]) == (200, "zh-CN")
    app.language = "zh"
    assert app.get(f"/v1/activities/{activity}")["title"] == "一餐"
    wrong = {"methodology": "food.meal", "occurred_at": now(), "inputs": {"meal": "vegn", "meals": "9"}}
    status, refused = app.call("POST", "/v1/activities", wrong)
    told = " ".join(one["message"] for one in refused["errors"])
    assert status == 422
    assert "“纯素”" in told
    assert "请填 1 到 3 餐" in told


def now() -> str:
    return datetime.now(UTC).isoformat()
