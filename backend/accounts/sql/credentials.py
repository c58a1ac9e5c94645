"""The statements of the ways in: addresses and other identities, codes, login challenges, passkeys, passwords."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, select

from backend.accounts.domain import (
    PASSKEY,
    Channel,
    Credentials,
    IdentityOwner,
    StoredChallenge,
    StoredPasskey,
)
from backend.accounts.models import Identity, LoginChallenge, OneTimeCode, Passkey, User
from backend.platform.data.batch import Question, read_as, read_column
from backend.platform.data.upsert import insert_absent, replace_columns, upsert

_IDENTITIES, _CODES, _CHALLENGES = Identity.__table__, OneTimeCode.__table__, LoginChallenge.__table__
_PASSKEYS, _USERS = Passkey.__table__, User.__table__

# Identities: the directory from an address, a passkey or a provider's subject to its person.
_OF_PERSON = _IDENTITIES.c.user_id == bindparam("owner")
_IS = (_IDENTITIES.c.kind == bindparam("of_kind"), _IDENTITIES.c.value_hash == bindparam("of_value"))
_CLAIMED: dict[str, Any] = {"claimed_at": bindparam("now"), "verified_at": bindparam("now")}
REGISTER_IDENTITY = insert_absent(_IDENTITIES).returning(_IDENTITIES.c.user_id)
_OWNER = select(_IDENTITIES.c.user_id, _IDENTITIES.c.verified_at.is_not(None).label("is_verified")).where(*_IS)
MARK_PROVED = _IDENTITIES.update().where(*_IS, _OF_PERSON).values(verified_at=bindparam("now"))
TAKE_OVER_UNPROVED = (
    _IDENTITIES.update()
    .where(*_IS, _IDENTITIES.c.verified_at.is_(None))
    .values(user_id=bindparam("taker"), **_CLAIMED)
    .returning(_IDENTITIES.c.user_id)
)
KINDS = select(_IDENTITIES.c.kind).where(_OF_PERSON)
VERIFIED_KINDS = KINDS.where(_IDENTITIES.c.verified_at.is_not(None))
ANY_KIND = KINDS.limit(1)
# a passkey is made without proving anything
ANY_PROVED = VERIFIED_KINDS.where(_IDENTITIES.c.kind != PASSKEY).limit(1)
ADDRESS_HASHES = select(_IDENTITIES.c.value_hash).where(_OF_PERSON, _IDENTITIES.c.kind.in_(Channel))
DROP_OTHER_ADDRESSES = _IDENTITIES.delete().where(
    _OF_PERSON, _IDENTITIES.c.kind == bindparam("of_kind"), _IDENTITIES.c.value_hash != bindparam("of_value")
)
DROP_OTHER_IDENTITIES = _IDENTITIES.delete().where(
    _OF_PERSON,
    or_(_IDENTITIES.c.kind != bindparam("of_kind"), _IDENTITIES.c.value_hash != bindparam("of_value")),
)
DROP_IDENTITY = _IDENTITIES.delete().where(*_IS, _OF_PERSON)
DROP_IDENTITIES = _IDENTITIES.delete().where(_OF_PERSON)

# Passwords.
_CREDENTIALS = select(_USERS.c.user_id, _USERS.c.password_hash).where(_USERS.c.user_id == bindparam("owner"))
SET_PASSWORD = _USERS.update().where(_USERS.c.user_id == bindparam("owner")).values(password_hash=bindparam("fresh"))
# only where it was not changed in the meantime
REPLACE_PASSWORD = SET_PASSWORD.where(_USERS.c.password_hash == bindparam("proved"))

# One-time codes.
REPLACE_CODE = upsert(
    _CODES,
    key=["address_hash", "purpose", "subject"],
    changes=replace_columns(_CODES, "user_id", "secret_hash", "attempts_left", "expires_at"),
)
_OF_CODE = (
    _CODES.c.address_hash == bindparam("address"),
    _CODES.c.purpose == bindparam("for_purpose"),
    _CODES.c.subject == bindparam("for_subject"),
)
# The guard: parallel guesses queue at this row, so there are never more than were allowed.
TRY_CODE = (
    _CODES.update()
    .where(*_OF_CODE, _CODES.c.attempts_left > 0, _CODES.c.expires_at > bindparam("now"))
    .values(attempts_left=_CODES.c.attempts_left - 1)
    .returning(_CODES.c.secret_hash)
)
USE_UP_CODE = _CODES.delete().where(*_OF_CODE)
CODED_ADDRESSES = select(_CODES.c.address_hash).where(_CODES.c.subject == bindparam("owner"))
DROP_CODES = _CODES.delete().where(_CODES.c.subject == bindparam("owner"))
DROP_CODES_AND_SENT_TO = _CODES.delete().where(
    or_(_CODES.c.address_hash.in_(bindparam("hashes", expanding=True)), _CODES.c.subject == bindparam("owner"))
)
DROP_EXPIRED_CODES = _CODES.delete().where(_CODES.c.expires_at < bindparam("now"))

# Login challenges.
INSERT_CHALLENGE = _CHALLENGES.insert()
_TAKE_CHALLENGE = (
    _CHALLENGES.delete()
    .where(
        _CHALLENGES.c.secret_hash == bindparam("secret"),
        _CHALLENGES.c.kind == bindparam("of_kind"),
        _CHALLENGES.c.expires_at > bindparam("now"),
    )
    .returning(*(_CHALLENGES.c[name] for name in StoredChallenge.__dataclass_fields__))
)
DROP_CHALLENGES = _CHALLENGES.delete().where(_CHALLENGES.c.user_id == bindparam("owner"))
DROP_EXPIRED_CHALLENGES = _CHALLENGES.delete().where(_CHALLENGES.c.expires_at < bindparam("now"))

# Passkeys.
INSERT_PASSKEY = _PASSKEYS.insert()
_OF_OWNER = select(_PASSKEYS).where(_PASSKEYS.c.user_id == bindparam("owner"))
_PASSKEYS_OF = _OF_OWNER.order_by(_PASSKEYS.c.id)
_BY_CREDENTIAL = _OF_OWNER.where(_PASSKEYS.c.credential_hash == bindparam("credential"))
_ONE_PASSKEY = (_PASSKEYS.c.user_id == bindparam("owner"), _PASSKEYS.c.id == bindparam("of_passkey"))
DROP_PASSKEY = _PASSKEYS.delete().where(*_ONE_PASSKEY).returning(_PASSKEYS.c.credential_hash)
DROP_PASSKEYS = _PASSKEYS.delete().where(_PASSKEYS.c.user_id == bindparam("owner"))
# The guard: of two uses with one count only the first moves it on.
COUNT_USE = (
    _PASSKEYS.update()
    .where(
        *_ONE_PASSKEY,
        or_(
            _PASSKEYS.c.sign_count < bindparam("count"),
            (_PASSKEYS.c.sign_count == 0) & (bindparam("count", type_=_PASSKEYS.c.sign_count.type) == 0),
        ),
    )
    .values(sign_count=bindparam("count"), used_at=bindparam("now"))
)

_read_passkey: Callable[[Mapping[str, Any]], StoredPasskey] = read_as(StoredPasskey)


def identity_owner(kind: str, value_hash: str) -> Question[IdentityOwner]:
    """Whom an identity leads to."""
    return Question(_OWNER, {"of_kind": kind, "of_value": value_hash}, _read_owner)


def credentials(user_id: str) -> Question[Credentials]:
    """What one person proves themselves by."""
    return Question(_CREDENTIALS, {"owner": user_id}, read_as(Credentials))


def take_challenge(secret_hash: str, kind: str, now: datetime) -> Question[StoredChallenge]:
    """Use up a login challenge that still lives."""
    asked = {"secret": secret_hash, "of_kind": kind, "now": now}
    return Question(_TAKE_CHALLENGE, asked, read_as(StoredChallenge))


def passkeys_of(user_id: str) -> Question[StoredPasskey]:
    """One person's passkeys, the oldest first."""
    return Question(_PASSKEYS_OF, {"owner": user_id}, _read_passkey)


def passkey_of_credential(user_id: str, credential_hash: str) -> Question[StoredPasskey]:
    """The passkey of one person that an authenticator names by its credential."""
    return Question(_BY_CREDENTIAL, {"owner": user_id, "credential": credential_hash}, _read_passkey)


def kinds_verified(user_id: str) -> Question[str]:
    """The kinds of identity that one person has proved."""
    return Question(VERIFIED_KINDS, {"owner": user_id}, read_column("kind"))


def _read_owner(row: Mapping[str, Any]) -> IdentityOwner:
    return IdentityOwner(row["user_id"], bool(row["is_verified"]))
