"""A route compiles how its address is built when somebody first builds one, and builds what Werkzeug builds."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from werkzeug.routing import Map, Rule

from backend.platform.web.openapi import Route

ADDRESSES = [
    ("/", {}, "/"),
    ("/v1/reductions/<reduction_id>", {"reduction_id": "red_1 é"}, "/v1/reductions/red_1%20%C3%A9"),
    ("/v1/pages/<int:page>", {"page": 3, "language": "zh", "of": "a&b"}, "/v1/pages/3?language=zh&of=a%26b"),
    ("/static/<path:name>", {"name": "fonts/a b.woff2"}, "/static/fonts/a%20b.woff2"),
]


@pytest.mark.parametrize(("pattern", "values", "address"), ADDRESSES)
def test_an_address_is_built_and_read_as_by_werkzeugs_own_rule(pattern, values, address):
    ours, theirs = (Map([kind(pattern, endpoint="it")]).bind("localhost") for kind in (Route, Rule))
    assert ours.build("it", values) == theirs.build("it", values) == address
    path = unquote(address).split("?")[0]
    assert ours.match(path) == theirs.match(path)


def test_nothing_is_compiled_before_and_once_at_the_first_address(monkeypatch):
    compiled = []
    really = Rule._compile_builder
    monkeypatch.setattr(
        Rule, "_compile_builder", lambda self, unknown=True: compiled.append(unknown) or really(self, unknown)
    )
    routes = Map([Route("/v1/reductions/<reduction_id>", endpoint="it")]).bind("localhost")
    assert routes.match("/v1/reductions/r") == ("it", {"reduction_id": "r"})
    assert compiled == []
    assert {routes.build("it", {"reduction_id": "r"}) for _ in range(3)} == {"/v1/reductions/r"}
    assert compiled == [False, True]


def test_every_route_of_the_application_is_one(app):
    assert {type(rule) for rule in app.url_map.iter_rules()} == {Route}
