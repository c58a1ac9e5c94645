"""Passkeys: registered by someone signed in, then enough by themselves to sign in.

They are discoverable, so nobody types an address and nothing can be learned by trying one. The authenticator must
have verified its person (fingerprint, face, PIN). A counter that goes back means a copied key, and is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from backend.accounts.domain import PASSKEY, PasskeyOptions, PasskeyShown, StoredChallenge, StoredPasskey, Tokens
from backend.accounts.service import login_challenges, people
from backend.accounts.service.addresses import find_owner, register_identity
from backend.accounts.service.sign_in import admit
from backend.accounts.sql import credentials as sql
from backend.platform.core import clock, context
from backend.platform.core.actor import Actor
from backend.platform.core.errors import Refusal
from backend.platform.data import ids
from backend.platform.data.batch import fetch
from backend.platform.data.transactions import touched
from backend.platform.privacy.vault import the_vault

T = TypeVar("T")

REGISTER, SIGN_IN = "passkey.register", "passkey.sign_in"
LABEL = "accounts.passkey"
SITE_NAME = "Personal carbon account"


def begin_passkey_registration(session: Session, actor: Actor) -> PasskeyOptions:
    """Begin to add a passkey. Raises `auth.register_first` for a guest: a passkey alone tells no age, no consent."""
    if people.get_account(session, actor.user_id).is_guest:
        raise Refusal("auth.register_first")
    webauthn = _webauthn()
    structs = webauthn.helpers.structs
    known = fetch(session, sql.passkeys_of(actor.user_id)).all()
    options = webauthn.generate_registration_options(
        rp_id=context.public_host(),
        rp_name=SITE_NAME,
        user_id=actor.user_id.encode(),
        user_name=actor.user_id,  # shown by authenticators and synchronised by them: nothing personal
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=bytes(one.credential_id)) for one in known],
    )
    secret = login_challenges.begin(session, REGISTER, StoredChallenge(_text(options.challenge), user_id=actor.user_id))
    return PasskeyOptions(secret, json.loads(webauthn.options_to_json(options)))


def finish_passkey_registration(
    session: Session, actor: Actor, secret: str, credential: Mapping[str, Any], label: str | None
) -> PasskeyShown | Refusal:
    """Keep the passkey the authenticator made; return `auth.passkey_refused` when it does not fit the challenge."""
    challenge = login_challenges.take(session, REGISTER, secret)
    if challenge is None or challenge.user_id != actor.user_id:
        return Refusal("auth.passkey_refused")
    made = _read(
        lambda: _webauthn().verify_registration_response(
            credential=dict(credential),
            expected_challenge=_webauthn().base64url_to_bytes(challenge.challenge),
            expected_rp_id=context.public_host(),
            expected_origin=context.settings().public_url,
            require_user_verification=True,
        )
    )
    if made is None or not register_identity(session, actor.user_id, PASSKEY, _hash(made.credential_id), verified=True):
        return Refusal("auth.passkey_refused")
    people.set_guest(session, actor.user_id, is_guest=False)
    shown = PasskeyShown(ids.new_id("passkey"), label, clock.database_now(session), None)
    passkey = StoredPasskey(
        user_id=actor.user_id,
        id=shown.id,
        credential_hash=_hash(made.credential_id),
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        sealed_label=the_vault().seal(session, actor.user_id, LABEL, label.encode()) if label else None,
        created_at=shown.created_at,
        used_at=None,
    )
    session.execute(sql.INSERT_PASSKEY, vars(passkey))
    return shown


def begin_passkey_sign_in(session: Session) -> PasskeyOptions:
    """Begin to sign in with whatever passkey the device holds for us."""
    webauthn = _webauthn()
    options = webauthn.generate_authentication_options(
        rp_id=context.public_host(), user_verification=webauthn.helpers.structs.UserVerificationRequirement.REQUIRED
    )
    secret = login_challenges.begin(session, SIGN_IN, StoredChallenge(_text(options.challenge)))
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
        lambda: _webauthn().verify_authentication_response(
            credential=dict(credential),
            expected_challenge=_webauthn().base64url_to_bytes(challenge.challenge),
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
    passkeys = fetch(session, sql.passkeys_of(user_id)).all()
    return [PasskeyShown(one.id, _label(session, one), one.created_at, one.used_at) for one in passkeys]


def drop_passkey(session: Session, user_id: str, passkey_id: str) -> None:
    """Take one passkey away. Raises `not_found` when it is not this person's."""
    credential = session.scalar(sql.DROP_PASSKEY, {"owner": user_id, "of_passkey": passkey_id})
    if credential is None:
        raise Refusal("not_found")
    session.execute(sql.DROP_IDENTITY, {"owner": user_id, "of_kind": PASSKEY, "of_value": credential})


def _find(session: Session, credential: Mapping[str, Any]) -> StoredPasskey | None:
    credential_id = _read(lambda: _webauthn().base64url_to_bytes(credential["id"]))
    if credential_id is None:
        return None
    hashed = _hash(credential_id)
    owner = find_owner(session, PASSKEY, hashed)
    if owner is None:
        return None
    return fetch(session, sql.passkey_of_credential(owner.user_id, hashed)).one_or_none()


def _count(session: Session, user_id: str, passkey_id: str, count: int) -> bool:
    """Move the counter on; of two uses with one count only the first does."""
    use = {"owner": user_id, "of_passkey": passkey_id, "count": count, "now": clock.database_now(session)}
    return touched(session, sql.COUNT_USE, use) == 1


def _label(session: Session, passkey: StoredPasskey) -> str | None:
    sealed = passkey.sealed_label
    return the_vault().unseal(session, passkey.user_id, LABEL, sealed).decode() if sealed else None


def _hash(credential_id: bytes) -> str:
    return the_vault().keyed_hash(PASSKEY, _text(credential_id))


def _read(work: Callable[[], T]) -> T | None:
    try:
        return work()
    except unreadable():
        return None


@cache
def unreadable() -> tuple[type[Exception], ...]:
    """What the library trips over in a stranger's bytes: all of it means "not a passkey of ours"."""
    own: type[Exception] = _webauthn().helpers.exceptions.WebAuthnException
    return (own, ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError)


def _text(data: bytes) -> str:
    return str(_webauthn().helpers.bytes_to_base64url(data))


def _webauthn() -> ModuleType:
    """The library, imported by the first passkey: most starts see none, and it reads certificates of many makers."""
    return import_module("webauthn")
