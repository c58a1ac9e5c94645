"""What owners and strangers see: their own trees, a note at each step, a page; the year counts only what was seen."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from PIL import Image

from backend.trees import service as trees
from backend.trees.service import owner_notes
from offsets import Sample
from tests.backend.trees.conftest import PLANTING_HEADING, SOLD, SURVEY_HEADING, small_pool


@pytest.fixture
def told(wood, monkeypatch) -> list[tuple[str, dict[str, Any]]]:
    """Every note that an owner is to get, as it is queued."""
    notes: list[tuple[str, dict[str, Any]]] = []
    enqueue = owner_notes.outbox.enqueue

    def listen(session, user_id, topic, facts, *arguments, **options):
        if topic == trees.TELL_TOPIC:
            notes.append((user_id, facts))
        return enqueue(session, user_id, topic, facts, *arguments, **options)

    monkeypatch.setattr(owner_notes.outbox, "enqueue", listen)
    return notes


def test_a_buyer_of_a_hundred_saxaul_sees_what_remains_unchanged_that_day(wood, person) -> None:
    wood.record(small_pool(SOLD, 100))
    before = person.get("/v1/neutrality/2026").json
    wood.buy(100, person.user_id)
    after = person.get("/v1/neutrality/2026").json
    assert after == before
    (mine,) = person.get("/v1/trees").json["trees"]
    assert (mine["shares"], mine["stage"], mine["verified_g"], mine["plantings"]) == (100, "funded", 0, [])


@pytest.mark.usefixtures("cited_species")
def test_the_year_of_the_survey_counts_what_it_verified_and_no_other_year(wood, person) -> None:
    wood.record(small_pool(SOLD, 10))
    wood.buy(10, person.user_id)
    wood.contract(10)
    planting = wood.plant(10)
    wood.survey(planting, 5, Sample(10, 10, 10), date(2026, 5, 1))
    seen = person.get("/v1/neutrality/2026").json
    assert (seen["verified_growth_g"], seen["retired_g"]) == (30_160, 0)
    assert [line["by_year"] for line in seen["expected_growth"]] == [2046]
    assert person.get("/v1/neutrality/2025").json["verified_growth_g"] == 0


@pytest.mark.usefixtures("cited_species")
def test_owners_are_told_at_every_step_once_and_of_kilograms_only_by_a_survey(wood, person, told) -> None:
    wood.record(small_pool(SOLD, 10))
    wood.buy(10, person.user_id)
    wood.contract(10)
    planting = wood.plant(10)
    wood.survey(planting, 5, Sample(10, 10, 8), date(2026, 5, 1))
    wood.replace_dead(planting, 1)
    wood.write_down(planting, 1)
    assert [facts["kind"] for _, facts in told] == [
        "trees.funded", "trees.contracted", "trees.planted", "trees.surveyed", "trees.grown", "trees.replaced",
        "trees.written_down",
    ]  # fmt: skip
    for _again in range(2):
        for user_id, facts in told:
            wood.in_transaction(lambda session, user_id=user_id, facts=facts: trees.tell(session, user_id, facts))
    notes = person.get("/v1/inbox").json["items"]
    assert sorted(note["kind"] for note in notes if note["kind"].startswith("trees.")) == sorted(
        facts["kind"] for _, facts in told
    )
    early = [note for note in notes if note["kind"] in ("trees.funded", "trees.contracted", "trees.planted")]
    assert not any("kg" in note["title"] + note["text"] for note in early)


def picture(shade: int) -> bytes:
    made = io.BytesIO()
    field = Image.radial_gradient("L").rotate(shade).resize((320, 240)).convert("RGB")
    field.paste((shade, 200, 10), (shade % 100, 20, shade % 100 + 90, 150))
    field.save(made, "JPEG")
    return made.getvalue()


def send(keeper, path: str, content: bytes | str, media: str = "text/csv"):
    data = content.encode() if isinstance(content, str) else content
    return keeper.call("POST", path, data=data, content_type=media)


def test_an_operator_takes_trees_from_the_contract_to_the_page_everybody_sees(wood, client, new_person) -> None:
    keeper, buyer = new_person(roles=("finance",)), new_person()
    pool, why = f"/v1/operator/planting-pools/{SOLD}", {"reason": "spring planting"}
    made = keeper.post("/v1/operator/planting-pools", {**why, "document": small_pool(SOLD, 4)})
    assert made.status_code == 201, made.json
    holding = wood.buy(2, buyer.user_id)
    assert keeper.post(f"{pool}/contract", {**why, "trees": 2}).json["contracted_trees"] == 2
    photos = [send(keeper, f"{pool}/photos", picture(shade), "image/jpeg").json["id"] for shade in (10, 80)]
    rows = [f"MQ-{place},A,2021-04-01,38.6{place},103.1,{photo}" for place, photo in enumerate(photos)]
    register = "\n".join([PLANTING_HEADING, *rows])
    trial = send(keeper, f"{pool}/plantings?dry_run=yes&reason=spring", register)
    assert trial.status_code == 201, trial.json["errors"]
    assert (trial.status_code, trial.json["planting_id"], trial.json["planted"]) == (201, None, 2)
    planting = send(keeper, f"{pool}/plantings?reason=spring", register).json["planting_id"]
    survey = f"{SURVEY_HEADING}\nA,2022-05-01,2,2,1"
    found = send(keeper, f"/v1/operator/plantings/{planting}/surveys/1?reason=first", survey).json
    assert (found["standing"], found["missing"], found["growth_g"]) == (1, 1, 0)
    assert keeper.post(f"/v1/operator/plantings/{planting}/write-down", {**why, "trees": 1}).json["missing_trees"] == 0
    for number in (SOLD, "MQ-0", holding.number):
        for language in ("en", "zh-CN"):
            page = client.get(f"/v1/trees/{number}", headers={"Accept": "text/html", "Accept-Language": language})
            assert page.status_code == 200, page.text
            assert "default-src 'none'" in page.headers["Content-Security-Policy"]
            assert photos[0] in page.text
            assert "38.6" not in page.text
    assert client.get(f"/v1/trees/{holding.number}").json["certificate"]["beneficiary"] == "Lin Wei"
    assert client.get(f"/v1/tree-photos/{photos[0]}").mimetype == "image/jpeg"
    assert client.get("/v1/trees/nothing-of-ours").status_code == 404


def test_nobody_records_anything_of_a_pool_in_which_they_have_trees(wood, new_person) -> None:
    keeper = new_person(roles=("finance",))
    wood.record(small_pool(SOLD, 4))
    wood.buy(2, keeper.user_id)
    refused = keeper.post(f"/v1/operator/planting-pools/{SOLD}/contract", {"reason": "mine", "trees": 1})
    assert refused.json["code"] == "decision.own"
    assert wood.pool().contracted_trees == 0


def test_whoever_keeps_no_pools_records_nothing(wood, person) -> None:
    wood.record(small_pool(SOLD, 4))
    wood.buy(2)
    refused = person.post(f"/v1/operator/planting-pools/{SOLD}/contract", {"reason": "why not", "trees": 1})
    assert refused.status_code == 403


def test_a_withheld_name_stays_withheld_and_goes_with_its_owner(wood, in_transaction) -> None:
    wood.record(small_pool(SOLD, 4))
    made = wood.buy(1)
    in_transaction(lambda session: trees.forget(session, made.user_id))
    page = in_transaction(lambda session: trees.get_page(session, made.number))
    assert page.holding.beneficiary is None
    assert page.holding.holding.interval.shares == 1
