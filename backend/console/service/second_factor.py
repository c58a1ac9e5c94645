"""The second factor: a code of an authenticator, by RFC 6238 (SHA-1, six digits, thirty seconds).

The secret lies sealed under its person's key. It counts once a code of it was given; from then on only an erasure or an
administrator's reset puts another in its place. A code is taken once: the step it is of must lie behind the last one.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy.orm import Session

from backend.console import sql
from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.data.batch import fetch
from backend.platform.data.transactions import touched
from backend.platform.privacy import audit
from backend.platform.privacy.personal_data import Record
from backend.platform.privacy.vault import the_vault

PURPOSE = "console.second_factor"
ISSUER = "carbon console"
SECRET_BYTES, DIGITS, STEP_S = 20, 6, 30
ALLOWED_STEPS = (-1, 0, 1)  # a phone's clock may differ by half a minute


@dataclass(frozen=True)
class Enrolment:
    """What somebody types into their authenticator, in groups of four, and the same as an address for it."""

    secret: str
    address: str


def begin_enrolment(session: Session, user_id: str) -> Enrolment:
    """A new secret for somebody's authenticator, in place of one that was never confirmed.

    Raises `auth.second_factor` where one counts already.
    """
    if is_enrolled(session, user_id):
        raise Refusal("auth.second_factor")
    secret = secrets.token_bytes(SECRET_BYTES)
    now = clock.database_now(session)
    sealed = the_vault().seal(session, user_id, PURPOSE, secret)
    row = {"user_id": user_id, "sealed_secret": sealed, "created_at": now, "confirmed_at": None, "last_step": 0}
    session.execute(sql.OFFER_FACTOR, row)
    text = base64.b32encode(secret).decode()
    groups = " ".join(text[at : at + 4] for at in range(0, len(text), 4))
    return Enrolment(groups, _totp(secret).get_provisioning_uri(user_id, ISSUER))


def is_enrolled(session: Session, user_id: str) -> bool:
    """Whether somebody has an authenticator that counts."""
    found = fetch(session, sql.factor_question(user_id)).one_or_none()
    return found is not None and found.confirmed_at is not None


def take_code(session: Session, user_id: str, code: str) -> bool:
    """Whether `code` is one of somebody's authenticator now and was not taken before; the first one confirms it."""
    found = fetch(session, sql.factor_question(user_id)).one_or_none()
    if found is None:
        return False
    now = clock.database_now(session)
    step = _step_of(the_vault().unseal(session, user_id, PURPOSE, found.sealed_secret), code, int(now.timestamp()))
    if step is None or touched(session, sql.TAKE_STEP, {"owner": user_id, "step": step}) == 0:
        return False
    if touched(session, sql.CONFIRM_FACTOR, {"owner": user_id, "now": now}):
        audit.record(
            session, who=user_id, action="console.second_factor", subject=user_id, reason="enrolled", about=user_id
        )
    return True


def reset_second_factor(session: Session, user_id: str, *, who: str, reason: str) -> None:
    """Drop somebody's authenticator, who lost it; they enrol another one at their next sign-in."""
    session.execute(sql.DROP_FACTOR, {"owner": user_id})
    session.execute(sql.DROP_SESSIONS_OF, {"owner": user_id})
    audit.record(session, who=who, action="console.second_factor_reset", subject=user_id, reason=reason, about=user_id)


def export(session: Session, user_id: str, after: str = "") -> Iterator[Record]:
    """Since when a person has an authenticator; its secret is for nobody's eyes."""
    found = None if after else session.execute(sql.FACTOR_DATES, {"owner": user_id}).mappings().one_or_none()
    if found is not None:
        shown: dict[str, Any] = {"user_id": user_id, **found}
        yield shown


def forget(session: Session, user_id: str) -> None:
    """Drop a person's authenticator and sign-ins."""
    session.execute(sql.DROP_FACTOR, {"owner": user_id})
    session.execute(sql.DROP_SESSIONS_OF, {"owner": user_id})


def _step_of(secret: bytes, code: str, now_s: int) -> int | None:
    """The step of time that `code` is of, if it is one of those allowed now."""
    plain = code.replace(" ", "")
    for shift in ALLOWED_STEPS:
        step = now_s // STEP_S + shift
        if hmac.compare_digest(_totp(secret).generate(step * STEP_S), plain.encode()):
            return step
    return None


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP_S)  # as every authenticator reads it; RFC 6238, appendix A
