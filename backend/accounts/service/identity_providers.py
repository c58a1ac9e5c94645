"""Signing in with an account at a provider (OpenID Connect and its cousins): the parts that touch the database.

The remote exchange lies between two transactions, in the api: `begin_provider_sign_in`, then the browser, then
`redeem_provider_sign_in`, the exchange, `sign_in_by_provider`. The state goes through the browser, the challenge's
secret never does: a code that somebody else obtained cannot be used on this device.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.accounts.domain import Channel, ProviderSignIn, Registration, StoredChallenge, Tokens
from backend.accounts.service import login_challenges, people, sessions
from backend.accounts.service.addresses import Address, find_owner, link_mailbox, read_email, register_identity
from backend.accounts.service.registration import begin_account
from backend.accounts.service.sign_in import admit
from backend.platform.core.actor import Actor
from backend.platform.core.errors import InvalidFields, Refusal
from backend.platform.data import ids
from backend.platform.privacy.vault import the_vault

VERIFIER_BYTES = 48


@dataclass(frozen=True)
class Subject:
    """Whom a provider vouches for. `email` only when the provider has verified it."""

    provider: str
    subject: str
    email: str | None

    @property
    def kind(self) -> str:
        """The kind of identity in the directory."""
        return f"oidc:{self.provider}"

    @property
    def hash(self) -> str:
        """The key in the directory."""
        return the_vault().keyed_hash(self.kind, self.subject)


def begin_provider_sign_in(session: Session, provider: str, redirect_uri: str) -> ProviderSignIn:
    """Begin a sign-in at `provider`."""
    state, nonce, verifier = ids.new_secret(), ids.new_secret(), secrets.token_urlsafe(VERIFIER_BYTES)
    stored = StoredChallenge(nonce, state_hash=sessions.token_hash(state), verifier=verifier, redirect_uri=redirect_uri)
    secret = login_challenges.begin(session, f"oidc:{provider}", stored)
    return ProviderSignIn(secret, state, nonce, verifier, redirect_uri)


def redeem_provider_sign_in(session: Session, provider: str, secret: str, state: str) -> ProviderSignIn | Refusal:
    """The sign-in this device began, used up; return `auth.provider_refused` unless the state came back unchanged."""
    stored = login_challenges.take(session, f"oidc:{provider}", secret)
    if stored is None or not hmac.compare_digest(stored.state_hash or "", sessions.token_hash(state)):
        return Refusal("auth.provider_refused")
    return ProviderSignIn(secret, state, stored.challenge, stored.verifier or "", stored.redirect_uri or "")


def sign_in_by_provider(
    session: Session, actor: Actor, subject: Subject, device: str | None, registration: Registration | None
) -> Tokens | Refusal:
    """Sign in whom the provider vouches for; somebody new becomes an account.

    An e-mail the provider knows never opens an existing account: it is taken over only where it is free.
    Raises `auth.registration_needed` when they are new and `registration` is missing.
    """
    owner = find_owner(session, subject.kind, subject.hash)
    if owner is not None:
        return admit(session, actor, owner.user_id, subject.kind, device)
    if registration is None:
        raise Refusal("auth.registration_needed")
    own = _readable(subject.email)
    user_id = begin_account(session, actor, registration, own)
    if not register_identity(session, user_id, subject.kind, subject.hash, verified=True):
        raise Refusal("service.busy", retry_after_s=1)  # the same person registered twice in this very moment
    people.set_guest(session, user_id, is_guest=False)
    if own is not None and register_identity(session, user_id, Channel.EMAIL, own.hash, verified=True):
        link_mailbox(session, user_id, own)
        people.keep_address(session, user_id, own)
    return sessions.open_session(session, user_id, subject.kind, device)


def _readable(email: str | None) -> Address | None:
    """The e-mail a provider has verified; a provider's odd spelling is no reason to refuse its person."""
    try:
        return None if email is None else read_email(email)
    except InvalidFields:
        return None
