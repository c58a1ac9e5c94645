"""One-time codes: proof that a letter arrived. One living code per address and purpose, tries are counted.

Asking for a code costs and answers the same whether or not the address leads to anyone. Who types a code gets a
handful of tries in all; who follows a link has a secret nobody can guess.
"""

from __future__ import annotations

import hmac
import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from backend.accounts.service.addresses import Address
from backend.accounts.sql import credentials as sql
from backend.platform.core import clock, context, i18n
from backend.platform.core.errors import invalid_field
from backend.platform.data import ids
from backend.platform.privacy.vault import the_vault
from backend.ports import message_queue
from backend.ports.message_adapters import the_messenger

CODE_DIGITS = 6
_FILLERS = re.compile(r"[\s-]")


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
    session.execute(sql.REPLACE_CODE, row)
    facts = {
        "code": secret,
        "life": i18n.write_duration(int(purpose.lifetime.total_seconds() // 60), i18n.current_language()),
        "link": f"{context.settings().public_url}/{purpose.name}#{subject}:{secret}",
    }
    message_queue.write(session, address.channel, address.shown, address.hash, letter, expires_at, **facts)


def redeem(session: Session, address: Address, purpose: Purpose, secret: str, subject: str = "") -> bool:
    """Whether `secret` is the living code, which is then used up. A wrong one is counted: keep the transaction.

    A code is read as people type it: with blanks or a hyphen between, in full width.
    """
    if not purpose.is_link:
        secret = _FILLERS.sub("", unicodedata.normalize("NFKC", secret))
    asked = {"address": address.hash, "for_purpose": purpose.name, "for_subject": subject}
    stored = session.execute(sql.TRY_CODE, {**asked, "now": clock.database_now(session)}).scalar_one_or_none()
    if stored is None or not hmac.compare_digest(stored, _secret_hash(address, purpose, subject, secret)):
        return False
    session.execute(sql.USE_UP_CODE, asked)
    return True


def _secret_hash(address: Address, purpose: Purpose, subject: str, secret: str) -> str:
    # six digits are guessed in no time from a plain hash; this one needs the installation's secret
    return the_vault().keyed_hash("code", f"{purpose.name}\x00{subject}\x00{address.hash}\x00{secret}")
