"""Statements: issued once a period is over, the same bytes ever after, replaceable, revocable, told to nobody else."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from backend.platform.core.roles import USER
from backend.platform.privacy import access_tokens, audit
from backend.portfolio.service import statements
from tests.backend.activities.conftest import log

OVER = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)  # midnight in Beijing
CHINESE = {"Accept-Language": "zh-CN"}


@pytest.fixture
def holder(beijinger, frozen_clock):
    """Somebody in Beijing with a ride in November, and a token of whatever instant it is."""

    class Holder:
        def __init__(self):
            self.ride = log(beijinger)
            self.user_id = beijinger.user_id

        @property
        def api(self):
            with beijinger.app.app_context():
                token = access_tokens.sign_access(beijinger.user_id, beijinger.session_id, frozenset({USER}))
            return replace(beijinger, access_token=token)

        def statement(self, period="2026-11"):
            answer = self.api.get(f"/v1/account/statements/{period}")
            assert answer.status_code == 200, answer.text
            return answer.data

    return Holder()


@pytest.fixture
def issued(holder, frozen_clock):
    """The holder, after their November was issued."""
    frozen_clock.set(OVER)
    holder.file = holder.statement()
    holder.facts = json.loads(holder.file)["statement"]
    return holder


def verdict(client, number):
    answer = client.get(f"/v1/statements/{number}/verify")
    assert answer.status_code == 200, answer.text
    return answer.json


def test_while_a_month_lasts_there_is_a_draft_that_nobody_signed(holder, frozen_clock):
    draft = json.loads(holder.statement())
    assert (draft["signature"], draft["statement"]["number"]) == (None, None)
    assert draft["statement"]["reductions"]["total"]["activities"] == 1
    assert holder.api.get("/v1/account/statements").json["items"] == []


def test_a_month_that_is_over_is_issued_once_and_stays_byte_for_byte(issued, frozen_clock):
    log(issued.api, occurred_at="2026-11-30T10:00:00+08:00")
    assert issued.statement() == issued.file
    (listed,) = issued.api.get("/v1/account/statements").json["items"]
    assert (listed["number"], listed["period"], listed["revision"], listed["state"]) == (
        issued.facts["number"],
        "2026-11",
        1,
        "valid",
    )


def test_a_statement_says_what_the_month_came_to_and_what_it_rests_on(issued, in_transaction):
    reduction = issued.ride["reduction"]
    total = issued.facts["reductions"]["total"]
    for name in ("baseline_g", "project_g", "reduction_g", "credited_g", "low_g", "high_g"):
        assert total[name] == reduction[name]
    (rule,) = issued.facts["reductions"]["by_methodology"]
    assert rule["versions"][0]["sha256"] == reduction["methodology"]["sha256"]
    assert issued.facts["points"]["moved"] == {"credit": reduction["credited_g"]}
    assert issued.facts["points"]["opening"] == {"points": 0, "pending": 0, "owed": 0}
    assert issued.facts["points"]["closing"]["pending"] == reduction["credited_g"]
    head = in_transaction(
        lambda session: session.execute(text("SELECT sequence, sha256 FROM ledger_heads")).mappings().one()
    )
    assert issued.facts["ledger"] == dict(head)


def test_what_still_waits_for_a_decision_is_said_apart(holder, frozen_clock, in_transaction):
    held = "UPDATE activities SET status = 'held', reason = 'a rule'"
    freed = "UPDATE activities SET status = 'credited', reason = NULL"
    in_transaction(lambda session: session.execute(text(held)))
    draft = json.loads(holder.statement())["statement"]["reductions"]
    assert draft["held"] == {"activities": 1, "credited_g": holder.ride["reduction"]["credited_g"]}
    paper = holder.api.get("/v1/account/statements/2026-11/pdf")
    assert paper.status_code == 200
    in_transaction(lambda session: session.execute(text(freed)))
    assert json.loads(holder.statement())["statement"]["reductions"]["held"] == {"activities": 0, "credited_g": 0}


def test_what_was_retired_is_named_by_its_serials_and_kept_apart(holder, shop, frozen_clock):
    order = shop.buy(holder.api)
    frozen_clock.set(OVER)
    facts = json.loads(holder.statement())["statement"]
    (offset,) = facts["offsets"]
    assert (offset["certificate"], offset["grams"]) == (order["certificate_number"], 60_000)
    assert offset["serials"].startswith("DEMO-")
    assert facts["reductions"]["total"]["reduction_g"] == holder.ride["reduction"]["reduction_g"]


def test_a_year_holds_its_months(holder, frozen_clock):
    frozen_clock.set(datetime(2027, 1, 1, tzinfo=UTC))
    facts = json.loads(holder.statement("2026"))["statement"]
    assert (facts["period"]["kind"], facts["period"]["from"], facts["period"]["until"]) == (
        "year",
        "2026-01-01",
        "2026-12-31",
    )
    assert [part["month"] for part in facts["reductions"]["by_month"]] == ["2026-11"]


@pytest.mark.parametrize("period", ["2026-12", "2025-01", "2026-13", "november", "2026-1", "1899", "2026-11-01"])
def test_what_is_no_period_of_theirs_has_no_statement(holder, frozen_clock, period):
    answer = holder.api.get(f"/v1/account/statements/{period}")
    assert (answer.status_code, answer.json["code"]) == (404, "not_found.statement")


def test_issued_anew_it_replaces_the_one_before_and_bears_the_chosen_name(issued, client):
    answer = issued.api.post("/v1/account/statements/2026-11", {"name": "Lin 林玥", "shows_name": True})
    assert (answer.status_code, answer.json["is_genuine"], answer.json["holder"]) == (201, True, "Lin 林玥")
    assert verdict(client, issued.facts["number"])["problem"] == "replaced"
    renewed = json.loads(issued.statement())
    assert renewed["statement"]["number"] == answer.json["number"]
    assert renewed["holder"]["name"] == "Lin 林玥"


def test_the_name_is_told_by_number_only_when_its_holder_says_so(issued, client):
    answer = issued.api.post("/v1/account/statements/2026-11", {"name": "Lin Wei"})
    assert answer.json["holder"] is None
    assert "Lin Wei" not in json.dumps(verdict(client, answer.json["number"]))


def test_a_draft_cannot_be_issued(holder, frozen_clock):
    answer = holder.api.post("/v1/account/statements/2026-11", {"name": None})
    assert (answer.status_code, answer.json["code"]) == (409, "statements.not_over")


@pytest.mark.concurrency
def test_ten_first_readers_at_once_get_one_statement(holder, frozen_clock, parallel):
    frozen_clock.set(OVER)
    race = parallel(10, lambda _: holder.statement())
    assert race.errors == []
    assert len(set(race.results)) == 1


@pytest.mark.concurrency
def test_control_without_the_lock_first_readers_collide(holder, frozen_clock, parallel, engine, monkeypatch):
    from backend.portfolio.service.statements import issuance
    from tests.races import everyone_reads_first

    if engine == "sqlite":
        pytest.skip("SQLite has one writer at a time, with or without our lock")
    frozen_clock.set(OVER)
    monkeypatch.setattr(issuance.ledger, "open_book", lambda *_: None)
    monkeypatch.setattr(issuance, "compose", everyone_reads_first(3, issuance.compose))
    race = parallel(3, lambda _: holder.statement())
    # refused by a key of the table, or issued twice, the second replacing the first
    assert race.errors or len(set(race.results)) > 1


def test_anybody_verifies_a_number_and_learns_nothing_personal(issued, client):
    found = verdict(client, issued.facts["number"].lower().replace("-", " "))
    assert (found["is_genuine"], found["problem"], found["period"]) == (True, None, "2026-11")
    assert issued.user_id not in json.dumps(found)


@pytest.mark.parametrize("number, problem", [("7Q3D-0K9M-XT5V-2HRA8", "not_a_number"), ("nonsense", "not_a_number")])
def test_what_is_no_number_is_no_statement(client, number, problem):
    assert verdict(client, number)["problem"] == problem


def test_a_browser_is_shown_the_verdict_as_a_page_in_its_language(issued, client):
    asked = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", **CHINESE}
    page = client.get(f"/v1/statements/{issued.facts['number']}/verify", headers=asked)
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert "真实有效" in page.text
    assert issued.facts["number"] in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    refused = client.get("/v1/statements/nonsense/page", headers={"Accept-Language": "en"})
    assert "This is no number of a statement" in refused.text


def test_every_problem_of_a_verdict_has_words_on_the_page():
    from backend.platform.core import i18n

    for problem in ("not_a_number", "unknown", "signature", "replaced", "revoked"):
        assert ("statement", f"page_{problem}") in i18n.read_texts(i18n.ENGLISH)
    for reason in statements.REASONS:
        assert ("statement_because", reason) in i18n.read_texts(i18n.ENGLISH)


def test_the_reasons_on_the_wire_are_those_of_the_service():
    from backend.portfolio.schemas import statements as shapes

    assert shapes.REASONS == statements.REASONS


def test_a_number_nobody_gave_out_is_unknown(client):
    from offsets import make_number

    assert verdict(client, make_number(b"0123456789"))["problem"] == "unknown"


def test_an_operator_revokes_with_a_reason_and_the_holder_is_told(issued, new_person, client, session):
    support = new_person(roles=("support",))
    number = issued.facts["number"]
    body = {"because": "computation_error", "note": "the grid figure of 2024 was mistyped"}
    for _ in range(2):
        answer = support.post(f"/v1/operator/statements/{number}/revoke", body)
        assert (answer.status_code, answer.json["problem"]) == (200, "revoked")
    found = verdict(client, number)
    assert (found["is_genuine"], found["problem"], found["because"]) == (False, "revoked", "computation_error")
    assert "mistyped" not in json.dumps(found)
    (note,) = issued.api.get("/v1/inbox", headers=CHINESE).json["items"]
    assert note["text"].startswith(f"2026-11 的账单 {number} 不再有效：其中有数字有误。")
    assert json.loads(issued.statement())["statement"]["number"] != number
    ((entry, reason),) = audit.list_entries(session, 10, subject=number)
    assert (entry.who, entry.action) == (support.user_id, "statement.revoked")
    assert reason == "the grid figure of 2024 was mistyped"


def test_nobody_but_an_operator_revokes(issued, client):
    body = {"because": "fraud", "note": "mine"}
    path = f"/v1/operator/statements/{issued.facts['number']}/revoke"
    assert issued.api.post(path, body).status_code == 403
    assert client.post(path, json=body).status_code == 401


def test_after_erasure_the_number_still_tells_a_copy_from_a_forgery(issued, client, in_transaction):
    answer = issued.api.post("/v1/account/statements/2026-11", {"name": "Canary Lin", "shows_name": True})
    in_transaction(lambda session: statements.forget(session, issued.user_id))
    found = verdict(client, answer.json["number"])
    assert (found["is_genuine"], found["holder"], found["sha256"]) == (True, None, answer.json["sha256"])
    kept = in_transaction(lambda session: session.execute(text("SELECT sealed_file FROM statements")).scalars().all())
    assert {bytes(sealed) for sealed in kept} == {b""}


@pytest.mark.breaks_invariants("a stored statement that was exchanged")
def test_a_stored_statement_that_is_not_what_was_signed_is_found(issued, in_transaction, client):
    from backend.portfolio import sql
    from backend.portfolio.service.statements import storage

    def tamper(session):
        forged = issued.file.replace(b'"credited_g":320', b'"credited_g":920')
        sealed = storage.seal_file(session, issued.user_id, forged)
        session.execute(sql.STATEMENTS.update().values(sealed_file=sealed))

    in_transaction(tamper)
    (found,) = in_transaction(lambda session: list(statements.broken_statements(session)), read_only=True)
    assert issued.facts["number"] in found
    assert verdict(client, issued.facts["number"])["problem"] == "signature"


def test_what_was_signed_cannot_be_changed_in_the_database(issued, in_transaction):
    for change in ("UPDATE statements SET sha256 = 'x'", "DELETE FROM statements"):
        with pytest.raises(Exception, match="refused"):
            in_transaction(lambda session, change=change: session.execute(text(change)))
