"""Passkeys: registered by someone signed in, then enough by themselves to sign in.

They are discoverable, so nobody types an address and nothing can be learned by trying one. The authenticator must
have verified its person (fingerprint, face, PIN). A counter that goes back means a copied key, and is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import webauthn
from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from backend.accounts.domain import PASSKEY, PasskeyOptions, PasskeyShown, StoredChallenge, Tokens
from backend.accounts.models import Identity, Passkey
from backend.accounts.service import login_challenges, people
from backend.accounts.service.addresses import find_owner, register_identity
from backend.accounts.service.sign_in import admit
from backend.platform.core import clock, context
from backend.platform.core.actor import Actor
from backend.platform.core.errors import Refusal
from backend.platform.data import ids
from backend.platform.data.transactions import touched
from backend.platform.privacy.vault import the_vault

T = TypeVar("T")

REGISTER, SIGN_IN = "passkey.register", "passkey.sign_in"
LABEL = "accounts.passkey"
SITE_NAME = "Personal carbon account"
# What the library trips over in a stranger's bytes: all of it means "not a passkey of ours".
UNREADABLE = (WebAuthnException, ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError)

_TABLE = Passkey.__table__


def begin_passkey_registration(session: Session, actor: Actor) -> PasskeyOptions:
    """Begin to add a passkey. Raises `auth.register_first` for a guest: a passkey alone tells no age, no consent."""
    if people.get_account(session, actor.user_id).is_guest:
        raise Refusal("auth.register_first")
    known = session.scalars(select(_TABLE.c.credential_id).where(_TABLE.c.user_id == actor.user_id))
    options = webauthn.generate_registration_options(
        rp_id=context.public_host(),
        rp_name=SITE_NAME,
        user_id=actor.user_id.encode(),
        user_name=actor.user_id,  # shown by authenticators and synchronised by them: nothing personal
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=bytes(credential)) for credential in known],
    )
    secret = login_challenges.begin(
        session, REGISTER, StoredChallenge(bytes_to_base64url(options.challenge), user_id=actor.user_id)
    )
    return PasskeyOptions(secret, json.loads(webauthn.options_to_json(options)))


def finish_passkey_registration(
    session: Session, actor: Actor, secret: str, credential: Mapping[str, Any], label: str | None
) -> PasskeyShown | Refusal:
    """Keep the passkey the authenticator made; return `auth.passkey_refused` when it does not fit the challenge."""
    challenge = login_challenges.take(session, REGISTER, secret)
    if challenge is None or challenge.user_id != actor.user_id:
        return Refusal("auth.passkey_refused")
    made = _read(
        lambda: webauthn.verify_registration_response(
            credential=dict(credential),
            expected_challenge=base64url_to_bytes(challenge.challenge),
            expected_rp_id=context.public_host(),
            expected_origin=context.settings().public_url,
            require_user_verification=True,
        )
    )
    if made is None or not register_identity(session, actor.user_id, PASSKEY, _hash(made.credential_id), verified=True):
        return Refusal("auth.passkey_refused")
    people.set_guest(session, actor.user_id, is_guest=False)
    shown = PasskeyShown(ids.new_id("passkey"), label, clock.database_now(session), None)
    session.execute(
        _TABLE.insert(),
        {
            "user_id": actor.user_id,
            "id": shown.id,
            "credential_hash": _hash(made.credential_id),
            "credential_id": made.credential_id,
            "public_key": made.credential_public_key,
            "sign_count": made.sign_count,
            "sealed_label": the_vault().seal(session, actor.user_id, LABEL, label.encode()) if label else None,
            "created_at": shown.created_at,
            "used_at": None,
        },
    )
    return shown


def begin_passkey_sign_in(session: Session) -> PasskeyOptions:
    """Begin to sign in with whatever passkey the device holds for us."""
    options = webauthn.generate_authentication_options(
        rp_id=context.public_host(), user_verification=UserVerificationRequirement.REQUIRED
    )
    secret = login_challenges.begin(session, SIGN_IN, StoredChallenge(bytes_to_base64url(options.challenge)))
    return PasskeyOptions(secret, json.loads(webauthn.options_to_json(options)))


def finish_passkey_sign_in(
    session: Session, actor: Actor, secret: str, credential: Mapping[str, Any], device: str | None
) -> Tokens | Refusal:
    """Sign in whoever holds the passkey; return `auth.passkey_refused` for any that is not ours or was copied."""
    challenge = login_challenges.take(session, SIGN_IN, secret)
    found = _find(session, credential)
    if challenge is None or found is None:
        return Refusal("auth.passkey_refused")
    used = _read(
        lambda: webauthn.verify_authentication_response(
            credential=dict(credential),
            expected_challenge=base64url_to_bytes(challenge.challenge),
            expected_rp_id=context.public_host(),
            expected_origin=context.settings().public_url,
            credential_public_key=bytes(found.public_key),
            credential_current_sign_count=found.sign_count,
            require_user_verification=True,
        )
    )
    if used is None or not _count(session, found.user_id, found.id, used.new_sign_count):
        return Refusal("auth.passkey_refused")
    return admit(session, actor, found.user_id, PASSKEY, device)


def list_passkeys(session: Session, user_id: str) -> list[PasskeyShown]:
    """One person's passkeys, the oldest first."""
    rows = session.execute(select(_TABLE).where(_TABLE.c.user_id == user_id).order_by(_TABLE.c.id))
    return [PasskeyShown(row.id, _label(session, row), row.created_at, row.used_at) for row in rows.all()]


def drop_passkey(session: Session, user_id: str, passkey_id: str) -> None:
    """Take one passkey away. Raises `not_found` when it is not this person's."""
    credential = session.execute(
        delete(_TABLE).where(_TABLE.c.user_id == user_id, _TABLE.c.id == passkey_id).returning(_TABLE.c.credential_hash)
    ).scalar_one_or_none()
    if credential is None:
        raise Refusal("not_found")
    session.execute(
        delete(Identity).where(Identity.kind == PASSKEY, Identity.value_hash == credential, Identity.user_id == user_id)
    )


def _find(session: Session, credential: Mapping[str, Any]) -> Any:
    credential_id = _read(lambda: base64url_to_bytes(credential["id"]))
    if credential_id is None:
        return None
    hashed = _hash(credential_id)
    owner = find_owner(session, PASSKEY, hashed)
    if owner is None:
        return None
    return session.execute(
        select(_TABLE).where(_TABLE.c.user_id == owner.user_id, _TABLE.c.credential_hash == hashed)
    ).one_or_none()


def _count(session: Session, user_id: str, passkey_id: str, count: int) -> bool:
    """Move the counter on; of two uses with one count only the first does."""
    moved = touched(
        session,
        update(_TABLE)
        .where(
            _TABLE.c.user_id == user_id,
            _TABLE.c.id == passkey_id,
            or_(_TABLE.c.sign_count < count, (_TABLE.c.sign_count == 0) & (count == 0)),
        )
        .values(sign_count=count, used_at=clock.database_now(session)),
    )
    return moved == 1


def _label(session: Session, row: Any) -> str | None:
    return the_vault().unseal(session, row.user_id, LABEL, row.sealed_label).decode() if row.sealed_label else None


def _hash(credential_id: bytes) -> str:
    return the_vault().keyed_hash(PASSKEY, bytes_to_base64url(credential_id))


def _read(work: Callable[[], T]) -> T | None:
    try:
        return work()
    except UNREADABLE:
        return None
