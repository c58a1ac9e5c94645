"""A guest's doubtful activities join an account with what was decided and said about them."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from backend.platform.privacy.vault import KeyErased, the_vault
from calculators import GPX
from tests.backend.activities.conftest import log
from tests.backend.activities.guest_steps import renewed
from tests.backend.activities.test_decisions import decide, decisions, renewed_support, shown
from tests.backend.activities.test_evidence_upload import handed_in
from tests.calculators.traces.recorder import MORNING, gpx
from tests.calculators.traces.stories import drawn

WORDS = "The receiver of my watch smooths its track."


@pytest.fixture
def support(new_person):
    return new_person(roles=("support",))


@pytest.fixture
def appealed(guest):
    """A guest's walk with a track that nobody recorded, held and appealed."""
    piece = handed_in(guest, gpx(drawn(5, 2000)), "gps_trace", GPX)
    activity = log(guest, mode="walk", distance="2", occurred_at=MORNING.isoformat(), evidence=[piece["id"]])
    assert activity["status"] == "held"
    assert guest.post(f"/v1/activities/{activity['id']}/appeal", {"words": WORDS}).status_code == 200
    return activity


def waiting(operator):
    return renewed_support(operator).get("/v1/operator/held").json["items"]


def test_an_open_appeal_reaches_an_operator_in_the_account_it_joined(guest, account, appealed, bring, support, has):
    bring(guest, account)
    (found,) = waiting(support)
    assert (found["user_id"], found["id"], found["status"]) == (account.user_id, appealed["id"], "held")
    assert found["appeal"] == WORDS
    assert decisions(account, appealed)["appeal"] == {"created_at": found["appealed_at"], "answered_at": None}
    assert decide(support, account, appealed, "accept", "Its model is known for it.").status_code == 200
    assert shown(account, appealed)["status"] == "credited"
    first, last = decisions(renewed(account), appealed)["decisions"]
    assert (first["rule"], last["outcome"], last["reason"]) == (
        "trace.no_scatter",
        "accept",
        "Its model is known for it.",
    )
    assert has(account)[1] == appealed["points"]["amount"]
    assert waiting(support) == []


def test_what_a_rejected_guest_appealed_waits_in_the_account_with_the_operators_reason(
    guest, account, appealed, bring, support
):
    decide(support, guest, appealed, "reject", "A drawn line.")
    bring(guest, account)
    reasons = [decision["reason"] for decision in decisions(account, appealed)["decisions"]]
    assert reasons == [None, "A drawn line."]
    assert shown(account, appealed)["status"] == "uncredited"


def test_a_refusal_that_was_appealed_waits_after_the_guest_joined(guest, account, bring, support):
    refused = log(guest, mode="walk", distance="30", duration_s=3600)
    assert refused["reason"]["code"] == "trip.too_fast"
    assert guest.post(f"/v1/activities/{refused['id']}/appeal", {"words": WORDS}).status_code == 200
    bring(guest, account)
    assert [(one["user_id"], one["appeal"]) for one in waiting(support)] == [(account.user_id, WORDS)]


def test_nobody_appeals_twice_by_joining_an_account(guest, account, appealed, bring):
    bring(guest, account)
    again = account.post(f"/v1/activities/{appealed['id']}/appeal", {"words": "once more"})
    assert (again.status_code, again.json["code"]) == (409, "activities.appealed")


@pytest.mark.breaks_invariants("a key is erased without its account")
def test_the_words_open_with_the_accounts_key_and_lie_with_the_guest_no_more(
    guest, account, appealed, bring, in_transaction
):
    bring(guest, account)
    rows = in_transaction(
        lambda session: [tuple(row) for row in session.execute(text("SELECT user_id, sealed_words FROM appeals"))]
    )
    ((owner, sealed),) = rows
    assert owner == account.user_id

    def read(session) -> bytes:
        return the_vault().unseal(session, account.user_id, "activities.appeal", bytes(sealed))

    assert in_transaction(read) == WORDS.encode()
    in_transaction(lambda session: the_vault().erase_key(session, account.user_id))
    with pytest.raises(KeyErased):
        in_transaction(read)
