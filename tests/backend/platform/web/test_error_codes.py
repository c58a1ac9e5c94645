"""An error code is listed once; its page explains it, and the document of all codes follows from the list."""

from __future__ import annotations

import re

import pytest

from backend.platform.core import error_codes
from backend.platform.core.error_codes import CODES
from backend.platform.web import problem_pages, problems
from tests.backend.platform.core.raised_codes import quoted_codes, raised_problems
from tests.house.source import ROOT


def test_every_code_that_is_raised_is_listed():
    assert {one.code: one.where for one in raised_problems() if one.code not in CODES} == {}


def test_no_code_is_listed_in_vain():
    assert sorted(set(CODES) - quoted_codes()) == []


def test_a_code_that_nobody_raises_is_found(monkeypatch):
    monkeypatch.setitem(error_codes._CODES, "nobody.raises_this", error_codes.Kind.CONFLICT)
    assert "nobody.raises_this" in set(CODES) - quoted_codes()


def test_every_kind_has_a_status_of_its_own():
    assert set(problems.STATUS) == set(error_codes.Kind)
    assert len(set(problems.STATUS.values())) == len(problems.STATUS)


def test_the_document_of_all_codes_is_the_one_that_follows_from_the_list(app):
    with app.app_context():
        document = problem_pages.write_document()
    kept = (ROOT / "docs" / "error-codes.md").read_text(encoding="utf-8")
    assert kept == document, "flask --app wsgi error-codes > docs/error-codes.md"


def test_the_type_of_a_problem_is_an_address_that_explains_it(client):
    refused = client.get("/nowhere").json
    explained = client.get(refused["type"])
    assert explained.status_code == 200
    assert explained.json["code"] == refused["code"] == "request.not_found"
    assert (explained.json["title"], explained.json["status"]) == (refused["title"], refused["status"])


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_code_is_explained_in_the_callers_language(language, client):
    for code in CODES:
        shown = client.get(f"/problems/{code}", headers={"Accept-Language": language})
        assert shown.headers["Content-Language"] == language
        assert shown.json["title"], code
        assert not re.search(r"[{}]", shown.json["title"] + shown.json["detail"]), code


def test_a_browser_gets_a_page_in_its_language(client):
    page = client.get("/problems/service.busy", headers={"Accept": "text/html", "Accept-Language": "zh-CN"})
    assert page.mimetype == "text/html"
    assert 'lang="zh-CN"' in page.text
    assert "service.busy" in page.text
    assert "script" not in page.headers["Content-Security-Policy"]


def test_a_code_that_is_none_is_not_found(client):
    assert client.get("/problems/no.such_code").status_code == 404
