"""Signing in with a provider: begin, the browser, end. The remote exchange lies between two transactions."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backend.accounts import service
from backend.accounts.api import blueprint
from backend.accounts.api.blueprint import edge
from backend.accounts.domain import Registration
from backend.accounts.schemas import (
    LocalConsentOut,
    LocalConsentQuery,
    ProviderBeginIn,
    ProviderBeginOut,
    ProviderSignInIn,
    ProvidersOut,
    TokensOut,
)
from backend.platform.core.actor import Actor
from backend.platform.core.roles import ANYONE
from backend.platform.web.edge import writing
from backend.ports import identity


@edge.get("/auth/providers", who=ANYONE, answer=ProvidersOut, transaction=False)
def list_identity_providers(actor: Actor) -> dict[str, Any]:
    """The providers people may sign in with"""
    return {"items": identity.list_providers()}


@edge.post(
    "/auth/oidc/<provider>/begin",
    who=ANYONE,
    body=ProviderBeginIn,
    answer=ProviderBeginOut,
    once=False,
    limits=blueprint.LOGIN_CHALLENGE,
)
def begin_provider_sign_in(session: Session, actor: Actor, provider: str, body: dict[str, Any]) -> dict[str, Any]:
    """Begin to sign in with a provider: open `authorization_url` in a browser, keep `ceremony` on the device"""
    described = identity.get_provider(provider)
    provider_sign_in = service.begin_provider_sign_in(
        session, provider, identity.check_redirect(described, body["redirect_uri"])
    )
    url = identity.authorization_url(described, **provider_sign_in.authorization_parameters())
    return {"authorization_url": url, "state": provider_sign_in.state, "ceremony": provider_sign_in.ceremony}


@edge.post(
    "/auth/oidc/<provider>/sign-in",
    who=ANYONE,
    body=ProviderSignInIn,
    answer=TokensOut,
    once=False,
    transaction=False,
    limits=blueprint.LOGIN_CHALLENGE,
)
def finish_provider_sign_in(actor: Actor, provider: str, body: dict[str, Any]) -> Any:
    """Sign in with the code the browser brought back

    Whoever is new becomes an account when `registration` is given; without it the answer is
    `auth.registration_needed`, and the sign-in begins again.
    """
    described = identity.get_provider(provider)
    provider_sign_in = writing(
        actor, lambda session: service.redeem_provider_sign_in(session, provider, body["ceremony"], body["state"])
    )
    vouched = identity.exchange(described, code=body["code"], **provider_sign_in.exchange_parameters())
    subject = service.Subject(provider, vouched.subject, vouched.email)
    registration = Registration.find(body)
    return writing(
        actor, lambda session: service.sign_in_by_provider(session, actor, subject, body["device"], registration)
    )


@edge.get("/auth/oidc/local/authorize", who=ANYONE, query=LocalConsentQuery, answer=LocalConsentOut, transaction=False)
def agree_at_local_provider(actor: Actor, query: dict[str, Any]) -> dict[str, Any]:
    """Development only: agree at the local stand-in as `person`"""
    identity.get_provider(identity.LOCAL)
    return {"redirect_to": identity.agree_locally(query)}
