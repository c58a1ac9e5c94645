"""The endpoints of one's own profile, of one's household, and of the meters, the car and the roof counted once."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backend.platform.core.actor import Actor
from backend.platform.core.i18n import Language
from backend.platform.core.roles import SIGNED_IN
from backend.platform.web.edge import Edge
from backend.platform.web.limits import ACCOUNT, Limit
from backend.profiles import service
from backend.profiles.schemas import (
    AssetIn,
    AssetOut,
    AssetsOut,
    HouseholdOut,
    InvitationOut,
    JoinIn,
    MeOut,
    ProfileIn,
    SharingIn,
)

edge = Edge("profiles", "Where and how someone lives, and with whom", who=SIGNED_IN)

INVITE = Limit("invite", "20 per hour", ACCOUNT)
JOIN = Limit("join", "20 per hour", ACCOUNT)


@edge.get("/me", answer=MeOut)
def get_me(session: Session, actor: Actor) -> Any:
    """My account and my profile; `assumed` names what I did not state"""
    return service.get_me(session, actor.user_id)


@edge.patch("/me", body=ProfileIn, answer=MeOut)
def change_me(session: Session, actor: Actor, body: dict[str, Any], language: Language) -> Any:
    """Change the given fields of my profile; null takes a statement back"""
    return service.change_me(session, actor.user_id, body, language)


@edge.get("/household", answer=HouseholdOut)
def get_household(session: Session, actor: Actor) -> Any:
    """My household: since when it counts for me, and how many we are"""
    return service.get_household(session, actor.user_id)


@edge.post("/household/invitations", answer=InvitationOut, status=201, limits=(INVITE,))
def invite_to_household(session: Session, actor: Actor) -> Any:
    """A code for somebody I live with; good once, and for a week"""
    return service.invite(session, actor.user_id)


@edge.post("/household/join", body=JoinIn, answer=HouseholdOut, limits=(JOIN,))
def join_household(session: Session, actor: Actor, body: dict[str, Any]) -> Any:
    """Join the household of whoever showed me the code, from tomorrow on"""
    return service.join(session, actor.user_id, body["code"])


@edge.put("/household/shown", body=SharingIn, answer=HouseholdOut)
def show_in_household(session: Session, actor: Actor, body: dict[str, Any]) -> Any:
    """Show those I live with how I do, in bands and without a name; or no longer"""
    return service.set_sharing(session, actor.user_id, body["is_shown"])


@edge.delete("/household")
def leave_household(session: Session, actor: Actor) -> None:
    """Leave my household, from tomorrow on"""
    service.leave(session, actor.user_id)


@edge.get("/household/things", answer=AssetsOut)
def list_assets(session: Session, actor: Actor) -> dict[str, Any]:
    """The meters, the car and the roof that I declared"""
    return {"items": service.list_assets(session, actor.user_id)}


@edge.put("/household/things/<kind>", body=AssetIn, answer=AssetOut)
def declare_asset(session: Session, actor: Actor, kind: str, body: dict[str, Any]) -> Any:
    """Say which meter, car or roof is mine, from tomorrow on: it counts once a day, for whoever claims it first"""
    return service.declare_asset(session, actor.user_id, kind, body["country"], body["number"])


@edge.delete("/household/things/<kind>")
def retract_asset(session: Session, actor: Actor, kind: str) -> None:
    """Take back what I declared, from tomorrow on"""
    service.retract_asset(session, actor.user_id, kind)
