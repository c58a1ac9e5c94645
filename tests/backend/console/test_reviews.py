"""Drafts and reviews in the console: four eyes on one content, whatever the order of clicks."""

from __future__ import annotations

import re
import threading
from datetime import date, timedelta

import pytest

from backend.methodology import service as methodology
from tests.backend.console.conftest import TRIP, Parsed

A_FAR_DAY = date(2040, 1, 1)  # each approval counts from a day of its own
HASH = re.compile(r'name="sha256" value="([0-9a-f]{64})"')


def version_of(in_transaction, number):
    return in_transaction(
        lambda session: (
            lambda one: (one.status, one.content_sha256, one.approved_sha256, one.approved_by, one.closing_reason)
        )(methodology.get_version(session, TRIP, number)),
        read_only=True,
    )


def test_a_draft_goes_from_text_over_requested_changes_to_an_approval(
    begin, author, reviewer, changed, in_transaction, frozen_clock
):
    draft = begin(changed.replace('maximum = "500"\n', ""))
    page = author.page(draft)
    assert "inputs.distance.maximum" in page  # the fault stands at its line
    refused = author.post(f"{draft}/submit", revision=2)
    assert refused.status_code == 422
    assert "line " in refused.text
    author.sends(draft, revision=2, document=changed)
    author.sends(f"{draft}/submit", revision=3)
    locked = author.post(draft, revision=4, document=changed)
    assert locked.status_code == 409
    assert "console.draft_locked" in locked.text
    first = f"/console/methodologies/{TRIP}/versions/2"
    assert "<math" in reviewer.page(first)
    reviewer.sends(f"{first}/comments", line=3, words="Which source is this from?")
    reviewer.sends(f"{first}/request-changes", reason="name the source of the weight")
    assert version_of(in_transaction, 2)[0] == "rejected"
    text = "# asked for by the reviewer\n" + changed
    author.sends(draft, revision=5, document=text)
    assert "Which source is this from?" in author.page(draft)  # its line stands one lower now
    author.sends(f"{draft}/submit", revision=6)
    second = f"/console/methodologies/{TRIP}/versions/3"
    page = reviewer.page(second)
    reviewer.sends(f"{second}/approve", sha256=HASH.search(page)[1])
    status, content, approved, by, _ = version_of(in_transaction, 3)
    assert (status, approved, by) == ("approved", content, reviewer.user_id)
    assert "scheduled" in reviewer.page(second)
    notes = in_transaction(lambda session: session.connection().exec_driver_sql("SELECT kind FROM inbox_notes").all())
    assert sorted(kind for (kind,) in notes) == ["review.approved", "review.changes"]


def test_a_comment_whose_line_has_changed_is_kept_beside_the_lines(begin, author, reviewer, changed, submitted):
    reviewer.sends(f"{submitted}/comments", line=1, words="why so?")
    draft = begin("# another first line\n" + changed.split("\n", 1)[1])
    assert "Comments whose line has changed" in author.page(draft)


def test_the_author_in_a_second_role_decides_nothing(browser, in_force, changed):
    both = browser("methodologist", "reviewer")
    draft = both.sends("/console/drafts", methodology_id=TRIP, version=in_force)
    both.sends(draft, revision=1, document=changed)
    both.sends(f"{draft}/submit", revision=2)
    path = f"/console/methodologies/{TRIP}/versions/2"
    assert HASH.search(both.page(path)) is None  # there is no form either
    sha256 = re.search(r'<code class="hash">([0-9a-f]{64})</code>', both.page(path))[1]
    for verb, form in (
        ("approve", {"sha256": sha256}),
        ("reject", {"reason": "x"}),
        ("request-changes", {"reason": "x"}),
    ):
        refused = both.post(f"{path}/{verb}", **form)
        assert refused.status_code == 403
        assert "methodology.four_eyes" in refused.text


def test_the_hash_of_another_content_approves_nothing(reviewer, submitted, in_transaction):
    refused = reviewer.post(f"{submitted}/approve", sha256="0" * 64)
    assert refused.status_code == 409
    assert "methodology.other_content" in refused.text
    assert version_of(in_transaction, 2)[0] == "draft"


def test_an_edit_voids_what_a_reviewer_has_open(reviewer, author, submitted, begin, in_transaction):
    sha256 = HASH.search(reviewer.page(submitted))[1]
    draft = re.search(r"/console/drafts/(wdr_\w+)", author.page("/console/drafts"))[0]
    author.sends(f"{draft}/take-back", revision=3)
    refused = reviewer.post(f"{submitted}/approve", sha256=sha256)
    assert refused.status_code == 409
    assert "methodology.decided" in refused.text


def test_a_demoted_reviewer_approves_nothing(reviewer, submitted, in_transaction):
    from backend.accounts import service as accounts

    page, token = reviewer.page(submitted), reviewer.token()
    in_transaction(lambda session: accounts.withdraw_role(session, reviewer.user_id, "reviewer", who="t", reason="t"))
    refused = reviewer.post(f"{submitted}/approve", token=token, sha256=HASH.search(page)[1])
    assert refused.status_code == 403
    assert "auth.forbidden" in refused.text


def test_a_draft_that_changes_nothing_is_refused(begin, author, shipped):
    refused = author.post(f"{begin(shipped)}/submit", revision=2)
    assert refused.status_code == 409
    assert "methodology.nothing_changed" in refused.text


def test_of_two_changes_to_one_revision_one_is_taken(begin, author, changed):
    draft = begin(changed)
    author.sends(draft, revision=2, document=changed + "# one\n")
    refused = author.post(draft, revision=2, document=changed + "# two\n")
    assert refused.status_code == 409
    assert "console.draft_changed" in refused.text


def test_nobody_writes_in_another_authors_draft(begin, browser, changed):
    refused = browser("methodologist").post(begin(changed), revision=2, document="x")
    assert refused.status_code == 403
    assert "console.not_the_author" in refused.text


@pytest.fixture
def rounds(request):
    return 200 if request.config.getoption("--long") else 4


def test_what_is_approved_while_its_author_edits_is_what_was_read(
    begin, author, reviewer, changed, rounds, in_transaction
):
    """The author takes back, edits and submits while the reviewer approves what the page showed."""
    draft = begin(changed)
    revision, version, approved_hashes = 2, 1, []
    together = threading.Barrier(2)
    for number in range(rounds):
        author.sends(f"{draft}/submit", revision=revision)
        version += 1
        path = f"/console/methodologies/{TRIP}/versions/{version}"
        sha256, token = HASH.search(reviewer.page(path))[1], reviewer.token()
        own, outcome = author.token(), {}

        def approve(path=path, sha256=sha256, token=token, day=A_FAR_DAY + timedelta(number), outcome=outcome):
            together.wait()
            outcome["approval"] = reviewer.post(
                f"{path}/approve", token=token, sha256=sha256, effective_on=day
            ).status_code

        def edit(revision=revision, own=own, draft=draft, outcome=outcome):
            together.wait()
            outcome["edit"] = author.post(f"{draft}/take-back", token=own, revision=revision + 1).status_code

        threads = [threading.Thread(target=work) for work in (approve, edit)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        status, content, approved, _, _ = version_of(in_transaction, version)
        assert (approved is None) or approved == content == sha256
        assert (status == "approved") == (outcome["approval"] == 303)
        assert sorted(outcome.values()) == [303, 409]
        if status == "approved":
            approved_hashes.append(approved)
            draft, revision = author.sends("/console/drafts", methodology_id=TRIP, version=version), 1
        else:
            revision += 2
        author.sends(draft, revision=revision, document=f"{changed}# {number}\n")
        revision += 1
    assert len(set(approved_hashes)) == len(approved_hashes)


PAYLOADS = [
    "<script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<math><mtext></math><script>alert(1)</script>",
    "<details open ontoggle=alert(1)>",
    "<body onload=alert(1)>",
    "<style>@import 'javascript:alert(1)'</style>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<base href=//evil.example/>",
    "<form action=//evil.example><button>x</button></form>",
    "<input autofocus onfocus=alert(1)>",
    "<object data=javascript:alert(1)>",
    "<embed src=javascript:alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<marquee onstart=alert(1)>",
    "<template><script>alert(1)</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml-stylesheet href=javascript:alert(1)?>",
    "{{ 7 * 7 }}",
    "{% import os %}",
    "${alert(1)}",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "<ScRiPt>alert(1)</sCrIpT>",
    "<script src=//evil.example/x.js></script>",
    "<svg><animate onbegin=alert(1) attributeName=x>",
    "<svg><foreignObject><script>alert(1)</script></foreignObject></svg>",
    "<select onchange=alert(1)><option>x</select>",
    "<keygen autofocus onfocus=alert(1)>",
    "<img src='x' `onerror=alert(1)`>",
    "<p style='background:url(javascript:alert(1))'>x</p>",
]


def test_what_people_wrote_is_only_ever_text(begin, author, reviewer, changed):
    """Forty payloads as comments, a reason, and lines and words of a document: an HTML parser finds none of them."""
    assert len(set(PAYLOADS)) == 40
    escaped = [one.replace("\\", "\\\\").replace('"', '\\"') for one in PAYLOADS]
    lines = "".join(f"# {one}\n" for one in PAYLOADS)
    title = f'title = {{ en = "{escaped[0]} {escaped[3]}", zh = "{escaped[4]}" }}'
    document = lines + changed.replace('title = { en = "Low-carbon trip", zh = "低碳出行" }', title)
    draft = begin(document)
    author.sends(f"{draft}/submit", revision=2)
    path = f"/console/methodologies/{TRIP}/versions/2"
    for number, payload in enumerate(PAYLOADS, start=1):
        reviewer.sends(f"{path}/comments", line=number, words=payload)
    before = Parsed(reviewer.page(f"/console/methodologies/{TRIP}/versions/1"))
    own = {tag for tag, _ in before.elements}
    reviewer.sends(f"{path}/request-changes", reason=" ".join(PAYLOADS)[:500])
    pages = (path, f"/console/methodologies/{TRIP}", "/console/methodologies")
    for page in [*map(reviewer.page, pages), author.page(draft), author.page("/console")]:
        parsed = Parsed(page)
        tags = {tag for tag, _ in parsed.elements}
        foreign = {"script", "iframe", "object", "embed", "img", "svg", "style", "base", "video", "marquee", "template"}
        assert not tags & foreign
        assert not [name for _, given in parsed.elements for name in given if name.startswith("on")]
        assert not [given for _, given in parsed.elements if "javascript:" in str(given.get("href"))]
        assert tags - own <= {
            "textarea",
            "label",
            "button",
            "input",
            "form",
            "section",
            "ul",
            "li",
            "h3",
            "time",
            "div",
            "br",
        }
    text = Parsed(reviewer.page(path)).text
    assert all(payload in text for payload in PAYLOADS)
