"""Deciding at a browser about what was held: the track drawn, the earlier one beside it, and what it would credit."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.backend.activities.conftest import THIS_MORNING, beijinger, new_beijinger, rule_book
from tests.backend.activities.test_evidence_upload import handed_in, picture
from tests.backend.activities.test_look_alikes import WHOLE, noisy, rode
from tests.browser.operators import register, sign_in

__all__ = ["beijinger", "new_beijinger", "rule_book"]

SAYS = {
    "en": {"open": "See the evidence", "accept": "Accept and credit", "nothing": "Credit nothing"},
    "zh-CN": {"open": "查看证据", "accept": "接受并计入", "nothing": "不予计入"},
}

pytestmark = pytest.mark.alike_on_both_engines("the verbs behind the pages run on both")


@pytest.fixture
def copied(beijinger, new_beijinger):
    """Somebody whose track is another one's under noise, and the activity that was held for it."""
    rode(beijinger, WHOLE)
    copier = new_beijinger()
    return copier, rode(copier, noisy(WHOLE, by=timedelta(hours=20)))


@pytest.mark.parametrize("language, width", [("en", 1280), ("zh-CN", 390)])
def test_whoever_decides_sees_both_tracks_and_credits_nothing(
    app, in_transaction, copied, read, keep_picture, language, width
):
    copier, held = copied
    assert held["status"] == "held"
    register(app, in_transaction, "mei", "support")
    reader, says = read(language=language, width=width), SAYS[language]
    sign_in(reader, "mei", has_factor=True)
    reader.opens("/console/held")
    reader.check_page()
    reader.presses(f"{says['open']} {held['id']}")
    reader.check_page()
    sizes = reader.page.locator("figure img").evaluate_all("all => all.map(img => img.naturalWidth)")
    assert len(sizes) == 2
    assert all(sizes)
    keep_picture(reader, f"console-held-{language}")
    reader.page.locator("#against").fill("the same ride as another one's")
    reader.presses(says["nothing"])
    reader.check_page()
    assert copier.get(f"/v1/activities/{held['id']}").json["status"] == "uncredited"


@pytest.mark.allowance
def test_a_picture_that_was_appealed_for_is_seen_in_its_full_size(app, in_transaction, beijinger, read):
    paper = handed_in(beijinger, picture(3, (1600, 1200)), "receipt")
    body = {"methodology": "consumables.second_hand_goods", "occurred_at": THIS_MORNING}
    body |= {"inputs": {"good": "laptop", "items": "1"}, "evidence": [paper["id"]]}
    bought = beijinger.post("/v1/activities", body).json
    beijinger.post(f"/v1/activities/{bought['id']}/appeal", {"words": "look at it <b>please</b>"})
    register(app, in_transaction, "mei", "support")
    reader = read()
    sign_in(reader, "mei", has_factor=True)
    reader.opens("/console/held")
    reader.presses(f"See the evidence {bought['id']}")
    reader.check_page()
    assert reader.page.locator("blockquote").inner_text() == "look at it <b>please</b>"
    assert reader.page.locator("figure img").evaluate("img => [img.naturalWidth, img.naturalHeight]") == [1600, 1200]
    reader.page.locator("#for").fill("it is a laptop")
    reader.presses("Accept and credit")
    credited = beijinger.get(f"/v1/activities/{bought['id']}").json["reduction"]["credited_g"]
    assert credited > bought["reduction"]["credited_g"]


def test_an_auditor_sees_the_list_and_decides_nothing(app, in_transaction, copied, read):
    register(app, in_transaction, "ana", "auditor")
    reader = read()
    sign_in(reader, "ana", has_factor=False)
    reader.opens("/console/held")
    reader.check_page()
    assert reader.page.locator(".card").count() == 1
    assert reader.page.locator(".card button").count() == 0
