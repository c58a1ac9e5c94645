"""What people wrote runs nowhere: forty payloads in every stored field that the console shows, in a real browser."""

from __future__ import annotations

import pytest

from backend.console.api import edge
from calculators import GPX
from tests.backend.activities.conftest import log, new_beijinger, rule_book
from tests.backend.activities.test_evidence_upload import handed_in
from tests.backend.activities.test_opened_cases import TRACK
from tests.backend.console.conftest import TRIP, author, begin, browser, changed, in_force, reviewer, shipped
from tests.backend.console.test_reviews import PAYLOADS
from tests.calculators.traces.recorder import MORNING

__all__ = ["author", "begin", "browser", "changed", "in_force", "new_beijinger", "reviewer", "rule_book", "shipped"]

VERSION = f"/console/methodologies/{TRIP}/versions/2"

pytestmark = [
    pytest.mark.alike_on_both_engines("what a browser runs has nothing to do with the database"),
    pytest.mark.timeout(300),
]


@pytest.fixture
def look(read):
    """`look(operator)`: that operator's window, signed in already."""

    def open_window(operator):
        reader = read(width=390)
        secret = operator.client.get_cookie(edge.cookie, path=edge.prefix).value
        reader.page.context.add_cookies([{"name": edge.cookie, "value": secret, "url": f"{reader.url}{edge.prefix}"}])
        return reader

    return open_window


@pytest.fixture
def planted(begin, author, reviewer, changed):
    """The payloads as lines and title of a draft, as comments, and as a reason; the path of the draft."""
    escaped = [one.replace("\\", "\\\\").replace('"', '\\"') for one in PAYLOADS]
    lines = "".join(f"# {one}\n" for one in PAYLOADS)
    title = f'title = {{ en = "{escaped[0]} {escaped[3]} {escaped[4]}", zh = "{escaped[4]}" }}'
    draft = begin(lines + changed.replace('title = { en = "Low-carbon trip", zh = "低碳出行" }', title))
    author.sends(f"{draft}/submit", revision=2)
    for number, payload in enumerate(PAYLOADS, start=1):
        reviewer.sends(f"{VERSION}/comments", line=number, words=payload)
    reviewer.sends(f"{VERSION}/request-changes", reason=" ".join(PAYLOADS)[:500])
    return draft


def test_payloads_in_drafts_comments_titles_and_reasons_run_nowhere(planted, look, author, reviewer):
    writes, reviews = look(author), look(reviewer)
    for reader, paths in (
        (writes, (planted, "/console/drafts", "/console")),
        (reviews, (VERSION, f"/console/methodologies/{TRIP}", "/console/methodologies", "/console")),
    ):
        for path in paths:
            reader.opens(path)
            assert reader.listen() == [], path
    reviews.opens(VERSION)
    shown = reviews.page.locator(".comment p:first-child").all_inner_texts()
    assert set(PAYLOADS) <= set(shown)


def test_where_a_template_escapes_nothing_the_payloads_are_heard_of(app, planted, look, reviewer, monkeypatch):
    """The control: what shows that the browser would have told."""
    monkeypatch.setattr(app.jinja_env, "autoescape", False)
    app.jinja_env.cache.clear()
    reader = look(reviewer)
    reader.opens(VERSION)
    assert any("content security policy: script" in fault for fault in reader.listen())
    reader.faults.clear()
    app.jinja_env.cache.clear()


def test_payloads_in_what_somebody_said_for_themselves_run_nowhere(new_beijinger, look, browser):
    person = new_beijinger()
    piece = handed_in(person, TRACK, "gps_trace", GPX)
    held = log(person, mode="walk", distance="2", occurred_at=MORNING.isoformat(), evidence=[piece["id"]])
    words = " ".join(PAYLOADS)[:900]
    answer = person.post(f"/v1/activities/{held['id']}/appeal", {"words": words})
    assert answer.status_code == 200, answer.json
    reader = look(browser("support"))
    reader.opens("/console/held")
    reader.presses(f"See the evidence {held['id']}")
    assert reader.page.locator("blockquote").inner_text().split() == words.split()
    assert reader.listen() == []
