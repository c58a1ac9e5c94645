"""Signing in with a provider: begin, the browser's journey, end. The remote exchange lies between two transactions."""

from __future__ import annotations

from backend.accounts import service
from backend.accounts.api import blueprint
from backend.accounts.api.blueprint import edge
from backend.accounts.schemas import (
    JourneyEndIn,
    JourneyIn,
    JourneyOut,
    LocalConsentOut,
    LocalConsentQuery,
    ProvidersOut,
    TokensOut,
)
from backend.platform.web.auth import ANYONE
from backend.platform.web.edge import writing
from backend.ports import identity


@edge.get("/auth/providers", who=ANYONE, answer=ProvidersOut, transaction=False)
def list_identity_providers(actor):
    """The providers people may sign in with"""
    return {"items": identity.list_providers()}


@edge.post(
    "/auth/oidc/<provider>/begin",
    who=ANYONE,
    body=JourneyIn,
    answer=JourneyOut,
    once=False,
    limits=blueprint.CEREMONY,
)
def begin_provider_sign_in(session, actor, provider, body):
    """Begin to sign in with a provider: open `authorization_url` in a browser, keep `ceremony` on the device"""
    described = identity.get_provider(provider)
    journey = service.begin_journey(session, provider, identity.check_redirect(described, body["redirect_uri"]))
    url = identity.authorization_url(described, **journey.asked())
    return {"authorization_url": url, "state": journey.state, "ceremony": journey.ceremony}


@edge.post(
    "/auth/oidc/<provider>/sign-in",
    who=ANYONE,
    body=JourneyEndIn,
    answer=TokensOut,
    once=False,
    transaction=False,
    limits=blueprint.CEREMONY,
)
def finish_provider_sign_in(actor, provider, body):
    """Sign in with the code the browser brought back

    Whoever is new becomes an account when `registration` is given; without it the answer is
    `auth.registration_needed`, and the journey begins again.
    """
    described = identity.get_provider(provider)
    journey = writing(actor, lambda session: service.end_journey(session, provider, body["ceremony"], body["state"]))
    vouched = identity.exchange(described, code=body["code"], **journey.proved())
    subject = service.Subject(provider, vouched.subject, vouched.email)
    registration = service.Registration.of(body["registration"], body["device"])
    return writing(
        actor, lambda session: service.sign_in_by_provider(session, actor, subject, body["device"], registration)
    )


@edge.get("/auth/oidc/local/authorize", who=ANYONE, query=LocalConsentQuery, answer=LocalConsentOut, transaction=False)
def agree_at_local_provider(actor, query):
    """Development only: agree at the local stand-in as `person`"""
    identity.get_provider(identity.LOCAL)
    return {"redirect_to": identity.agree_locally(query)}
