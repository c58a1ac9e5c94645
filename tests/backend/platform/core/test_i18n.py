"""Every text exists in every language, says what its facts allow, and a new language is files of data."""

from __future__ import annotations

import re

import pytest

from backend.platform.core import i18n
from backend.platform.core.error_codes import CODES
from backend.platform.core.errors import InvalidFields
from backend.platform.web import fields, problems
from tests.backend.platform.core import pseudo_language
from tests.backend.platform.core.raised_codes import places, raised_field_errors, raised_problems

pytestmark = pytest.mark.alike_on_both_engines("texts are files")


def test_every_language_has_every_text():
    wanted = set(i18n.read_texts(i18n.ENGLISH))
    for language in i18n.list_languages():
        assert set(i18n.read_texts(language)) == wanted, language


def test_every_language_speaks_of_the_same_facts():
    english = i18n.read_texts(i18n.ENGLISH)
    for language in i18n.list_languages():
        differing = {
            key: places(str(text)) ^ places(str(english[key]))
            for key, text in i18n.read_texts(language).items()
            if places(str(text)) != places(str(english[key]))
        }
        assert differing == {}, language


def test_chinese_texts_are_chinese():
    letters = [
        (key, text)
        for key, text in i18n.read_texts(i18n.Language("zh-CN")).items()
        if not any("\u4e00" <= character <= "\u9fff" for character in str(text))
    ]
    assert letters == []


@pytest.mark.parametrize("context", ["title", "detail"])
def test_every_refusal_that_is_raised_or_has_a_status_is_worded(context):
    known = {code for place, code in i18n.read_texts(i18n.ENGLISH) if place == context}
    # all that is our own mistake has the words of `internal.error`
    raised = {one.code: one.where for one in raised_problems() if not one.code.startswith("internal.")}
    named = dict.fromkeys(problems.BY_STATUS.values(), "problems.BY_STATUS") | {"internal.error": "problems"}
    exact = {code: "error_codes" for code in CODES if not code.startswith("internal.")}
    missing = {code: where for code, where in (raised | named | exact).items() if code not in known}
    assert missing == {}


def test_every_refusal_of_a_field_is_worded():
    known = {code for place, code in i18n.read_texts(i18n.ENGLISH) if place == "field"}
    raised = {one.code: one.where for one in raised_field_errors()}
    builtin = dict.fromkeys(fields._CODES.values(), "field_errors")
    missing = {code: where for code, where in (raised | builtin).items() if code not in known}
    assert missing == {}


def test_a_code_of_a_field_is_one_word_and_one_with_a_dot_is_of_a_whole_refusal():
    worded = {code for place, code in i18n.read_texts(i18n.ENGLISH) if place == "field"}
    raised = {one.code for one in raised_field_errors()} | set(fields._CODES.values())
    assert [code for code in sorted(worded | raised) if not re.fullmatch(r"[a-z]+(_[a-z]+)*", code)] == []
    refused = InvalidFields([{"field": "inputs.distance", "code": "input.out_of_range", "minimum": "0"}])
    assert [row["code"] for row in refused.errors] == [row["code"] for row in refused.facts["errors"]]
    assert refused.errors[0]["code"] == "input_out_of_range" in worded


def test_the_scan_of_the_source_finds_what_it_looks_for():
    assert {"idempotency.mismatch", "auth.required", "service.read_only"} <= {one.code for one in raised_problems()}
    assert {"not_a_whole_number", "cursor_unknown", "repeated"} <= {one.code for one in raised_field_errors()}


def test_every_place_in_a_text_is_filled_by_whoever_raises_it():
    unfilled = []
    for contexts, raised in ((("title", "detail"), raised_problems()), (("field",), raised_field_errors())):
        for one in raised:
            for context in contexts:
                text = str(i18n.read_texts(i18n.ENGLISH).get((context, one.code), ""))
                if one.facts is not None and not places(text) <= one.facts:
                    unfilled.append((one.where, places(text) - one.facts))
    assert unfilled == []


@pytest.fixture
def pseudo(tmp_path):
    """One more language, made from English with every text in brackets."""
    with pseudo_language.spoken(tmp_path):
        yield pseudo_language.TAG


def human_texts(document):
    """What a person reads of a problem."""
    return [document["title"], document["detail"], *(row["message"] for row in document.get("errors", []))]


def is_bracketed(text):
    return text.startswith("[") and text.endswith("]")


def test_a_third_language_is_files_of_data_and_no_text_of_a_problem_escapes_it(pseudo, probe):
    language = {"Accept-Language": f"{pseudo};q=0.9, en;q=0.1"}
    refused = list(refusals_of_every_operation(probe, language))
    assert len({code for code, _, _ in refused}) >= 5
    escaped = [one for one in refused if not is_bracketed(one[1])]
    assert escaped == []


def refusals_of_every_operation(probe, language):
    """(code, text, operation) of what each operation says to bodies, queries and callers it cannot take."""
    person = probe.headers | language
    attempts = [
        {"headers": language},
        {"headers": language | {"Authorization": "Bearer nonsense"}},
        {"headers": person, "data": b"{", "content_type": "application/json"},
        {"headers": person, "data": b"[]", "content_type": "text/plain"},
        {"headers": person, "json": {"no_such_field": True}},
        {"headers": person, "json": {}},
        {"headers": person, "query_string": {"no_such_field": "1", "limit": "many", "cursor": "?"}},
    ]
    document = probe.client.get("/openapi.json").json
    for path, operations in document["paths"].items():
        address = path.replace("{", "").replace("}", "")
        for method in operations.keys() & {"get", "post", "put", "patch", "delete"}:
            for attempt in attempts:
                answer = probe.client.open(address, method=method.upper(), **attempt)
                if answer.mimetype == problems.CONTENT_TYPE:
                    for text in human_texts(answer.json):
                        yield answer.json["code"], text, f"{method} {path}"


@pytest.mark.parametrize(
    "header, language",
    [
        (None, "en"),
        ("en-GB", "en"),
        ("zh-CN", "zh-CN"),
        ("zh-TW, en;q=0.5", "zh-CN"),
        ("zh", "zh-CN"),
        ("fr, de;q=0.9", "en"),
        ("fr, zh-Hans;q=0.9, en;q=0.8", "zh-CN"),
        ("*", "en"),
        ("../../etc/passwd", "en"),
        ("x" * 5000, "en"),
    ],
)
def test_the_callers_language_is_spoken_where_we_speak_it(header, language, client):
    answer = client.get("/nowhere", headers={} if header is None else {"Accept-Language": header})
    assert answer.headers["Content-Language"] == language
    assert "Accept-Language" in answer.headers["Vary"]
    assert answer.json["title"] == i18n.text("title", "request.not_found", language=i18n.Language(language))


def test_a_text_that_does_not_exist_is_its_code():
    assert i18n.text("title", "no.such.code") == "no.such.code"


def test_facts_cannot_reach_behind_the_text():
    assert i18n.text("field", "unknown", known="{known.__class__} {0}").endswith("{known.__class__} {0}.")


@pytest.mark.parametrize(
    ("minutes", "english", "chinese"),
    [
        (1440, "1 day", "1天"),
        (2880, "2 days", "2天"),
        (60, "1 hour", "1小时"),
        (90, "90 minutes", "90分钟"),
        (10, "10 minutes", "10分钟"),
        (1, "1 minute", "1分钟"),
    ],
)
def test_a_length_of_time_is_said_in_the_unit_in_which_people_say_it(minutes, english, chinese):
    said = [i18n.write_duration(minutes, i18n.Language(tag)) for tag in ("en", "zh-CN")]
    assert said == [english, chinese]
