"""What waits for a person, collecting it, and giving it more time."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backend.platform.core.actor import Actor
from backend.platform.core.roles import SIGNED_IN
from backend.platform.data.paging import Page, Window
from backend.platform.web.edge import Edge
from backend.points import service
from backend.points.domain import Bubble, Collected, Extended, Holding
from backend.points.schemas import (
    BubbleOut,
    CollectedOut,
    CollectIn,
    ExtendedOut,
    ExtendIn,
    HoldingOut,
)

edge = Edge("points", "Points: what you have, what waits for you", who=SIGNED_IN)


@edge.get("/points/bubbles", answer=BubbleOut, page=True)
def list_bubbles(session: Session, actor: Actor, window: Window) -> Page[Bubble]:
    """Points that wait to be collected, oldest first."""
    return service.list_bubbles(session, actor.user_id, window)


@edge.post("/points/collect", body=CollectIn, answer=CollectedOut)
def collect(session: Session, actor: Actor, body: dict[str, Any]) -> Collected:
    """Collect matured points: the named bubbles, or all of them."""
    return service.collect(session, actor.user_id, body["grant_ids"])


@edge.get("/points/grants", answer=HoldingOut, page=True)
def list_holdings(session: Session, actor: Actor, window: Window) -> Page[Holding]:
    """Points you have collected, those that expire first before the others."""
    return service.list_holdings(session, actor.user_id, window)


@edge.post("/points/extend", body=ExtendIn, answer=ExtendedOut)
def extend(session: Session, actor: Actor, body: dict[str, Any]) -> Extended:
    """Give points whose end is near another end, once: the named grants, or all of them."""
    return service.extend(session, actor.user_id, body["grant_ids"])
