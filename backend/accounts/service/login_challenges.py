"""Ceremonies: a sign-in that takes two steps, tied to the device that began it by a secret, used at most once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from backend.accounts.models import Ceremony
from backend.accounts.service.sessions import token_hash
from backend.platform.core import clock, context
from backend.platform.data import ids

_TABLE = Ceremony.__table__
_INSERT = _TABLE.insert()
_EMPTY = {column.name: None for column in _TABLE.columns}


@dataclass(frozen=True)
class Begun:
    """A ceremony as its second step finds it."""

    user_id: str | None
    challenge: str
    state_hash: str | None
    verifier: str | None
    redirect_uri: str | None


def begin(session: Session, kind: str, challenge: str, **kept: str | None) -> str:
    """Begin a ceremony of `kind`; return the secret its device must bring to the second step.

    `kept`: user_id, state_hash, verifier, redirect_uri, as the kind needs them.
    """
    secret = ids.new_secret()
    life = timedelta(seconds=context.policy().sign_in.code_lifetime_s)
    row = {"secret_hash": token_hash(secret), "kind": kind, "challenge": challenge}
    session.execute(_INSERT, _EMPTY | row | kept | {"expires_at": clock.database_now(session) + life})
    return secret


def take(session: Session, kind: str, secret: str) -> Begun | None:
    """The ceremony of `kind` that `secret` belongs to, which is used up; None when there is none that lives."""
    row = session.execute(
        delete(_TABLE)
        .where(
            _TABLE.c.secret_hash == token_hash(secret),
            _TABLE.c.kind == kind,
            _TABLE.c.expires_at > clock.database_now(session),
        )
        .returning(_TABLE.c.user_id, _TABLE.c.challenge, _TABLE.c.state_hash, _TABLE.c.verifier, _TABLE.c.redirect_uri)
    ).one_or_none()
    return Begun(*row) if row else None
