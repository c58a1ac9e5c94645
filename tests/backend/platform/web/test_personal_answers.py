"""What is somebody's own is kept in no cache that others share, and figures of the installation are not public."""

from __future__ import annotations

import pytest

TOKEN = "the-token-of-prometheus"
FROM_ELSEWHERE = {"REMOTE_ADDR": "198.51.100.7"}


@pytest.mark.parametrize("path", ["/v1/me", "/v1/me/sessions", "/v1/me/consents", "/v1/activities", "/v1/account"])
def test_what_is_somebodys_own_is_private(path, new_person) -> None:
    answer = new_person().get(path)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"].startswith("private, ")


def test_whatever_asks_who_one_is_answers_in_private(app, client, new_person) -> None:
    person = new_person(roles=("admin", "support", "reviewer"))
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/v1/") and not rule.arguments]
    paths = [rule.rule for rule in rules if "GET" in rule.methods and client.get(rule.rule).status_code == 401]
    kept = {path: person.get(path).headers["Cache-Control"].split(", ") for path in paths}
    assert len(kept) > 20
    assert {path for path, said in kept.items() if not {"private", "no-store"} & set(said)} == set()


@pytest.mark.parametrize("path", ["/v1/consents", "/v1/methodologies", "/problems/not_found"])
def test_control_what_is_everybodys_is_not(path, client) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert "private" not in answer.headers["Cache-Control"]


def ask(app, header=None, environ=None):
    headers = {"Authorization": header} if header else {}
    return app.test_client().get("/metrics", headers=headers, environ_base=environ or {}).status_code


@pytest.mark.parametrize("environment", ["development", "production"])
def test_figures_are_for_whoever_has_their_token(environment, make_app) -> None:
    app = make_app(environment=environment, metrics_token=TOKEN)
    assert ask(app, f"Bearer {TOKEN}", FROM_ELSEWHERE) == 200
    for header in (None, "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer \u00fc"):
        assert ask(app, header) == 404, header


def test_without_a_token_production_shows_figures_to_nobody(make_app) -> None:
    app = make_app(environment="production")
    assert [ask(app), ask(app, "Bearer "), ask(app, environ=FROM_ELSEWHERE)] == [404] * 3


def test_without_a_token_development_shows_figures_to_its_own_machine(make_app) -> None:
    app = make_app(environment="development")
    assert [ask(app), ask(app, environ={"REMOTE_ADDR": "::1"}), ask(app, environ=FROM_ELSEWHERE)] == [200, 200, 404]


def test_whoever_a_proxy_speaks_for_is_not_this_machine(make_app) -> None:
    app = make_app(environment="development", trusted_proxies=1)
    assert app.test_client().get("/metrics", headers={"X-Forwarded-For": "198.51.100.7"}).status_code == 404
