"""Recalling units after they were sold, by operators who own none of what rests on them."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backend.platform.core.actor import Actor
from backend.platform.core.roles import ADMIN, FINANCE, holders_of
from backend.platform.privacy.decisions import About
from backend.registry import service
from backend.registry.api.blueprint import edge
from backend.registry.schemas import RecallIn, RecallOut

KEEPERS = holders_of(FINANCE, ADMIN)
OWNERS = About(lambda session, values: service.list_owners_behind(session, values["body"]["units"]))


@edge.post("/operator/recalls", body=RecallIn, answer=RecallOut, who=KEEPERS, decides_about=OWNERS)
def open_recall(session: Session, actor: Actor, body: dict[str, Any]) -> Any:
    """Stop the sale of units; each owner of a certificate that rests on them is told and gets others, or money."""
    return service.open_recall(session, service.RecallRequest(who=actor.user_id, **body))


@edge.get("/operator/recalls/<recall_id>", answer=RecallOut, who=KEEPERS)
def get_recall(session: Session, actor: Actor, recall_id: str) -> Any:
    """A recall, what its owners got so far, and how many wait."""
    return service.get_recall(session, recall_id)
