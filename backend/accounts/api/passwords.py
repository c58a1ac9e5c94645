"""Registering and signing in with a password. Hashing happens between two transactions, never inside one."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backend.accounts import service
from backend.accounts.api import blueprint
from backend.accounts.api.blueprint import edge
from backend.accounts.domain import Registration
from backend.accounts.schemas import LoginIn, PasswordChangeIn, RegisterIn, ResetAskIn, ResetIn, TokensOut
from backend.platform.core.actor import Actor
from backend.platform.core.roles import ANYONE
from backend.platform.web.edge import reading, writing


@edge.post(
    "/auth/register",
    who=ANYONE,
    body=RegisterIn,
    answer=TokensOut,
    status=201,
    once=False,
    transaction=False,
    limits=blueprint.REGISTER,
)
def register_account(actor: Actor, body: dict[str, Any]) -> Any:
    """Register with e-mail and password; a calling guest keeps everything

    The answer is the same for an e-mail that already has an account: its owner gets a letter, the caller a guest's
    account.
    """
    password_hash = service.hash_password(body["password"])
    registration = Registration.of(body, body["device"])
    return writing(
        actor, lambda session: service.register_account(session, actor, body["email"], password_hash, registration)
    )


@edge.post(
    "/auth/login",
    who=ANYONE,
    body=LoginIn,
    answer=TokensOut,
    once=False,
    transaction=False,
    limits=blueprint.LOGIN,
)
def login(actor: Actor, body: dict[str, Any]) -> Any:
    """Sign in with e-mail and password

    An e-mail that was not verified yet signs in too. A calling guest is asked, once, whether the record comes along.
    """
    stored = reading(actor, lambda session: service.find_credentials(session, body["email"]))
    proof = service.check_password(stored, body["password"])
    return writing(actor, lambda session: service.sign_in(session, actor, proof, body["device"]))


@edge.post("/auth/password/forgotten", who=ANYONE, body=ResetAskIn, once=False, limits=blueprint.ASK_LETTER)
def ask_password_reset(session: Session, actor: Actor, body: dict[str, Any]) -> None:
    """Send the link that sets a new password; the answer is the same for any e-mail"""
    service.send_reset(session, body["email"])


@edge.post(
    "/auth/password/reset",
    who=ANYONE,
    body=ResetIn,
    once=False,
    transaction=False,
    limits=blueprint.TRY_LINK,
)
def reset_password(actor: Actor, body: dict[str, Any]) -> None:
    """Set a new password with the secret of the link; every device is signed out"""
    password_hash = service.hash_password(body["password"])
    writing(actor, lambda session: service.reset_password(session, body["email"], body["secret"], password_hash))


@edge.post("/auth/password/change", body=PasswordChangeIn, once=False, transaction=False, limits=blueprint.TRY_OWN)
def change_password(actor: Actor, body: dict[str, Any]) -> None:
    """Replace the password; every other device is signed out"""
    stored = reading(actor, lambda session: service.get_credentials(session, actor.user_id))
    proof = service.check_password(stored, body["present"])
    password_hash = service.hash_password(body["password"])
    writing(actor, lambda session: service.change_password(session, actor, proof, password_hash))
