"""A year's books: the published average, what was retired against it, what remains, and the honest sentence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from backend.footprints.service import footprints, purpose_of
from backend.registry import service as registry
from calculators import compute_footprint, get_footprint_model
from offsets import list_project_documents
from tests.backend.activities.conftest import beijinger, log, new_beijinger, rule_book
from tests.backend.registry.conftest import PROJECT, small_lot

__all__ = ["beijinger", "new_beijinger", "rule_book"]

BEIJING_G = compute_footprint(get_footprint_model("CN-BJ"), {}).whole.grams  # nobody has answered anything
AT = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@pytest.fixture
def retired(in_transaction, person) -> Callable[[int, str], None]:
    """`retired(grams, purpose)`: the person has had so much retired for that purpose."""

    def retire(grams: int, purpose: str) -> None:
        def work(session: Any) -> None:
            registry.record_project(session, PROJECT, list_project_documents()[PROJECT])
            registry.import_block(session, PROJECT, small_lot("lot-a", 10), who="test")
            registry.hold(session, registry.Holder(person.user_id, "ord_1"), PROJECT, grams, AT)
            registry.retire(session, person.user_id, "ord_1", purpose, AT)

        in_transaction(work)

    return retire


def test_a_resident_of_beijing_starts_from_the_defaults_of_beijing_all_marked_as_defaults(person) -> None:
    person.patch("/v1/me", {"region": "CN-BJ"})
    answer = person.get("/v1/footprints/2026").json
    assert answer["total_g"] == BEIJING_G
    assert (answer["asked"]["code"], answer["used"]["code"]) == ("CN-BJ", "CN-BJ")
    assert answer["default_share_pct"] == 100
    assert answer["assumed_share_pct"] > 50
    assert all(share["is_default"] for share in answer["categories"])


def test_where_there_is_no_survey_the_published_average_of_the_nearest_place_stands_in(person, monkeypatch) -> None:
    monkeypatch.setattr(footprints, "find_model", lambda region: None)
    person.patch("/v1/me", {"region": "CN-BJ"})
    answer = person.get("/v1/footprints/2026").json
    assert (answer["basis"], answer["total_g"]) == ("average", 4_200_000)
    assert (answer["asked"]["code"], answer["used"]["code"]) == ("CN-BJ", "CN")
    assert answer["default_share_pct"] == 100
    assert all(share["is_default"] and share["figure"]["publisher"] for share in answer["categories"])


def test_what_remains_is_the_footprint_less_what_was_retired_for_that_year_and_nothing_else(person, retired) -> None:
    person.patch("/v1/me", {"region": "CN-BJ"})
    retired(1_200_000, purpose_of(2026))
    answer = person.get("/v1/neutrality/2026").json
    assert answer["retired_g"] == 1_200_000
    assert answer["verified_growth_g"] == 0
    assert answer["remaining_g"] == BEIJING_G - 1_200_000
    assert answer["remaining_low_g"] < BEIJING_G - 1_200_000 < answer["remaining_high_g"]
    assert "1,200" in answer["claim"]["sentence"]
    remaining_kg = f"{-(-(BEIJING_G - 1_200_000) // 100) / 10:,.1f}".removesuffix(".0")  # what is left is rounded up
    assert f"{remaining_kg} kg remain" in answer["claim"]["sentence"]


def test_a_gram_retired_for_one_year_counts_for_no_other(person, retired) -> None:
    person.patch("/v1/me", {"region": "CN-BJ"})
    retired(1_200_000, purpose_of(2026))
    assert person.get("/v1/neutrality/2025").json["retired_g"] == 0
    assert person.get("/v1/neutrality/2027").json["retired_g"] == 0


def test_a_credited_reduction_changes_nothing_here_because_a_lower_footprint_holds_it_already(beijinger) -> None:
    before = beijinger.get("/v1/neutrality/2026").json
    assert log(beijinger)["reduction"]["credited_g"] > 0
    assert beijinger.get("/v1/neutrality/2026").json == before


def test_without_a_published_average_nothing_remains_to_be_claimed_only_to_be_told(person, retired) -> None:
    person.patch("/v1/me", {"region": "AD"})
    retired(500_000, purpose_of(2026))
    answer = person.get("/v1/neutrality/2026").json
    assert answer["footprint"] is None
    assert answer["remaining_g"] is None
    assert answer["claim"]["kind"] == "contribution"
    refused = person.get("/v1/footprints/2026")
    assert refused.status_code == 404
    assert refused.json["code"] == "not_found.footprint"


def test_the_sentence_is_in_the_callers_language_and_never_says_neutral_of_a_demonstration(person, retired) -> None:
    person.patch("/v1/me", {"region": "CN-BJ"})
    retired(5_800_000, purpose_of(2026))
    claim = person.get("/v1/neutrality/2026", headers={"Accept-Language": "zh-CN"}).json["claim"]
    assert claim["kind"] == "whole"
    assert "演示" in claim["sentence"]
    assert "中和" not in claim["sentence"]


def test_a_year_without_books_is_refused_with_the_years_there_are(person) -> None:
    refused = person.get("/v1/neutrality/1999")
    assert refused.status_code == 422
    assert refused.json["code"] == "neutrality.year"
    assert "2000" in refused.json["detail"]
