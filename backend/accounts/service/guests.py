"""Guests: use first, register later. A guest who signs in to an account is asked once whether to bring the record.

The guest's row is the lock: it can be brought at most once, by one conditional UPDATE, whatever happens in parallel.
What the record consists of is known to the slices on the right; they adopt it when the outbox tells them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy.orm import Session

from backend.accounts.domain import MergeAnswer, MergeState, SessionEnd, Tokens
from backend.accounts.service import consents, people, sessions
from backend.accounts.sql import people as sql
from backend.platform.core import clock
from backend.platform.core.actor import Actor
from backend.platform.core.errors import Refusal
from backend.platform.data import ids
from backend.platform.data.transactions import touched
from backend.platform.ops import outbox
from backend.platform.privacy.access_tokens import STANDING_KEPT_S

TOPIC_MERGED = "accounts.guest_merged"
# Another process may still let the guest act for KEPT_S: the record is adopted when nothing can be added to it.
SETTLED_AFTER = timedelta(seconds=2 * STANDING_KEPT_S)


def start_guest(session: Session, agreed: Mapping[str, str], device: str | None) -> Tokens:
    """A person with nothing but a device; they may register later and keep everything."""
    consents.check_required(agreed)
    user_id = people.create_user(session, is_guest=True)
    consents.agree(session, user_id, agreed)
    people.send_language(session, user_id)
    return sessions.open_session(session, user_id, "guest", device, is_guest=True)


def ask(session: Session, actor: Actor, account_id: str) -> str | None:
    """The token that answers whether the calling guest's record comes along to `account_id`.

    None when the caller is no guest, or has answered before. A question not yet answered moves to the new account.
    """
    if not actor.user_id or actor.user_id == account_id or not _is_active_guest(session, actor.user_id):
        return None
    answer_token = ids.new_secret()
    row = {
        "user_id": actor.user_id,
        "account_id": account_id,
        "state": MergeState.ASKED,
        "token_hash": sessions.token_hash(answer_token),
        "asked_at": clock.database_now(session),
    }
    return answer_token if session.execute(sql.ASK_MERGE, row).one_or_none() else None


def answer(session: Session, user_id: str, answer_token: str, *, bring: bool) -> MergeAnswer:
    """Answer the question of `ask`, once.

    Brought: the guest ends and the outbox tells everyone who keeps part of the record, under `TOPIC_MERGED`
    with `{"guest_id", "user_id"}`. Left: the guest stays as it was, on its own device.
    Raises `auth.question_unknown` for a token that is not this person's, or was answered before.
    """
    given = {
        "token": sessions.token_hash(answer_token),
        "account": user_id,
        "to_state": MergeState.BROUGHT if bring else MergeState.LEFT,
        "now": clock.database_now(session),
    }
    answered = session.execute(sql.ANSWER_MERGE, given).scalar_one_or_none()
    if answered is None:
        raise Refusal("auth.question_unknown")
    if bring:
        _bring(session, answered, user_id)
    return MergeAnswer(answered, bring)


def list_brought_guests(session: Session, user_id: str) -> list[str]:
    """The guests whose records came along to this account, in the order they came."""
    return list(session.scalars(sql.BROUGHT_TO, {"owner": user_id}))


def _bring(session: Session, guest_id: str, user_id: str) -> None:
    ended = touched(session, sql.END_GUEST, {"guest": guest_id})
    if ended != 1:
        # registered or suspended since the question was asked: it is nobody's to bring any more
        raise Refusal("auth.question_unknown")
    sessions.end_all_sessions(session, guest_id, because=SessionEnd.REPLACED)
    facts = {"guest_id": guest_id, "user_id": user_id}
    outbox.enqueue(session, user_id, TOPIC_MERGED, facts, due_at=clock.database_now(session) + SETTLED_AFTER)


def _is_active_guest(session: Session, user_id: str) -> bool:
    return session.scalar(sql.IS_ACTIVE_GUEST, {"owner": user_id}) is True
