"""Tokens and devices: refresh, sign out, guests, the list of devices, consents."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backend.accounts import service
from backend.accounts.api import blueprint
from backend.accounts.api.blueprint import edge
from backend.accounts.domain import SessionEnd
from backend.accounts.schemas import (
    ConsentIn,
    ConsentsOut,
    ConsentTextsOut,
    DeviceOut,
    GuestAnswerIn,
    GuestAnswerOut,
    GuestIn,
    RefreshIn,
    TokensOut,
)
from backend.platform.core.actor import Actor
from backend.platform.core.roles import ANYONE
from backend.platform.data.paging import Window


@edge.post("/auth/refresh", who=ANYONE, body=RefreshIn, answer=TokensOut, once=False, limits=blueprint.REFRESH)
def refresh_tokens(session: Session, actor: Actor, body: dict[str, Any]) -> Any:
    """Exchange the refresh token for the next pair; asked again within 30 s it is the same pair, later a sign-out"""
    return service.refresh(session, body["refresh_token"])


@edge.post("/auth/logout", who=ANYONE, body=RefreshIn, once=False, limits=blueprint.REFRESH)
def logout(session: Session, actor: Actor, body: dict[str, Any]) -> None:
    """Sign this device out; works with an expired access token"""
    service.sign_out(session, body["refresh_token"])


@edge.post("/auth/guest", who=ANYONE, body=GuestIn, answer=TokensOut, status=201, once=False, limits=blueprint.GUEST)
def start_guest(session: Session, actor: Actor, body: dict[str, Any]) -> Any:
    """Use first, register later: a person with nothing but this device"""
    return service.start_guest(session, body["consents"], body["device"])


@edge.post("/auth/guest/merge", body=GuestAnswerIn, answer=GuestAnswerOut)
def answer_guest_question(session: Session, actor: Actor, body: dict[str, Any]) -> Any:
    """Bring a guest's record along to this account, or leave it; answered once"""
    return service.answer(session, actor.user_id, body["answer_token"], bring=body["bring"])


@edge.get("/me/sessions", answer=DeviceOut, page=True)
def list_devices(session: Session, actor: Actor, window: Window) -> Any:
    """My signed-in devices, the newest first"""
    return service.list_devices(session, actor.user_id, actor.session_id, window)


@edge.delete("/me/sessions/<session_id>")
def revoke_device(session: Session, actor: Actor, session_id: str) -> None:
    """Sign one of my devices out"""
    service.revoke_session(session, actor.user_id, session_id)


@edge.delete("/me/sessions")
def revoke_other_devices(session: Session, actor: Actor) -> None:
    """Sign every device out but this one"""
    service.end_all_sessions(session, actor.user_id, because=SessionEnd.REVOKED, but=actor.session_id)


@edge.get("/consents", who=ANYONE, answer=ConsentTextsOut, transaction=False, etag=True)
def list_consent_texts(actor: Actor) -> dict[str, Any]:
    """The texts people are asked about, each in its current version"""
    return {"items": service.list_consent_texts()}


@edge.get("/me/consents", answer=ConsentsOut)
def list_consents(session: Session, actor: Actor) -> dict[str, Any]:
    """What I decided last about each text"""
    return {"items": service.list_consents(session, actor.user_id)}


@edge.put("/me/consents/<kind>", body=ConsentIn)
def decide_consent(session: Session, actor: Actor, kind: str, body: dict[str, Any]) -> None:
    """Agree to one text, or take it back"""
    service.record_decision(session, actor.user_id, kind, body["version"], is_given=body["given"])
