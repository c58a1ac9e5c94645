"""Login challenges: a sign-in that takes two steps, tied to the device that began it by a secret, used at most once."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from backend.accounts.domain import StoredChallenge
from backend.accounts.models import LoginChallenge
from backend.accounts.service.sessions import token_hash
from backend.platform.core import clock, context
from backend.platform.data import ids

_TABLE = LoginChallenge.__table__
_INSERT = _TABLE.insert()


def begin(session: Session, kind: str, stored: StoredChallenge) -> str:
    """Begin a login challenge of `kind`; return the secret its device must bring to the second step."""
    secret = ids.new_secret()
    life = timedelta(seconds=context.policy().sign_in.code_lifetime_s)
    row = {"secret_hash": token_hash(secret), "kind": kind, "expires_at": clock.database_now(session) + life}
    session.execute(_INSERT, row | asdict(stored))
    return secret


def take(session: Session, kind: str, secret: str) -> StoredChallenge | None:
    """The login challenge of `kind` that `secret` belongs to, which is used up; None when there is none that lives."""
    row = session.execute(
        delete(_TABLE)
        .where(
            _TABLE.c.secret_hash == token_hash(secret),
            _TABLE.c.kind == kind,
            _TABLE.c.expires_at > clock.database_now(session),
        )
        .returning(_TABLE.c.challenge, _TABLE.c.user_id, _TABLE.c.state_hash, _TABLE.c.verifier, _TABLE.c.redirect_uri)
    ).one_or_none()
    return StoredChallenge(*row) if row else None
