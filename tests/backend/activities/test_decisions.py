"""What a rule doubts waits for a person: held points, operators' decisions, appeals, better evidence, coarse tracks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from backend.activities import service
from backend.activities.service import decisions as deciding
from backend.jobs.runner.dispatch import dispatch
from backend.platform.core.i18n import ENGLISH
from backend.platform.core.roles import SUPPORT, USER
from backend.platform.data import transactions
from backend.platform.data.batch import fetch
from backend.platform.privacy import access_tokens
from backend.points import service as points
from calculators import GPX
from tests.backend.activities.conftest import log
from tests.backend.activities.guest_steps import renewed
from tests.backend.activities.test_evidence_upload import handed_in, picture
from tests.calculators.traces.recorder import MORNING, WALK, gpx, ride
from tests.calculators.traces.stories import drawn
from tests.races import everyone_reads_first

A_DAY = timedelta(days=1)


@pytest.fixture
def support(new_person):
    return new_person(roles=("support",))


@pytest.fixture
def doubtful(beijinger):
    """A walk with a track that nobody recorded: held."""
    piece = handed_in(beijinger, gpx(drawn(5, 2000)), "gps_trace", GPX)
    activity = log(beijinger, mode="walk", distance="2", occurred_at=MORNING.isoformat(), evidence=[piece["id"]])
    assert activity["status"] == "held", activity
    return activity


def decide(operator, person, activity, verdict: str, reason: str = "looked at it"):
    path = f"/v1/operator/held/{person.user_id}/{activity['id']}/{verdict}"
    return renewed_support(operator).post(path, {"reason": reason})


def renewed_support(operator):
    with operator.app.app_context():
        roles = frozenset({USER, SUPPORT})
        return replace(operator, access_token=access_tokens.sign_access(operator.user_id, operator.session_id, roles))


def decisions(person, activity):
    return person.get(f"/v1/activities/{activity['id']}/decisions").json


def shown(person, activity):
    return renewed(person).get(f"/v1/activities/{activity['id']}").json


def test_what_is_held_says_why_and_its_points_wait(beijinger, doubtful, has, in_transaction, frozen_clock):
    assert doubtful["reason"]["code"] == "trace.no_scatter"
    assert [note["code"] for note in doubtful["notes"]] == ["held"]
    assert doubtful["points"]["state"] == "held"
    assert doubtful["points"]["matures_at"] is None
    worth = doubtful["points"]["amount"]
    assert worth > 0
    assert has(beijinger) == (0, worth, 0)
    frozen_clock.advance(3 * A_DAY)
    collected = in_transaction(lambda session: points.collect(session, beijinger.user_id))
    assert (collected.amount, collected.balances.points) == (0, 0)
    assert renewed(beijinger).get("/v1/points/bubbles").json["items"] == []
    frozen_clock.advance(30 * A_DAY)
    assert in_transaction(lambda session: points.list_ending(session, "", 10)) == []


def test_what_is_held_is_not_in_the_account_until_it_is_accepted(beijinger, doubtful, support, in_transaction):
    def credited(session):
        asked = service.months_question(beijinger.user_id, MORNING.date(), MORNING.date())
        return [(month.activities, month.credited_g) for month in fetch(session, asked).all()]

    worth = doubtful["reduction"]["credited_g"]
    assert in_transaction(credited) == [(1, 0)]
    decide(support, beijinger, doubtful, "accept")
    assert in_transaction(credited) == [(1, worth)]
    decide(support, beijinger, doubtful, "reject")
    assert in_transaction(credited) == [(1, 0)]


def test_every_activity_has_a_decision_by_a_rule_and_its_version(beijinger, doubtful):
    believed = log(beijinger, occurred_at="2026-11-20T06:00:00+08:00")
    (first,) = decisions(beijinger, believed)["decisions"]
    assert (first["outcome"], first["rule"], first["by"]) == ("accept", "believed", "rule")
    (held,) = decisions(beijinger, doubtful)["decisions"]
    assert (held["outcome"], held["rule"], held["rule_version"]) == ("hold", "trace.no_scatter", 1)
    assert held["params"]["scatter_m"]
    assert "trace.even_speed" in held["found"]


def test_a_refused_activity_earns_nothing_and_recomputes(beijinger):
    first = log(beijinger, duration_s=1800)
    second = log(beijinger, mode="bus", distance="5", duration_s=900)
    assert first["status"] == "credited"
    assert (second["status"], second["reason"]["code"]) == ("uncredited", "trip.overlaps")
    assert "{" not in second["reason"]["message"]
    working = beijinger.get(f"/v1/reductions/{second['reduction']['id']}").json["working"]
    assert working["context"]["refused"] == "trip.overlaps"


def test_what_overlaps_counts_once_the_other_is_withdrawn_and_it_is_told_again(beijinger):
    first = log(beijinger, duration_s=1800)
    beijinger.post(f"/v1/activities/{first['id']}/withdraw")
    assert log(beijinger, mode="bus", distance="5", duration_s=900)["status"] == "credited"


def test_an_accepted_activity_is_paid_by_entries_and_the_person_is_told(
    beijinger, doubtful, support, has, in_transaction, frozen_clock
):
    worth = doubtful["points"]["amount"]
    (waiting,) = support.get("/v1/operator/held").json["items"]
    assert (waiting["id"], waiting["user_id"], waiting["amount"]) == (doubtful["id"], beijinger.user_id, worth)
    assert waiting["decision"]["rule"] == "trace.no_scatter"
    answer = decide(support, beijinger, doubtful, "accept", "the app smooths its tracks")
    assert (answer.status_code, answer.json["status"]) == (200, "credited"), answer.json
    assert answer.json["points"]["state"] == "pending"
    assert has(beijinger) == (0, worth, 0)
    kinds = [entry["kind"] for entry in beijinger.get("/v1/account/entries").json["items"]]
    assert sorted(kinds) == ["credit", "credit", "reversal"]
    last = decisions(beijinger, doubtful)["decisions"][-1]
    assert (last["outcome"], last["by"], last["reason"]) == ("accept", "operator", "the app smooths its tracks")
    assert "reduction.accepted" in [note["kind"] for note in beijinger.get("/v1/inbox").json["items"]]
    assert support.get("/v1/operator/held").json["items"] == []
    frozen_clock.advance(2 * A_DAY)
    assert in_transaction(lambda session: points.collect(session, beijinger.user_id)).amount == worth


def test_a_rejected_activity_nets_to_zero_with_the_reason_and_can_be_appealed(beijinger, doubtful, support, has):
    answer = decide(support, beijinger, doubtful, "reject", "drawn by hand")
    assert (answer.json["status"], answer.json["reason"]["code"]) == ("uncredited", "operator")
    assert has(beijinger) == (0, 0, 0)
    assert decide(support, beijinger, doubtful, "reject").json["code"] == "activities.nothing_to_decide"
    appealed = beijinger.post(f"/v1/activities/{doubtful['id']}/appeal", {"words": "my watch smooths every track"})
    assert appealed.status_code == 200
    (waiting,) = support.get("/v1/operator/held").json["items"]
    assert waiting["appeal"] == "my watch smooths every track"
    assert decide(support, beijinger, doubtful, "accept", "the watch is known").json["status"] == "credited"
    assert has(beijinger)[1] == doubtful["points"]["amount"]
    assert [one["outcome"] for one in decisions(beijinger, doubtful)["decisions"]] == ["hold", "refuse", "accept"]
    assert decisions(beijinger, doubtful)["appeal"]["answered_at"]
    again = beijinger.post(f"/v1/activities/{doubtful['id']}/appeal", {"words": "once more"})
    assert again.json["code"] == "activities.appealed"


def test_what_nobody_doubts_has_nothing_to_appeal(beijinger):
    answer = beijinger.post(f"/v1/activities/{log(beijinger)['id']}/appeal", {"words": "more please"})
    assert (answer.status_code, answer.json["code"]) == (409, "activities.nothing_to_appeal")


def test_a_refused_activity_is_credited_when_its_appeal_is_heard(beijinger, support):
    log(beijinger, duration_s=1800)
    second = log(beijinger, mode="bus", distance="5", duration_s=900)
    assert decide(support, beijinger, second, "accept").json["code"] == "activities.nothing_to_decide"
    beijinger.post(f"/v1/activities/{second['id']}/appeal", {"words": "I mistyped the time of the other one"})
    accepted = decide(support, beijinger, second, "accept").json
    assert accepted["status"] == "credited"
    assert accepted["points"]["amount"] > 0


def test_an_operator_reverses_what_was_credited_and_spent_and_later_credit_repays_it(
    beijinger, support, has, in_transaction, frozen_clock
):
    fare = {"mode": "metro", "distance": "100", "duration_s": 5400}
    first = log(beijinger, **fare)
    earned = first["points"]["amount"]
    frozen_clock.advance(A_DAY)
    in_transaction(lambda session: points.collect(session, beijinger.user_id))
    in_transaction(lambda session: points.spend(session, beijinger.user_id, "order 1", earned - 100, "trees"))
    assert decide(support, beijinger, first, "reject", "the fare was never paid").json["status"] == "uncredited"
    assert has(beijinger) == (0, 0, earned - 100)
    assert decide(support, beijinger, first, "reject").json["code"] == "activities.nothing_to_decide"
    log(renewed(beijinger), mode="metro", distance="10", occurred_at="2026-11-21T08:00:00+08:00")
    assert has(beijinger) == (0, 0, earned - 100 - 320)


def test_a_held_credit_repays_no_debt_until_it_is_accepted(beijinger, support, has, in_transaction, frozen_clock):
    first = log(beijinger, mode="metro", distance="100", duration_s=5400, occurred_at="2026-11-20T05:00:00+08:00")
    earned = first["points"]["amount"]
    frozen_clock.advance(A_DAY)
    in_transaction(lambda session: points.collect(session, beijinger.user_id))
    in_transaction(lambda session: points.spend(session, beijinger.user_id, "order 1", earned, "trees"))
    decide(support, beijinger, first, "reject")
    person = renewed(beijinger)
    piece = handed_in(person, gpx(drawn(5, 2000)), "gps_trace", GPX)
    held = log(person, mode="walk", distance="2", occurred_at=MORNING.isoformat(), evidence=[piece["id"]])
    worth = held["points"]["amount"]
    assert has(beijinger) == (0, worth, earned)
    decide(support, beijinger, held, "accept")
    assert has(beijinger) == (0, 0, earned - worth)


def test_two_operators_at_once_decide_once(beijinger, doubtful, new_person, parallel, has):
    operators = [new_person(roles=("support",)) for _ in range(4)]
    path, body = f"/v1/operator/held/{beijinger.user_id}/{doubtful['id']}/reject", {"reason": "looked at it"}
    race = parallel(4, lambda number: operators[number].post(path, body).status_code)
    assert sorted(race.results) == [200, 409, 409, 409]
    assert has(beijinger) == (0, 0, 0)


def test_without_the_lock_both_find_it_waiting_and_only_conditional_updates_stop_one(
    engine, beijinger, doubtful, new_person, make_app, monkeypatch, parallel, session, unlocked
):
    if engine == "sqlite":
        pytest.skip("SQLite has one writer at a time, with or without our lock")
    operators = [new_person(roles=("support",)).user_id for _ in range(2)]
    app = make_app()
    unlocked(beijinger)
    monkeypatch.setattr(deciding, "get_stored", everyone_reads_first(2, deciding.get_stored))

    def reject(number: int) -> None:
        ruling = service.Ruling(operators[number], beijinger.user_id, doubtful["id"], "drawn by hand")
        with app.app_context():
            transactions.in_transaction(lambda opened: service.reject(opened, ruling, ENGLISH))

    # with the lock gone both find the activity waiting; what stops the second now are the conditional updates
    assert len(parallel(2, reject).errors) == 1


def test_only_support_decides_and_auditors_look(beijinger, doubtful, new_person):
    auditor = new_person(roles=("auditor",))
    assert auditor.get("/v1/operator/held").status_code == 200
    for nobody in (auditor, beijinger, new_person(roles=("finance",))):
        assert nobody.post(
            f"/v1/operator/held/{beijinger.user_id}/{doubtful['id']}/accept", {"reason": "please"}
        ).status_code == 403  # fmt: skip
    assert beijinger.get("/v1/operator/held").status_code == 403


def test_an_operators_act_is_in_the_audit_trail(beijinger, doubtful, support, session):
    decide(support, beijinger, doubtful, "reject", "drawn by hand")
    rows = session.execute(text("SELECT who, action, subject FROM audit_entries WHERE action LIKE 'activity.%'")).all()
    assert [tuple(row) for row in rows] == [(support.user_id, "activity.rejected", doubtful["id"])]


@pytest.mark.breaks_invariants("shows that the database refuses it, and rolls back")
@pytest.mark.parametrize("change", ["UPDATE decisions SET outcome = 'accept'", "DELETE FROM decisions"])
def test_a_decision_is_never_changed(change, doubtful, in_transaction):
    with pytest.raises(Exception, match="refused"):
        in_transaction(lambda session: session.execute(text(change)))


def test_better_evidence_raises_the_weight_by_entries_and_says_so(beijinger, fare_record, has):
    activity = log(beijinger)
    assert activity["reduction"]["credited_g"] == 320
    path = f"/v1/activities/{activity['id']}/evidence"
    raised = beijinger.post(path, {"evidence": [fare_record(beijinger)]}).json
    assert (raised["evidence_tier"], raised["reduction"]["credited_g"]) == ("fare_record", 641)
    assert raised["reduction"]["revision"] == 2
    assert has(beijinger) == (0, 641, 0)
    assert "reduction.evidenced" in [note["kind"] for note in beijinger.get("/v1/inbox").json["items"]]
    no_better = beijinger.post(path, {"evidence": [fare_record(beijinger)]})
    assert (no_better.status_code, no_better.json["code"]) == (409, "evidence.no_better")


def test_a_track_that_does_not_hold_up_is_not_taken_later_either(beijinger):
    activity = log(beijinger, mode="walk", distance="2", occurred_at=MORNING.isoformat())
    piece = handed_in(beijinger, gpx(drawn(5, 2000)), "gps_trace", GPX)
    answer = beijinger.post(f"/v1/activities/{activity['id']}/evidence", {"evidence": [piece["id"]]})
    assert (answer.status_code, answer.json["code"]) == (409, "evidence.not_believed")
    assert shown(beijinger, activity) == activity
    good = handed_in(beijinger, gpx(ride(WALK, 2000, 77)), "gps_trace", GPX)
    raised = beijinger.post(f"/v1/activities/{activity['id']}/evidence", {"evidence": [good["id"]]}).json
    assert raised["evidence_tier"] == "gps_trace"
    assert raised["points"]["amount"] > activity["points"]["amount"]


@pytest.mark.allowance
def test_what_a_receipt_cannot_show_by_itself_waits_until_the_person_asks_somebody_to_look(beijinger, support):
    piece = handed_in(beijinger, picture(50), "receipt")
    body = {"methodology": "consumables.second_hand_goods", "occurred_at": MORNING.isoformat()}
    body |= {"inputs": {"good": "laptop", "items": "1"}, "evidence": [piece["id"]]}
    activity = beijinger.post("/v1/activities", body).json
    assert 0 < activity["points"]["amount"] < 1_000
    assert activity["reduction"]["deductions"][-1]["kind"] == "allowance"
    asked = beijinger.post(f"/v1/activities/{activity['id']}/appeal", {"words": "the receipt shows it"})
    assert asked.status_code == 200, asked.json
    accepted = decide(support, beijinger, activity, "accept", "a receipt of a shop that we know")
    assert accepted.status_code == 200, accepted.json
    assert shown(beijinger, activity)["points"]["amount"] > 10_000


@pytest.mark.parametrize("distance, status, rule", [("20", "credited", None), ("90", "held", "evidence.reading")])
def test_two_readings_of_one_odometer_are_a_pair_and_bound_what_is_claimed(distance, status, rule, beijinger):
    told = {"unit": "km", "device": "京A 12345"}
    shown = {"2026-11-19T08:00:00+08:00": "1000", "2026-11-20T08:00:00+08:00": "1020"}
    readings = [
        handed_in(beijinger, picture(60 + number), "odometer_reading", **told, value=value, read_at=read_at)["id"]
        for number, (read_at, value) in enumerate(shown.items())
    ]
    body = {"methodology": "transport.electric_car_km", "occurred_at": MORNING.isoformat(), "evidence": readings}
    body |= {"inputs": {"distance": distance, "replaced": "petrol_car", "years_since": "1"}}
    activity = beijinger.post("/v1/activities", body).json
    assert activity["evidence_tier"] == "odometer_pair"
    assert (activity["status"], activity["reason"] and activity["reason"]["code"]) == (status, rule)


def test_positions_stay_while_somebody_still_decides(beijinger, doubtful, support, app, frozen_clock):
    frozen_clock.advance(10 * A_DAY)
    while dispatch(app):
        pass
    (piece,) = renewed(beijinger).get("/v1/evidence").json["items"]
    assert not piece["is_coarsened"]
    decide(support, beijinger, doubtful, "reject")
    frozen_clock.advance(4 * A_DAY)
    while dispatch(app):
        pass
    assert renewed(beijinger).get(f"/v1/evidence/{piece['id']}").json["is_coarsened"]


def test_decisions_and_appeals_are_taken_along_and_their_words_are_lost_with_the_key(
    beijinger, doubtful, support, in_transaction
):
    beijinger.post(f"/v1/activities/{doubtful['id']}/appeal", {"words": "my watch smooths"})
    decide(support, beijinger, doubtful, "accept", "known watch")

    def taken(session):
        decided = [(row["outcome"], row["reason"]) for row in service.export_decisions(session, beijinger.user_id)]
        said = [row["words"] for row in service.export_appeals(session, beijinger.user_id)]
        return decided, said

    assert in_transaction(taken) == ([("hold", None), ("accept", "known watch")], ["my watch smooths"])


def test_a_guests_held_activity_stays_held_with_the_account(guest, account, bring, has):
    piece = handed_in(guest, gpx(drawn(5, 2000)), "gps_trace", GPX)
    held = log(guest, mode="walk", distance="2", occurred_at=MORNING.isoformat(), evidence=[piece["id"]])
    bring(guest, account)
    there = shown(account, held)
    assert (there["status"], there["points"]["state"]) == ("held", "held")
    assert has(account) == (0, held["points"]["amount"], 0)
    assert decisions(account, held)["decisions"][0]["rule"] == "trace.no_scatter"


def test_what_is_accepted_after_all_takes_the_place_of_what_was_paid_for_the_same_way(
    beijinger, doubtful, support, new_person, has
):
    """A walk that was rejected left its way to a round for pleasure; on appeal its grams come before points."""
    worth = doubtful["points"]["amount"]
    assert decide(support, beijinger, doubtful, "reject").status_code == 200
    body = {
        "methodology": "transport.leisure_walk",
        "occurred_at": MORNING.isoformat(),
        "inputs": {"kilometres": "2"},
    }
    pleasure = beijinger.post("/v1/activities", body).json
    assert pleasure["status"] == "credited"
    appealed = beijinger.post(f"/v1/activities/{doubtful['id']}/appeal", {"words": "I did walk"})
    assert appealed.status_code == 200, appealed.json
    opened_case = renewed_support(support).post(f"/v1/operator/held/{beijinger.user_id}/{doubtful['id']}/open")
    assert opened_case.json["would_credit"]["points"] == worth
    assert decide(new_person(roles=("support",)), beijinger, doubtful, "accept").status_code == 200
    assert shown(beijinger, doubtful)["status"] == "credited"
    assert shown(beijinger, pleasure)["reason"]["code"] == "counted_already"
    assert has(beijinger) == (0, worth, 0)
