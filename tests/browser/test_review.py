"""The review of a baseline, played in a browser: a draft, a comment, a request for changes, and the approval."""

from __future__ import annotations

from datetime import date

import pytest

from backend.methodology import service as methodology
from calculators import load_library
from tests.backend.methodology.adoption import approve_by_two
from tests.browser.operators import register, sign_in

TRIP = "transport.low_carbon_trip"
CUP = "consumables.own_cup"
LONG_AGO = date(2026, 11, 1)
SAYS = {
    "en": {
        "new": "New version from this 1",
        "keep": "Keep and check",
        "submit": "Submit for review",
        "comment": "Comment",
        "changes": "Request changes",
        "approve": "Approve this content",
        "scheduled": "Scheduled",
    },
    "zh-CN": {
        "new": "以此编写新版本 1",
        "keep": "保存并检查",
        "submit": "提交评审",
        "comment": "发表意见",
        "changes": "要求修改",
        "approve": "批准此内容",
        "scheduled": "待生效",
    },
}
WEIGHT, LOWER = 'self_declared = "0.5"', 'self_declared = "0.4"'
CREDITED, LESS = "reduction_g = 720, credited_g = 320", "reduction_g = 720, credited_g = 256"

pytestmark = [
    pytest.mark.alike_on_both_engines("the verbs behind the pages run on both"),
    pytest.mark.usefixtures("frozen_clock"),
    pytest.mark.timeout(300),  # every version's page shows all personas under it and the one before
]


@pytest.fixture
def adopted(in_transaction) -> None:
    """The shipped rules of trips and cups in force, approved by others as they need."""

    def adopt(session):
        for rule in (TRIP, CUP):
            draft = methodology.submit_draft(session, methodology.LIBRARY, load_library().methodologies[rule].text)
            approve_by_two(session, "usr_reviewer", rule, draft.version, draft.content_sha256, LONG_AGO)

    in_transaction(adopt)


@pytest.fixture
def author_and_reviewer(app, in_transaction, adopted, read):
    """Both at their windows: the author at a laptop, the reviewer wherever the test says."""

    def begin(language: str, width: int):
        register(app, in_transaction, "lin", "methodologist")
        register(app, in_transaction, "wei", "reviewer")
        author, reviewer = read(language=language), read(language=language, width=width)
        sign_in(author, "lin", has_factor=False)
        sign_in(reviewer, "wei", has_factor=True)
        return author, reviewer

    return begin


@pytest.mark.parametrize("language, width", [("en", 1280), pytest.param("zh-CN", 390, marks=pytest.mark.long)])
def test_a_methodologist_drafts_a_reviewer_asks_for_changes_and_approves(
    author_and_reviewer, in_transaction, keep_picture, language, width
):
    says = SAYS[language]
    author, reviewer = author_and_reviewer(language, width)
    begin_draft(author, says, TRIP)
    write(author, says, lambda document: document.replace(WEIGHT, LOWER))
    author.check_page()  # the example no longer fits: the fault stands at its line
    keep_picture(author, f"console-draft-{language}")
    write(author, says, lambda document: document.replace(CREDITED, LESS))
    author.presses(says["submit"])
    author.check_page()

    reviewer.opens("/console")
    reviewer.check_page()
    keep_picture(reviewer, f"console-work-{language}")
    reviewer.opens("/console/methodologies")
    reviewer.check_page()
    reviewer.opens(f"/console/methodologies/{TRIP}/versions/2")
    assert reviewer.page.locator("math").first.bounding_box()["height"] > 20  # drawn, not spelled
    reviewer.check_page()
    keep_picture(reviewer, f"console-version-{language}")
    say_about_line(reviewer, says, WEIGHT.partition(" =")[0], "why so little?")
    reviewer.page.locator("#wanted").fill("say in the explanation why a bare word is worth less")
    reviewer.presses(says["changes"])
    reviewer.check_page()

    author.opens("/console/drafts")
    author.check_page()
    author.clicks(author.page.locator("tbody a").first)
    assert "why so little?" in author.page.locator(".comment").first.inner_text()
    write(author, says, lambda document: document + "# a bare word is checked by nobody\n")
    author.presses(says["submit"])

    reviewer.opens(f"/console/methodologies/{TRIP}/versions/3")
    assert "why so little?" in reviewer.page.locator(".comment").first.inner_text()
    reviewer.page.locator("#effective_on").fill("2026-12-01")
    reviewer.presses(says["approve"])
    reviewer.check_page()
    keep_picture(reviewer, f"console-approved-{language}")
    assert states_of(in_transaction, TRIP) == {1: "approved", 2: "rejected", 3: "approved"}
    assert [version_on(in_transaction, day) for day in (date(2026, 11, 30), date(2026, 12, 1))] == [1, 3]


def test_a_day_of_50_000_g_is_caught_and_needs_a_second_approver(
    app, author_and_reviewer, read, in_transaction, keep_picture
):
    says = SAYS["en"]
    author, reviewer = author_and_reviewer("en", 1280)
    begin_draft(author, says, CUP)
    write(author, says, lambda document: document.replace("per_day_g = 30,", "per_day_g = 50000,"))
    author.presses(says["submit"])

    reviewer.opens(f"/console/methodologies/{CUP}/versions/2")
    risen = reviewer.page.locator("#exposure ~ .wide strong.warn")
    assert risen.count() > 0
    reviewer.check_page()
    keep_picture(reviewer, "console-exposure-en")
    reviewer.presses(says["approve"])
    assert reviewer.page.get_by_role("button", name=says["approve"]).count() == 0  # the same person is no second one
    reviewer.check_page()
    assert states_of(in_transaction, CUP) == {1: "approved", 2: "draft"}

    register(app, in_transaction, "sun", "reviewer")
    second = read(language="en", width=390)
    sign_in(second, "sun", has_factor=True)
    second.opens(f"/console/methodologies/{CUP}/versions/2")
    second.check_page()
    second.presses(says["approve"])
    assert states_of(in_transaction, CUP) == {1: "approved", 2: "approved"}


def states_of(in_transaction, rule: str) -> dict[int, str]:
    return dict(
        in_transaction(lambda session: [(one.version, one.status) for one in methodology.list_versions(session, rule)])
    )


def version_on(in_transaction, day: date) -> int:
    return in_transaction(lambda session: methodology.get_in_force(session, TRIP, day).version)


def begin_draft(author, says, rule: str) -> None:
    author.opens(f"/console/methodologies/{rule}")
    author.check_page()
    author.presses(says["new"])


def write(author, says, change) -> None:
    document = author.page.locator("#document")
    document.fill(change(document.input_value()))
    author.presses(says["keep"])


def say_about_line(reader, says, start: str, words: str) -> None:
    number = reader.page.locator(".text li", has_text=start).first.get_attribute("id").removeprefix("line-")
    reader.page.locator("#line").fill(number)
    reader.page.locator("#words").fill(words)
    reader.presses(says["comment"])
