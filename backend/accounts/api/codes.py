"""Signing in with a code, verifying an e-mail, changing an address, and a guardian's agreement."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backend.accounts import service
from backend.accounts.api import blueprint
from backend.accounts.api.blueprint import edge
from backend.accounts.domain import CodeSignIn, Registration
from backend.accounts.schemas import AddressChangeIn, CodeIn, CodeSignInIn, GuardianIn, TokensOut, VerifyIn
from backend.platform.core.actor import Actor
from backend.platform.core.roles import ANYONE


@edge.post("/auth/code", who=ANYONE, body=CodeIn, once=False, limits=blueprint.ASK_CODE)
def ask_code(session: Session, actor: Actor, body: dict[str, Any]) -> None:
    """Send a sign-in code by mail or phone; the answer is the same for any address"""
    service.send_sign_in_code(session, body["channel"], body["address"])


@edge.post("/auth/code/sign-in", who=ANYONE, body=CodeSignInIn, answer=TokensOut, once=False, limits=blueprint.TRY_CODE)
def sign_in_by_code(session: Session, actor: Actor, body: dict[str, Any]) -> Any:
    """Sign in with a code; a new address becomes an account when `registration` is given"""
    registration = Registration.find(body)
    code_sign_in = CodeSignIn(body["channel"], body["address"], body["code"], body["device"], registration)
    return service.sign_in_by_code(session, actor, code_sign_in)


@edge.post("/auth/verify/send", limits=blueprint.ASK_OWN_LETTER)
def send_verification(session: Session, actor: Actor) -> None:
    """Send the code that verifies my e-mail once more"""
    service.send_verification(session, actor.user_id)


@edge.post("/auth/verify", body=VerifyIn, limits=blueprint.TRY_OWN)
def verify_email(session: Session, actor: Actor, body: dict[str, Any]) -> Any:
    """Verify my e-mail with the code from the letter"""
    return service.verify_email(session, actor.user_id, body["code"])


@edge.post("/auth/address", body=CodeIn, limits=blueprint.ASK_CHANGE)
def ask_address_change(session: Session, actor: Actor, body: dict[str, Any]) -> None:
    """Send a code to the e-mail or phone that is to be mine; asks for a recent sign-in"""
    service.send_address_change_code(session, actor, body["channel"], body["address"])


@edge.post("/auth/address/confirm", body=AddressChangeIn, limits=blueprint.TRY_OWN)
def confirm_address_change(session: Session, actor: Actor, body: dict[str, Any]) -> Any:
    """Make it mine with the code; the one before is told and freed, devices stay signed in"""
    return service.change_address(session, actor.user_id, body["channel"], body["address"], body["code"])


@edge.post("/auth/guardian", who=ANYONE, body=GuardianIn, once=False, limits=blueprint.TRY_LINK)
def confirm_guardian(session: Session, actor: Actor, body: dict[str, Any]) -> Any:
    """A guardian lets a minor's account begin"""
    return service.confirm_guardian(session, body["user_id"], body["email"], body["secret"])
