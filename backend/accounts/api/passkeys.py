"""Passkeys: two steps to add one, two steps to sign in with one."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backend.accounts import service
from backend.accounts.api import blueprint
from backend.accounts.api.blueprint import edge
from backend.accounts.schemas import LoginChallengeOut, PasskeyIn, PasskeyOut, PasskeySignInIn, PasskeysOut, TokensOut
from backend.platform.core.actor import Actor
from backend.platform.core.roles import ANYONE


@edge.post("/auth/passkeys/registration/begin", answer=LoginChallengeOut, once=False, limits=blueprint.LOGIN_CHALLENGE)
def begin_passkey_registration(session: Session, actor: Actor) -> Any:
    """Begin to add a passkey to my account"""
    return service.begin_passkey_registration(session, actor)


@edge.post(
    "/auth/passkeys/registration",
    body=PasskeyIn,
    answer=PasskeyOut,
    status=201,
    limits=blueprint.LOGIN_CHALLENGE,
)
def finish_passkey_registration(session: Session, actor: Actor, body: dict[str, Any]) -> Any:
    """Add the passkey my authenticator made"""
    return service.finish_passkey_registration(session, actor, body["ceremony"], body["credential"], body["label"])


@edge.post(
    "/auth/passkeys/sign-in/begin", who=ANYONE, answer=LoginChallengeOut, once=False, limits=blueprint.LOGIN_CHALLENGE
)
def begin_passkey_sign_in(session: Session, actor: Actor) -> Any:
    """Begin to sign in with a passkey; no address is needed"""
    return service.begin_passkey_sign_in(session)


@edge.post(
    "/auth/passkeys/sign-in",
    who=ANYONE,
    body=PasskeySignInIn,
    answer=TokensOut,
    once=False,
    limits=blueprint.LOGIN_CHALLENGE,
)
def finish_passkey_sign_in(session: Session, actor: Actor, body: dict[str, Any]) -> Any:
    """Sign in with what the authenticator signed"""
    return service.finish_passkey_sign_in(session, actor, body["ceremony"], body["credential"], body["device"])


@edge.get("/me/passkeys", answer=PasskeysOut)
def list_passkeys(session: Session, actor: Actor) -> dict[str, Any]:
    """My passkeys, the oldest first"""
    return {"items": service.list_passkeys(session, actor.user_id)}


@edge.delete("/me/passkeys/<passkey_id>")
def drop_passkey(session: Session, actor: Actor, passkey_id: str) -> None:
    """Take one of my passkeys away"""
    service.drop_passkey(session, actor.user_id, passkey_id)
