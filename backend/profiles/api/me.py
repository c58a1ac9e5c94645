"""The endpoints of one's own profile."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backend.platform.core.actor import Actor
from backend.profiles import service
from backend.profiles.api.blueprint import edge
from backend.profiles.schemas import MeOut, ProfileIn


@edge.get("/me", answer=MeOut)
def get_me(session: Session, actor: Actor) -> Any:
    """My account and my profile; `assumed` names what I did not state"""
    return service.get_me(session, actor.user_id)


@edge.patch("/me", body=ProfileIn, answer=MeOut)
def change_me(session: Session, actor: Actor, body: dict[str, Any]) -> Any:
    """Change the given fields of my profile; null takes a statement back"""
    service.change_profile(session, actor.user_id, body)
    return service.get_me(session, actor.user_id)
