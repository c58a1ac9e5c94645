"""The endpoints of one's household, and of the meters, the car and the roof that are counted once."""

from __future__ import annotations

from backend.platform.web.limits import ACCOUNT, Limit
from backend.profiles import service
from backend.profiles.api.blueprint import edge
from backend.profiles.schemas import AssetIn, AssetOut, AssetsOut, HouseholdOut, InvitationOut, JoinIn, SharingIn

INVITE = Limit("invite", "20 per hour", ACCOUNT)
JOIN = Limit("join", "20 per hour", ACCOUNT)


@edge.get("/household", answer=HouseholdOut)
def get_household(session, actor):
    """My household: since when it counts for me, and how many we are"""
    return service.get_household(session, actor.user_id)


@edge.post("/household/invitations", answer=InvitationOut, status=201, limits=(INVITE,))
def invite_to_household(session, actor):
    """A code for somebody I live with; good once, and for a week"""
    return service.invite(session, actor.user_id)


@edge.post("/household/join", body=JoinIn, answer=HouseholdOut, limits=(JOIN,))
def join_household(session, actor, body):
    """Join the household of whoever showed me the code, from tomorrow on"""
    return service.join(session, actor.user_id, body["code"])


@edge.put("/household/shown", body=SharingIn, answer=HouseholdOut)
def show_in_household(session, actor, body):
    """Show those I live with how I do, in bands and without a name; or no longer"""
    return service.set_sharing(session, actor.user_id, body["is_shown"])


@edge.delete("/household")
def leave_household(session, actor):
    """Leave my household, from tomorrow on"""
    service.leave(session, actor.user_id)


@edge.get("/household/things", answer=AssetsOut)
def list_assets(session, actor):
    """The meters, the car and the roof that I declared"""
    return {"items": service.list_assets(session, actor.user_id)}


@edge.put("/household/things/<kind>", body=AssetIn, answer=AssetOut)
def declare_asset(session, actor, kind, body):
    """Say which meter, car or roof is mine, from tomorrow on: it counts once a day, for whoever claims it first"""
    return service.declare_asset(session, actor.user_id, kind, body["country"], body["number"])


@edge.delete("/household/things/<kind>")
def retract_asset(session, actor, kind):
    """Take back what I declared, from tomorrow on"""
    service.retract_asset(session, actor.user_id, kind)
