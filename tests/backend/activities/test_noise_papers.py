"""Pictures of noise, and papers that say nothing of what is claimed, earn no more than a bare word, over HTTP."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image, ImageDraw

from backend.activities.domain import DOCUMENTS
from backend.profiles import service as profiles
from calculators import load_library
from tests.backend.activities.conftest import BEIJING
from tests.backend.activities.laziest_cheat import HOUSEHOLD_SIZE, most_generous
from tests.backend.activities.test_evidence_upload import handed_in, picture

pytestmark = [
    pytest.mark.allowance,
    pytest.mark.timeout(600),
    pytest.mark.alike_on_both_engines("what a paper attests is decided before any database"),
]
MOST_A_DAY = 3_000


def noise(seed: int) -> bytes:
    return picture(seed, (420, 600))


def scribble(seed: int) -> bytes:
    """A paper with a number and nothing else that a bill or an order states."""
    image = Image.new("RGB", (420, 300), (244, 242, 234))
    ImageDraw.Draw(image).text((30, 60), f"Receipt No. R-{seed}9917", (40, 40, 44), font_size=24)
    written = io.BytesIO()
    image.save(written, "JPEG")
    return written.getvalue()


@pytest.fixture
def new_cheat(new_person, in_transaction, rule_book, reads_papers):
    def make() -> Any:
        made = new_person(agrees=True)
        stated = BEIJING | {"household_size": HOUSEHOLD_SIZE}
        in_transaction(lambda session: profiles.change_profile(session, made.user_id, stated))
        return made

    return make


def earned(cheat: Any, now: Any, draw: Callable[[int], bytes], every: int) -> int:
    """What rules that take a document credit on one day, one in `every` of them, each with the strongest kind."""
    items = []
    for number, (name, inputs) in enumerate(sorted(most_generous().items())[::every]):
        weights = load_library().methodologies[name].evidence_weights
        kinds = [kind for kind in DOCUMENTS if kind in weights]
        if not kinds:
            continue
        kind = max(kinds, key=lambda kind: weights[kind])
        shown = [handed_in(cheat, draw(9000 + number), kind=kind)["id"]]
        item = {"methodology": name, "occurred_at": now.isoformat(), "inputs": inputs, "evidence": shown}
        items.append(item | {"client_id": f"the rule {number}"})
    answer = cheat.post("/v1/activities/batch", {"items": items})
    assert answer.status_code == 200, answer.json
    outcomes = answer.json["outcomes"]
    assert len(outcomes) >= 10
    return sum(one["credited_g"] + one["behaviour_points"] for one in outcomes if one["outcome"] == "credited")


@pytest.mark.parametrize("draw", [pytest.param(noise, marks=pytest.mark.long), scribble])
def test_noise_and_empty_papers_earn_no_more_than_the_laziest_day(draw, new_cheat, frozen_clock, counts):
    every = counts(small=2, long=1)  # each paper is compared with all before it
    assert earned(new_cheat(), frozen_clock(), draw, every) <= MOST_A_DAY


def test_noise_earns_nothing_where_a_rule_needs_a_paper(new_cheat, frozen_clock):
    cheat = new_cheat()
    for seed, (name, inputs) in enumerate(
        [
            ("consumables.second_hand_goods", {"good": "laptop", "items": "5"}),
            ("clothing.second_hand_garment", {"garment": "coat", "items": "10"}),
        ]
    ):
        shown = [handed_in(cheat, noise(9500 + seed), kind="receipt")["id"]]
        body = {"methodology": name, "occurred_at": frozen_clock().isoformat(), "inputs": inputs, "evidence": shown}
        answer = cheat.post("/v1/activities", body).json
        assert (answer["status"], answer["reason"]["code"]) == ("uncredited", "unattested")
