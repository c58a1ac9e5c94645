"""Login challenges: a sign-in that takes two steps, tied to the device that began it by a secret, used at most once."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

from sqlalchemy.orm import Session

from backend.accounts.domain import StoredChallenge
from backend.accounts.service.sessions import token_hash
from backend.accounts.sql import credentials as sql
from backend.platform.core import clock, context
from backend.platform.data import ids
from backend.platform.data.batch import fetch


def begin(session: Session, kind: str, stored: StoredChallenge) -> str:
    """Begin a login challenge of `kind`; return the secret its device must bring to the second step."""
    secret = ids.new_secret()
    life = timedelta(seconds=context.policy().sign_in.code_lifetime_s)
    row = {"secret_hash": token_hash(secret), "kind": kind, "expires_at": clock.database_now(session) + life}
    session.execute(sql.INSERT_CHALLENGE, row | asdict(stored))
    return secret


def take(session: Session, kind: str, secret: str) -> StoredChallenge | None:
    """The login challenge of `kind` that `secret` belongs to, which is used up; None when there is none that lives."""
    living = sql.take_challenge(token_hash(secret), kind, clock.database_now(session))
    return fetch(session, living).one_or_none()
