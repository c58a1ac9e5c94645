"""The rule book over HTTP: open to everyone, written by methodologists, decided by reviewers."""

from __future__ import annotations

import pytest

from calculators import bundle_sha256
from tests.backend.methodology.adoption import SECOND
from tests.backend.methodology.conftest import NEXT_MONDAY, REVIEWER, TRIP

DRAFTS = "/v1/operator/methodologies"


@pytest.fixture
def author(new_person):
    return new_person(roles=("methodologist",))


@pytest.fixture
def reviewer(new_person):
    return new_person(roles=("reviewer",))


def test_anyone_reads_what_counts_today(client, adopted):
    listed = client.get("/v1/methodologies?limit=200").json
    assert [item["id"] for item in listed["items"]] == sorted(item.methodology_id for item in adopted)
    (trip,) = [item for item in listed["items"] if item["id"] == TRIP]
    assert trip["version"] == 1
    assert trip["title"] == {"en": "Low-carbon trip", "zh": "低碳出行"}


def test_the_list_comes_in_pages_and_answers_not_modified(client, adopted):
    first = client.get("/v1/methodologies?limit=1")
    assert len(first.json["items"]) == 1
    assert client.get("/v1/methodologies?limit=1", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    seen, cursor = [], ""
    while cursor is not None:
        page = client.get(f"/v1/methodologies?limit=1{'&cursor=' + cursor if cursor else ''}").json
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert seen == sorted(item.methodology_id for item in adopted)


def test_a_version_shows_its_text_its_figures_and_who_approved_it_and_its_hash_can_be_checked(client, adopted):
    version = client.get(f"/v1/methodologies/{TRIP}/versions/1").json
    assert (version["authors"], version["first_approved_by"], version["approved_by"], version["effective_on"]) == (
        ["library"],
        REVIEWER,
        SECOND,
        "2026-11-05",
    )
    assert version["sha256"] == bundle_sha256(version["document"], version["pinned"])
    (mix,) = [row for row in version["figures"] if (row["table"], row["region"]) == ("baselines.trip_mix", "CN-BJ")]
    assert (mix["value"], mix["unit"], mix["mark"]) == ("0.104", "kgCO2/passenger-km", "reported")
    assert mix["publisher"]


def test_what_nobody_has_approved_is_not_shown_to_the_public(client, submit, shipped, author):
    submit(shipped)
    assert client.get(f"/v1/methodologies/{TRIP}").json["code"] == "methodology.unknown"
    assert client.get(f"/v1/methodologies/{TRIP}/versions/1").status_code == 404
    assert author.get(f"{DRAFTS}/{TRIP}/versions/1").json["status"] == "draft"


def test_a_draft_goes_from_its_author_through_a_reviewer_into_force(
    client, adopted, author, reviewer, with_lower_weight
):
    drafted = author.post(DRAFTS, {"document": with_lower_weight})
    assert (drafted.status_code, drafted.json["status"], drafted.json["version"]) == (201, "draft", 2)
    waiting = reviewer.get(DRAFTS).json["items"]
    assert [(item["methodology_id"], item["version"]) for item in waiting] == [(TRIP, 2)]
    approval = {"sha256": waiting[0]["sha256"], "effective_on": NEXT_MONDAY.isoformat()}
    approved = reviewer.post(f"{DRAFTS}/{TRIP}/versions/2/approve", approval)
    assert (approved.status_code, approved.json["status"], approved.json["approved_by"]) == (
        200,
        "approved",
        reviewer.user_id,
    )
    shown = client.get(f"/v1/methodologies/{TRIP}").json
    assert [(version["version"], version["effective_on"]) for version in shown["versions"]] == [
        (1, "2026-11-05"),
        (2, "2026-11-23"),
    ]
    assert shown["version"] == 1


def test_the_author_is_told_that_somebody_else_must_approve(new_person, submit, shipped):
    both = new_person(roles=("methodologist", "reviewer"))
    version, sha256 = submit(shipped, author=both.user_id)
    refused = both.post(f"{DRAFTS}/{TRIP}/versions/{version}/approve", {"sha256": sha256})
    assert (refused.status_code, refused.json["code"]) == (403, "methodology.four_eyes")
    assert "Ask a reviewer who did not" in refused.json["detail"]


def test_other_content_is_told_apart(reviewer, submit, shipped):
    version, _ = submit(shipped)
    refused = reviewer.post(f"{DRAFTS}/{TRIP}/versions/{version}/approve", {"sha256": "0" * 64})
    assert (refused.status_code, refused.json["code"]) == (409, "methodology.other_content")


def test_a_faulty_document_is_answered_with_the_line_and_the_remedy(author, shipped):
    refused = author.post(DRAFTS, {"document": shipped.replace("maximum", "maximun", 1)})
    assert (refused.status_code, refused.json["code"]) == (422, "request.invalid")
    assert any(error["message"].startswith("line ") for error in refused.json["errors"])


def test_a_reviewer_rejects_with_a_reason(reviewer, submit, shipped):
    version, _ = submit(shipped)
    rejected = reviewer.post(f"{DRAFTS}/{TRIP}/versions/{version}/reject", {"reason": "no source"})
    assert (rejected.json["status"], rejected.json["closing_reason"]) == ("rejected", "no source")
    nothing = reviewer.post(f"{DRAFTS}/{TRIP}/versions/{version}/reject", {})
    assert nothing.json["errors"][0]["field"] == "reason"


def test_a_reviewer_withdraws_from_a_day_that_has_begun_nowhere(adopted, reviewer):
    path = f"{DRAFTS}/{TRIP}/versions/1/withdraw"
    too_early = reviewer.post(path, {"reason": "retracted", "ended_on": "2026-11-20"})
    assert too_early.json["errors"] == [
        {
            "field": "ended_on",
            "code": "day_begun",
            "message": "That day has begun somewhere. Choose 2026-11-21 or later.",
        }
    ]
    withdrawn = reviewer.post(path, {"reason": "retracted"}).json
    assert (withdrawn["status"], withdrawn["ended_on"]) == ("withdrawn", "2026-11-21")


@pytest.mark.parametrize("role", ["user", "support", "finance", "auditor", "admin", "partner"])
def test_nobody_else_writes_or_decides(role, new_person, submit, shipped):
    version, sha256 = submit(shipped)
    somebody = new_person(roles=(role,) if role != "user" else ())
    decide = f"{DRAFTS}/{TRIP}/versions/{version}"
    answers = [
        somebody.post(DRAFTS, {"document": shipped}),
        somebody.post(f"{decide}/approve", {"sha256": sha256}),
        somebody.post(f"{decide}/reject", {"reason": "no"}),
        somebody.post(f"{decide}/withdraw", {"reason": "no"}),
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 403, 403]
    reads = somebody.get(f"{DRAFTS}/{TRIP}/versions/{version}").status_code
    assert reads == (200 if role in ("auditor", "admin") else 403)


def test_an_author_may_not_decide_and_a_reviewer_may_not_write(author, reviewer, submit, shipped):
    version, _ = submit(shipped)
    reject = f"{DRAFTS}/{TRIP}/versions/{version}/reject"
    assert author.post(reject, {"reason": "mine"}).status_code == 403
    assert reviewer.post(DRAFTS, {"document": shipped}).status_code == 403
