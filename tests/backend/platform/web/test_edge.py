"""The edge: who may call, what is read, what is refused before any slice is asked."""

from __future__ import annotations

import json

import pytest
from flask import request
from werkzeug.test import create_environ, run_wsgi_app

from backend.platform.core.roles import USER
from backend.platform.data import ids
from backend.platform.privacy import access_tokens

GZIP_BOMB = bytes.fromhex("1f8b08") + b"\x00" * 100


def post(probe, body, **headers):
    sent = probe.headers | {"Content-Type": "application/json"} | headers
    return probe.client.post("/v1/probe/notes", data=body, headers=sent)


def codes(answer):
    return [(row["field"], row["code"]) for row in answer.json["errors"]]


# --- what is read -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body, reason",
    [
        (b"", "json.malformed"),
        (b"[]", "json.not_an_object"),
        (b'"text"', "json.not_an_object"),
        (b'{"line": "a", "line": "b"}', "json.duplicate_key"),
        (b'{"line": "\\ud800"}', "json.lone_surrogate"),
        (b'{"line": "a\\u0000"}', "json.nul_character"),
        (b'{"takes_s": NaN}', "json.not_a_number"),
        (b'{"takes_s": 1e400}', "json.number_too_long"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "json.too_deep"),
        (b"\xff\xfe{\x00}\x00", "json.not_utf8"),
    ],
)
def test_a_body_that_is_not_strict_json_is_refused_with_the_reason(body, reason, probe):
    answer = post(probe, body)
    assert (answer.status_code, answer.json["code"], answer.json["reason"]) == (400, "request.malformed", reason)
    assert probe.notes() == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": ""},
        {"Content-Encoding": "gzip"},
        {"Content-Encoding": "br"},
    ],
)
def test_only_plain_json_is_read(headers, probe):
    answer = post(probe, GZIP_BOMB, **headers)
    assert (answer.status_code, answer.json["code"]) == (415, "request.media_type")


def test_a_huge_body_is_refused_without_being_read(probe):
    class Endless:
        """A stream that would give 200 MB; it counts what is taken."""

        taken = 0

        def read(self, size=-1):
            size = 200_000_000 - self.taken if size < 0 else min(size, 200_000_000 - self.taken)
            self.taken += size
            return b" " * size

    for more in ({"CONTENT_LENGTH": "200000000"}, {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}):
        stream = Endless()
        environ = create_environ(
            "/v1/probe/notes", method="POST", headers=probe.headers, content_type="application/json"
        )
        body, status, _ = run_wsgi_app(probe.app, environ | {"wsgi.input": stream} | more)
        assert (status[:3], json.loads(b"".join(body))["code"]) == ("413", "request.too_large")
        assert stream.taken <= 2 * probe.app.config["MAX_CONTENT_LENGTH"]


def test_every_wrong_field_is_named_at_once_with_what_to_do(probe):
    answer = post(probe, json.dumps({"takes_s": "long", "admin": True}).encode())
    assert answer.status_code == 422
    assert answer.json["code"] == "request.invalid"
    assert sorted(codes(answer)) == [("admin", "unknown"), ("line", "required"), ("takes_s", "not_a_decimal")]
    words = {row["field"]: row["message"] for row in answer.json["errors"]}
    assert words["line"] == "Give this field."
    assert words["admin"] == "There is no such field. Known here: line, refuse, takes_s."


@pytest.mark.parametrize(
    "query, expected",
    [
        ("limit=0", ("limit", "too_small")),
        ("limit=201", ("limit", "too_large")),
        ("limit=ten", ("limit", "not_a_whole_number")),
        ("limit=1&limit=2", ("limit", "repeated")),
        ("cursor=nonsense", ("cursor", "cursor_unknown")),
        ("cursor=%00", ("cursor", "cursor_unknown")),
        ("sort=name;DROP TABLE notes", ("sort", "unknown")),
    ],
)
def test_a_query_is_read_as_strictly_as_a_body(query, expected, probe):
    answer = probe.get(f"/v1/probe/notes?{query}")
    assert answer.status_code == 422
    assert codes(answer) == [expected]


@pytest.mark.parametrize("path", ["%00", "a%0ab", "%E2%80%AE", "x" * 201])
def test_a_path_no_id_can_have_is_not_found(path, probe):
    answer = probe.get(f"/v1/probe/notes/{path}")
    assert (answer.status_code, answer.json["code"]) == (404, "request.not_found")


def test_a_read_only_endpoint_cannot_write(probe):
    assert probe.get("/v1/probe/writes").status_code == 500
    assert probe.notes() == []


def test_decimals_go_out_as_strings(probe):
    answer = probe.client.post("/v1/probe/amounts", json={"amount": 1.10})
    assert answer.data == b'{"amount":"1.1"}'


# --- pages and ETags ----------------------------------------------------------------------------------------------


def test_pages_neither_skip_nor_repeat_when_rows_are_added_meanwhile(probe):
    for n in range(7):
        probe.post(f"line {n}")
    seen, cursor = [], None
    while True:
        page = probe.get(f"/v1/probe/notes?limit=2{f'&cursor={cursor}' if cursor else ''}").json
        seen += [item["line"] for item in page["items"]]
        if len(seen) == 4:
            probe.post("line 7")
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [f"line {n}" for n in range(8)]


def test_a_cursor_shows_nothing_to_somebody_else(probe):
    probe.post("mine")
    probe.post("mine too")
    cursor = probe.get("/v1/probe/notes?limit=1").json["next_cursor"]
    with probe.app.app_context():
        probe.token = access_tokens.sign_access(ids.new_id("user"), ids.new_id("session"), frozenset({USER}))
    assert probe.get(f"/v1/probe/notes?cursor={cursor}").json == {"items": [], "next_cursor": None}


def test_what_has_not_changed_is_not_sent_again(probe):
    note = probe.post("line").json["id"]
    first = probe.get(f"/v1/probe/notes/{note}")
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = probe.get(f"/v1/probe/notes/{note}", **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


# --- who may call -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header, code",
    [
        (None, "auth.required"),
        ("", "auth.required"),
        ("Bearer", "auth.invalid_token"),
        ("Bearer ", "auth.invalid_token"),
        ("Bearer not.a.token", "auth.invalid_token"),
        ("Basic bGluOnB3", "auth.invalid_token"),
    ],
)
def test_a_caller_without_a_good_token_is_told_how_to_come_in(header, code, probe):
    answer = probe.client.get("/v1/probe/notes", headers={} if header is None else {"Authorization": header})
    assert (answer.status_code, answer.json["code"]) == (401, code)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_caller_without_the_role_is_refused(probe):
    answer = probe.get("/v1/probe/staff")
    assert (answer.status_code, answer.json["code"]) == (403, "auth.forbidden")


# --- what every answer carries ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/healthz", "/nowhere", "/v1/probe/notes", "/metrics", "/openapi.json"])
def test_every_answer_carries_strict_headers(path, probe):
    headers = probe.client.get(path).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] in ("no-store", "no-cache")
    assert "Strict-Transport-Security" not in headers


def test_production_insists_on_https(make_app):
    app = make_app(environment="production", redis_url="embedded://")
    assert "max-age=" in app.test_client().get("/healthz").headers["Strict-Transport-Security"]


def test_the_method_that_is_not_offered_is_answered_with_those_that_are(probe):
    answer = probe.client.delete("/v1/probe/amounts")
    assert (answer.status_code, answer.json["code"]) == (405, "request.method")
    assert "POST" in answer.headers["Allow"]


def test_browsers_elsewhere_are_let_in_only_when_the_settings_name_them(make_app):
    origin = {"Origin": "https://app.example"}
    ask = origin | {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "idempotency-key"}
    closed, open_ = make_app().test_client(), make_app(cors_origins=("https://app.example",)).test_client()

    assert "Access-Control-Allow-Origin" not in closed.get("/healthz", headers=origin).headers
    allowed = open_.options("/healthz", headers=ask).headers
    assert allowed["Access-Control-Allow-Origin"] == "https://app.example"
    assert "idempotency-key" in allowed["Access-Control-Allow-Headers"].lower()
    assert "Access-Control-Allow-Credentials" not in allowed
    other = open_.get("/healthz", headers={"Origin": "https://evil.example"}).headers
    assert "Access-Control-Allow-Origin" not in other


@pytest.mark.parametrize("proxies, seen", [(0, "127.0.0.1"), (1, "203.0.113.9")])
def test_an_address_is_believed_only_from_the_proxies_in_front(proxies, seen, make_app):
    app = make_app(trusted_proxies=proxies)
    addresses = []

    @app.before_request
    def note_address():
        addresses.append(request.remote_addr)

    app.test_client().get("/healthz", headers={"X-Forwarded-For": "198.51.100.7, 203.0.113.9"})
    assert addresses == [seen]


def test_files_are_served_from_here_with_their_type(client):
    with client.get("/static/swagger-ui/swagger-ui.css") as answer:
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/css")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get("/static/../config/settings.py").status_code == 404
    assert client.get("/static/%2e%2e/config/settings.py").status_code == 404
