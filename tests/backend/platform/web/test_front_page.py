"""The address without a path leads on: a page for people in their language, a few lines for programs."""

from __future__ import annotations

import re

import pytest
import redis
from sqlalchemy import event

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(("language", "words"), [("en", "Personal carbon account"), ("zh-CN", "个人碳账户")])
def test_a_browser_is_led_on_in_its_language(language, words, client) -> None:
    headers = {"Accept": BROWSER, "Accept-Language": language}
    answer = client.get("/", headers=headers)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert f'<html lang="{language}">' in answer.text
    assert words in answer.text
    paths = re.findall(r'<a href="([^"]+)">', answer.text)
    assert {"/docs", "/docs/terms", "/docs/privacy"} <= set(paths)
    assert {client.get(path, headers=headers).status_code for path in paths} == {200}


def test_a_program_gets_the_same_paths(client) -> None:
    answer = client.get("/")
    paths = list(answer.json.values())
    assert len(paths) == 5
    assert {client.get(path).status_code for path in paths} == {200}


def test_the_page_is_as_strict_as_every_answer(client) -> None:
    page, other = client.get("/", headers={"Accept": BROWSER}), client.get("/healthz")
    for name in ("X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy"):
        assert page.headers[name] == other.headers[name]
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert {"Accept", "Accept-Language"} <= set(page.vary)


@pytest.mark.parametrize("environment", ["test", "production"])
@pytest.mark.parametrize("path", ["/static/legal/style.css", "/static/swagger-ui/swagger-ui.css"])
def test_a_file_carries_the_headers_of_every_answer(path, environment, make_app) -> None:
    client = make_app(environment=environment).test_client()
    every = set(client.get("/healthz").headers.keys()) - {"Cache-Control", "X-Request-Id", "Content-Language", "Vary"}
    assert ("Strict-Transport-Security" in every) is (environment == "production")
    other = client.get("/healthz")
    unchanged = {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}
    for method, headers, status in (
        ("GET", {}, 200), ("GET", {"Range": "bytes=0-9"}, 206), ("GET", unchanged, 304), ("POST", {}, 405),
    ):  # fmt: skip
        with client.open(path, method=method, headers=headers) as file:
            assert file.status_code == status
            for name in every - {"Content-Type", "Content-Length"}:
                assert file.headers.getlist(name) == [other.headers[name]], (name, status)
            assert status == 405 or "max-age" in file.headers["Cache-Control"]


@pytest.mark.parametrize("accept", [BROWSER, "application/json"])
def test_the_front_page_asks_neither_the_database_nor_redis(accept, app, client, monkeypatch) -> None:
    asked = []
    event.listen(app.extensions["carbon.engine"], "begin", lambda connection: asked.append("database"))
    monkeypatch.setattr(redis.Redis, "execute_command", lambda *given, **options: asked.append("redis"))
    assert client.get("/", headers={"Accept": accept}).status_code == 200
    assert asked == []
    client.get("/readyz")  # the control: this one asks both
    assert set(asked) == {"database", "redis"}
