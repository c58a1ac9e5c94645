"""One-time codes: proof that a letter arrived. One living code per address and purpose, tries are counted.

Asking for a code costs and answers the same whether or not the address leads to anyone. Who types a code gets a
handful of tries in all; who follows a link has a secret nobody can guess.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import bindparam, delete
from sqlalchemy.orm import Session

from backend.accounts.models import OneTimeCode
from backend.accounts.service.addresses import Address
from backend.platform.core import clock, context
from backend.platform.core.errors import invalid_field
from backend.platform.data import ids
from backend.platform.data.upsert import replace_columns, upsert
from backend.platform.privacy.vault import the_vault
from backend.ports import message_queue
from backend.ports.message_adapters import the_messenger

CODE_DIGITS = 6

_TABLE = OneTimeCode.__table__
_REPLACE = upsert(
    _TABLE,
    key=["address_hash", "purpose", "subject"],
    changes=replace_columns(_TABLE, "user_id", "secret_hash", "attempts_left", "expires_at"),
)
# The guard: parallel guesses queue at this row, so there are never more than were allowed.
_TRY = (
    _TABLE.update()
    .where(
        _TABLE.c.address_hash == bindparam("address"),
        _TABLE.c.purpose == bindparam("for_purpose"),
        _TABLE.c.subject == bindparam("for_subject"),
        _TABLE.c.attempts_left > 0,
        _TABLE.c.expires_at > bindparam("now"),
    )
    .values(attempts_left=_TABLE.c.attempts_left - 1)
    .returning(_TABLE.c.secret_hash)
)


@dataclass(frozen=True)
class Purpose:
    """What a code proves possession for."""

    name: str
    is_link: bool  # a long secret in a link instead of digits to type

    @property
    def lifetime(self) -> timedelta:
        """How long a code lives, by policy."""
        policy = context.policy().sign_in
        seconds = {
            SIGN_IN.name: policy.code_lifetime_s,
            RESET.name: policy.reset_lifetime_s,
            VERIFY.name: policy.verification_lifetime_s,
            GUARDIAN.name: policy.verification_lifetime_s,
            CHANGE.name: policy.code_lifetime_s,
        }
        return timedelta(seconds=seconds[self.name])


SIGN_IN = Purpose("sign_in", is_link=False)
VERIFY = Purpose("verify", is_link=False)
RESET = Purpose("reset", is_link=True)
GUARDIAN = Purpose("guardian", is_link=True)
CHANGE = Purpose("change", is_link=False)


def check_reachable(channel: str) -> None:
    """Raise `request.invalid` for a channel this installation has no way to."""
    reachable = the_messenger().channels
    if channel not in reachable:
        raise invalid_field("channel", "not_one_of", choices=", ".join(sorted(reachable)))


def issue(session: Session, address: Address, purpose: Purpose, letter: str, subject: str = "") -> None:
    """Send a fresh code to `address` in a letter of kind `letter`; an older one for the same purpose dies."""
    secret = ids.new_secret() if purpose.is_link else f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    expires_at = clock.database_now(session) + purpose.lifetime
    row = {
        "address_hash": address.hash,
        "purpose": purpose.name,
        "subject": subject,
        "user_id": subject or None,
        "secret_hash": _secret_hash(address, purpose, subject, secret),
        "attempts_left": context.policy().sign_in.code_attempts,
        "expires_at": expires_at,
    }
    session.execute(_REPLACE, row)
    facts = {
        "code": secret,
        "minutes": int(purpose.lifetime.total_seconds() // 60),
        "link": f"{context.settings().public_url}/{purpose.name}#{subject}:{secret}",
    }
    message_queue.write(session, address.channel, address.shown, address.hash, letter, expires_at, **facts)


def redeem(session: Session, address: Address, purpose: Purpose, secret: str, subject: str = "") -> bool:
    """Whether `secret` is the living code, which is then used up. A wrong one is counted: keep the transaction."""
    asked = {
        "address": address.hash,
        "for_purpose": purpose.name,
        "for_subject": subject,
        "now": clock.database_now(session),
    }
    stored = session.execute(_TRY, asked).scalar_one_or_none()
    if stored is None or not hmac.compare_digest(stored, _secret_hash(address, purpose, subject, secret)):
        return False
    session.execute(
        delete(_TABLE).where(
            _TABLE.c.address_hash == address.hash, _TABLE.c.purpose == purpose.name, _TABLE.c.subject == subject
        )
    )
    return True


def _secret_hash(address: Address, purpose: Purpose, subject: str, secret: str) -> str:
    # six digits are guessed in no time from a plain hash; this one needs the installation's secret
    return the_vault().keyed_hash("code", f"{purpose.name}\x00{subject}\x00{address.hash}\x00{secret}")
