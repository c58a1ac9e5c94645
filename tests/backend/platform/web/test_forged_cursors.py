"""Cursors that nobody was given: every list refuses them by name, with what to send instead, and none breaks.

Made from the OpenAPI document, so a new list is tried without anybody writing a test for it.
"""

from __future__ import annotations

import base64
import json

import pytest

from backend.platform.core.roles import ROLES
from backend.platform.data import ids
from backend.platform.privacy import access_tokens

AN_ID = f"act_{'0' * 26}"
REMEDIES = {
    "en": "Send next_cursor of the page before, or no cursor for the first page.",
    "zh-CN": "请发送上一页的 next_cursor；第一页不用发送。",
}


def packed(text: str | bytes) -> str:
    raw = text if isinstance(text, bytes) else text.encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


# No list has a row with such values: refused everywhere.
FORGED = {
    "no value at all": packed("[]"),
    "an empty text": packed(json.dumps([""])),
    "two empty texts": packed(json.dumps(["", ""])),
    "a NUL": packed(json.dumps([AN_ID + "\0"])),
    "a NUL behind an instant": packed(json.dumps(["2026-11-20T04:00:00+00:00", "act_" + "\0" * 26])),
    "half a character": packed('["\\ud800"]'),
    "a line break": packed(json.dumps([AN_ID[:-1] + "\n"])),
    "a number": packed("[7]"),
    "nothing": packed("[null]"),
    "a huge number": packed(f"[{'9' * 250}]"),
    "a text of 250 characters": packed(json.dumps(["9" * 250])),
    "a list in a list": packed(json.dumps([[AN_ID]])),
    "lists a hundred deep": packed("[" * 140 + "]" * 140),
    "an object": packed(json.dumps({"id": AN_ID})),
    "a bare text": packed(json.dumps(AN_ID)),
    "twelve values": packed(json.dumps(["1"] * 12)),
    "three values": packed(json.dumps(["1", "2", "3"])),
    "an instant without a zone": packed(json.dumps(["2026-11-20T04:00:00", AN_ID])),
    "an instant before all": packed(json.dumps(["0001-01-01T00:00:00+14:00", AN_ID])),
    "no instant": packed(json.dumps(["2026-13-45T99:00:00+00:00", AN_ID])),
    "numbers that are words": packed(json.dumps(["a", "b", "c", "d", "factors", "key", "CN"])),
    "no number": packed(json.dumps(["NaN", "inf", "1e9", "0x10", "factors", "key", "CN"])),
    "numbers of other scripts": packed(json.dumps(["٣", "１", "1", "1", "factors", "key", "CN"], ensure_ascii=False)),
    "not UTF-8": packed(b'["\xff\xfe"]'),
    "UTF-16": packed(json.dumps([AN_ID]).encode("utf-16")),
    "not JSON": packed("lin"),
    "not base64": "????",
    "not ASCII": "光标",
    "our own with white space": packed(f'[ "{AN_ID}" ]'),
    "our own, padded": base64.urlsafe_b64encode(json.dumps([AN_ID + "9"]).encode()).decode() + "==",
}
# What one list or another might have given: refused, or taken for a place where there is nothing.
DOUBTFUL = {
    "an id of another kind": packed(json.dumps([ids.new_id("job_run")])),
    "two ids": packed(json.dumps([AN_ID, AN_ID])),
    "a negative number": packed(json.dumps(["-1"])),
    "a number beyond 64 bits": packed(json.dumps(["9223372036854775808"])),
    "the year 0": packed(json.dumps(["0"])),
    "the year 99999": packed(json.dumps(["99999"])),
    "a quotation mark": packed(json.dumps(["' OR 1=1 --"])),
}


@pytest.fixture
def lists(make_app):
    """Every list of the API: `lists(cursor, language)` asks each of them and says what was answered, by its path."""
    app = make_app(rate_limits=False)
    user_id, session_id = ids.new_id("user"), ids.new_id("session")
    app.extensions["carbon.standing"] = lambda *_: None
    with app.app_context():
        token = access_tokens.sign_access(user_id, session_id, frozenset(ROLES))
    document = app.test_client().get("/openapi.json").json
    paths = [path for path, operations in document["paths"].items() if takes_cursor(operations.get("get", {}))]

    def ask(cursor: str, language: str = "en") -> dict[str, object]:
        sent = {"Authorization": f"Bearer {token}", "Accept-Language": language}
        client = app.test_client()
        return {path: client.get(filled(path), query_string={"cursor": cursor}, headers=sent) for path in paths}

    return ask


def takes_cursor(operation: dict) -> bool:
    return any(parameter.get("name") == "cursor" for parameter in operation.get("parameters", []))


def filled(path: str) -> str:
    return "/".join("x" if segment.startswith("{") else segment for segment in path.split("/"))


@pytest.mark.parametrize("language", REMEDIES)
def test_every_list_refuses_a_forged_cursor_by_name_with_what_to_send_instead(lists, language):
    wrong = []
    for name, cursor in FORGED.items():
        answers = lists(cursor, language)
        assert len(answers) >= 15
        for path, answer in answers.items():
            told = [(one["field"], one["message"]) for one in (answer.json or {}).get("errors", [])]
            if answer.status_code != 422 or told != [("cursor", REMEDIES[language])]:
                wrong.append(f"{path}, {name}: {answer.status_code} {told}")
    assert wrong == []


def test_no_list_breaks_on_a_cursor_that_another_might_have_given(lists):
    wrong = []
    for name, cursor in DOUBTFUL.items():
        for path, answer in lists(cursor).items():
            if answer.status_code not in (200, 422):
                wrong.append(f"{path}, {name}: {answer.status_code}")
    assert wrong == []


def test_no_list_by_ids_takes_an_id_of_another_kind(lists):
    answers = lists(DOUBTFUL["an id of another kind"])
    assert {answer.status_code for path, answer in answers.items() if path in BY_ID} == {422}


BY_ID = ("/v1/orders", "/v1/routines", "/v1/evidence", "/v1/inbox", "/v1/points/bubbles", "/v1/me/sessions")
