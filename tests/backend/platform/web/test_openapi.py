"""The document says everything the server does, and nothing it does not; people read it without a foreign server."""

from __future__ import annotations

import re

import pytest
import schemathesis

from backend.platform.web import document_words

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


@pytest.fixture
def document(client):
    return client.get("/openapi.json").json


def operations(document):
    return [
        (path, method.upper(), operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method.upper() in METHODS
    ]


def live_routes(app):
    return {
        (re.sub(r"<(?:[^<>]+:)?(\w+)>", r"{\1}", rule.rule), method)
        for rule in app.url_map.iter_rules()
        if not rule.rule.startswith("/console")  # pages for people
        for method in rule.methods & METHODS
    }


def test_every_live_route_is_in_the_document_and_the_other_way_round(app, document):
    documented = {(path, method) for path, method, _ in operations(document)}
    assert documented == live_routes(app)


def test_a_route_that_is_missing_from_the_document_is_noticed(make_app):
    app = make_app()
    app.add_url_rule("/v1/hidden/<int:number>", view_func=lambda number: "", endpoint="hidden")
    documented = {(path, method) for path, method, _ in operations(app.test_client().get("/openapi.json").json)}
    assert live_routes(app) - documented == {("/v1/hidden/{number}", "GET")}


def test_the_document_is_openapi_3_1(document):
    assert document["openapi"].startswith("3.1")
    schemathesis.openapi.from_dict(document).validate()


def test_every_reference_leads_somewhere_and_every_schema_is_used(document):
    references = set(re.findall(r"'#/components/(\w+)/(\w+)'", str(document).replace('"', "'")))
    defined = {(kind, name) for kind in ("schemas", "responses") for name in document["components"][kind]}
    assert references == defined


def test_every_operation_has_a_name_words_and_its_refusals(document):
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names)), "two operations share a name"
    for path, method, operation in operations(document):
        assert operation["summary"], f"{method} {path} has no summary"
        assert operation["responses"]["default"] == {"$ref": "#/components/responses/Problem"}, f"{method} {path}"
        assert set(operation["responses"]) & {"200", "201", "202", "204"}, f"{method} {path} never succeeds"


def test_every_operation_says_who_may_call_it(document):
    for path, method, operation in operations(document):
        is_public = operation["security"] == []
        assert is_public == (operation["x-roles"] == []), f"{method} {path}"


def test_every_post_of_a_signed_in_caller_takes_a_key_but_two(document):
    without = {
        path
        for path, method, operation in operations(document)
        if method == "POST"
        and operation["security"]
        and "Idempotency-Key" not in {parameter["name"] for parameter in operation.get("parameters", [])}
    }
    assert without == {
        "/v1/auth/passkeys/registration/begin",  # a fresh challenge each time
        "/v1/auth/password/change",  # hashes outside of any transaction; the new password signs in
    }


def test_every_list_is_paged_the_same_way(document):
    for path, method, operation in operations(document):
        names = {parameter["name"] for parameter in operation.get("parameters", [])}
        assert ("limit" in names) == ("cursor" in names), f"{method} {path}"


def test_the_document_is_not_sent_twice(client):
    first = client.get("/openapi.json")
    again = client.get("/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_the_docs_page_needs_no_other_server_and_runs_no_inline_script(client):
    answer = client.get("/docs")
    assert answer.mimetype == "text/html"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    sources = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
    assert len(sources) >= 5
    for source in sources:
        assert source.startswith("/"), f"{source} is elsewhere"
        with client.get(source) as served:
            assert served.status_code == 200, source
    assert not re.findall(r"<script>|<style>|\son\w+=|style=", answer.text)


def test_the_docs_are_there_in_both_languages(client):
    """How to begin, every group and every operation; what is the same in every language is the wire."""
    english, chinese = (client.get("/openapi.json", headers={"Accept-Language": tag}) for tag in ("en", "zh-CN"))
    assert english.headers["ETag"] != chinese.headers["ETag"]
    assert "Accept-Language" in chinese.vary
    assert chinese.json["info"]["title"] == "个人碳账户"
    for path, method, operation in operations(english.json):
        for name in ("summary", "description"):
            said = operation.get(name)
            told = chinese.json["paths"][path][method.lower()].get(name)
            assert (told is None) if said is None else re.search("[\u4e00-\u9fff]", told), f"{method} {path}: {said}"
    assert all(re.search("[\u4e00-\u9fff]", tag["description"]) for tag in chinese.json["tags"])
    assert english.json["components"] == chinese.json["components"]
    page = client.get("/docs", headers={"Accept-Language": "zh-CN"})
    assert '<html lang="zh-CN">' in page.text
    assert "个人碳账户" in page.text


def test_what_is_said_of_operations_is_said_of_one_that_exists(client):
    document = client.get("/openapi.json").json
    every = [*document["tags"], *(operation for _, _, operation in operations(document))]
    said = {one[name] for one in every for name in ("summary", "description") if name in one}
    assert document_words.words().keys() <= said


def test_how_to_begin_names_paths_that_exist(client):
    document = client.get("/openapi.json").json
    named = re.findall(r"`(GET|POST|PUT|PATCH) ([^`?]+)", document["info"]["description"])
    assert len(named) > 10
    for method, path in named:
        assert method.lower() in document["paths"].get(path, {}), f"{method} {path}"


def test_static_scripts_of_ours_call_nobody_else(client):
    with client.get("/static/docs/docs.js") as script:
        assert "http" not in script.text
