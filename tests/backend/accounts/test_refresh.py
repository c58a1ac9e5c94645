"""The law of families: a refresh token is used once, and a token used again ends its family.

But for the moment in which an answer may have been lost on its way: then the same token gives the same successor.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import bindparam, text
from sqlalchemy.exc import IntegrityError

from backend.accounts.models import RefreshToken
from backend.accounts.service import sessions
from backend.accounts.sql import devices
from backend.platform.core import clock
from backend.platform.core.errors import Refusal

LIVE = text(
    "SELECT count(*) FROM refresh_tokens t JOIN device_sessions s ON s.user_id = t.user_id AND s.id = t.session_id"
    " WHERE t.spent_at IS NULL AND s.closed_at IS NULL"
)


def refresh(post, token):
    return post("/v1/auth/refresh", {"refresh_token": token})


def later(frozen_clock) -> None:
    """Let the moment pass in which an answer may have been lost."""
    frozen_clock.advance(sessions.LOST_ANSWER + timedelta(seconds=1))


def live(in_transaction) -> int:
    return in_transaction(lambda session: session.execute(LIVE).scalar_one(), read_only=True)


def test_each_use_gives_the_next_token_of_the_same_device(registered, post):
    second = refresh(post, registered["refresh_token"])
    third = refresh(post, second.json["refresh_token"])
    assert (second.status_code, third.status_code) == (200, 200)
    assert second.json["session_id"] == third.json["session_id"] == registered["session_id"]
    assert len({registered["refresh_token"], second.json["refresh_token"], third.json["refresh_token"]}) == 3


def test_a_token_used_again_ends_its_family(frozen_clock, registered, post, client):
    second = refresh(post, registered["refresh_token"]).json
    later(frozen_clock)
    reused = refresh(post, registered["refresh_token"])
    assert (reused.status_code, reused.json["code"]) == (401, "auth.reused_token")
    assert refresh(post, second["refresh_token"]).json["code"] == "auth.revoked_token"
    me = client.get("/v1/me", headers={"Authorization": f"Bearer {second['access_token']}"})
    assert (me.status_code, me.json["code"]) == (401, "auth.revoked_token")


def test_the_end_of_one_family_leaves_the_persons_other_devices_alone(frozen_clock, registered, post):
    other = post("/v1/auth/login", {"email": "lin@example.org", "password": "correct horse battery"}).json
    refresh(post, registered["refresh_token"])
    later(frozen_clock)
    assert refresh(post, registered["refresh_token"]).json["code"] == "auth.reused_token"
    assert refresh(post, other["refresh_token"]).status_code == 200


def test_whoever_lost_the_answer_hears_the_same_successor(frozen_clock, registered, post, in_transaction):
    first = refresh(post, registered["refresh_token"]).json
    frozen_clock.advance(sessions.LOST_ANSWER)
    again = refresh(post, registered["refresh_token"])
    assert again.status_code == 200
    for name in ("refresh_token", "refresh_expires_at", "session_id", "user_id"):
        assert again.json[name] == first[name]
    assert live(in_transaction) == 1
    assert refresh(post, again.json["refresh_token"]).status_code == 200


def test_a_lost_answer_is_not_given_again_once_its_token_was_used(frozen_clock, registered, post, in_transaction):
    second = refresh(post, registered["refresh_token"]).json
    third = refresh(post, second["refresh_token"]).json
    reused = refresh(post, registered["refresh_token"])
    assert (reused.status_code, reused.json["code"]) == (401, "auth.reused_token")
    assert refresh(post, third["refresh_token"]).json["code"] == "auth.revoked_token"
    assert live(in_transaction) == 0


def test_a_lost_answer_is_not_given_again_after_signing_out(registered, post):
    second = refresh(post, registered["refresh_token"]).json
    assert post("/v1/auth/logout", {"refresh_token": second["refresh_token"]}).status_code == 204
    assert refresh(post, registered["refresh_token"]).json["code"] == "auth.revoked_token"


def test_two_who_hold_one_token_are_found_out_when_both_go_on(frozen_clock, registered, post):
    refresh(post, registered["refresh_token"])
    stolen = refresh(post, registered["refresh_token"]).json["refresh_token"]
    assert refresh(post, stolen).status_code == 200
    later(frozen_clock)
    assert refresh(post, stolen).json["code"] == "auth.reused_token"


def test_a_reused_token_is_known_after_redis_was_flushed(frozen_clock, registered, post, app):
    second = refresh(post, registered["refresh_token"]).json
    later(frozen_clock)
    app.extensions["carbon.redis"].flushall()
    assert refresh(post, registered["refresh_token"]).json["code"] == "auth.reused_token"
    app.extensions["carbon.redis"].flushall()
    assert refresh(post, second["refresh_token"]).json["code"] == "auth.revoked_token"


def test_signing_out_survives_a_flush_of_redis(registered, post, app):
    assert post("/v1/auth/logout", {"refresh_token": registered["refresh_token"]}).status_code == 204
    app.extensions["carbon.redis"].flushall()
    assert refresh(post, registered["refresh_token"]).status_code == 401


@pytest.mark.concurrency
def test_twenty_parallel_uses_leave_one_live_successor(registered, post, parallel, in_transaction):
    race = parallel(20, lambda _: refresh(post, registered["refresh_token"]))
    assert race.errors == []
    assert {answer.status_code for answer in race.results} == {200}
    assert len({answer.json["refresh_token"] for answer in race.results}) == 1
    assert live(in_transaction) == 1


@pytest.mark.concurrency
def test_of_parallel_uses_after_the_moment_none_is_let_in(frozen_clock, registered, post, parallel, in_transaction):
    refresh(post, registered["refresh_token"])
    later(frozen_clock)
    race = parallel(20, lambda _: refresh(post, registered["refresh_token"]))
    assert race.errors == []
    assert {answer.json["code"] for answer in race.results} <= {"auth.reused_token", "auth.revoked_token"}
    assert live(in_transaction) == 0


@pytest.mark.concurrency
@pytest.mark.breaks_invariants("the guard is off on purpose")
def test_without_the_guard_parallel_uses_leave_several(registered, post, parallel, in_transaction, monkeypatch):
    table = RefreshToken.__table__
    unguarded = table.update().where(table.c.token_hash == bindparam("presented"))
    monkeypatch.setattr(devices, "SPEND", unguarded.values(spent_at=bindparam("now")))
    monkeypatch.setattr(sessions, "_successor_of", lambda _: sessions.ids.new_secret())

    race = parallel(20, lambda _: refresh(post, registered["refresh_token"]))
    assert race.errors == []
    assert live(in_transaction) > 1


def test_the_database_itself_refuses_a_second_successor(registered, post, in_transaction):
    """A token has one possible successor, and its hash is the key of its row."""
    assert refresh(post, registered["refresh_token"]).status_code == 200

    def follow_again(session):
        row = text(
            "INSERT INTO refresh_tokens (token_hash, user_id, session_id, issued_at, expires_at)"
            " SELECT :following, user_id, session_id, issued_at, expires_at FROM refresh_tokens WHERE spent_at IS NULL"
        )
        following = sessions._successor_of(registered["refresh_token"])
        session.execute(row, {"following": sessions.token_hash(following)})

    with pytest.raises(IntegrityError):
        in_transaction(follow_again)


def test_only_hashes_of_tokens_are_stored(registered, in_transaction):
    stored = in_transaction(lambda s: s.execute(text("SELECT token_hash FROM refresh_tokens")).scalars().all())
    assert stored == [sessions.token_hash(registered["refresh_token"])]


def test_a_token_ends_with_its_time(post, frozen_clock, new_person, settings):
    person = new_person()
    frozen_clock.advance(timedelta(seconds=settings.refresh_token_s))
    assert refresh(post, person.refresh_token).json["code"] == "auth.expired_token"


@pytest.mark.parametrize("token", ["nonsense", "x" * 256, "\u4f60\u597d"])
def test_a_token_that_is_none_is_refused(token, post):
    assert refresh(post, token).json["code"] == "auth.invalid_token"
    assert post("/v1/auth/logout", {"refresh_token": token}).status_code == 204


@pytest.mark.breaks_invariants("a token is left without its session on purpose")
def test_a_token_whose_session_is_gone_is_refused_used_or_not(registered, post, in_transaction):
    spent = registered["refresh_token"]
    unused = refresh(post, spent).json["refresh_token"]
    in_transaction(lambda session: session.execute(text("DELETE FROM device_sessions")))
    for token in (unused, spent):
        answer = refresh(post, token)
        assert (answer.status_code, answer.json["code"]) == (401, "auth.invalid_token")


@pytest.mark.breaks_invariants("a token is left without its session on purpose")
def test_a_session_that_goes_while_a_lost_answer_is_looked_for_gives_none(registered, post, in_transaction):
    token = registered["refresh_token"]
    successor = refresh(post, token).json["refresh_token"]

    def find(session):
        session.execute(text("DELETE FROM device_sessions"))
        return sessions._find_lost(session, sessions.token_hash(token), successor, clock.database_now(session))

    with pytest.raises(Refusal, match=r"auth\.invalid_token"):
        in_transaction(find)
