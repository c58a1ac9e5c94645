"""The month of those who live together."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backend.platform.core.actor import Actor
from backend.portfolio import service
from backend.portfolio.api.blueprint import edge
from backend.portfolio.domain import HouseholdMonth
from backend.portfolio.schemas import TogetherOut, TogetherQuery


@edge.get("/household/together", query=TogetherQuery, answer=TogetherOut)
def get_together(session: Session, actor: Actor, query: dict[str, Any]) -> HouseholdMonth:
    """How my household did in a month: mine, and in bands, without names, the others' who show it as I do"""
    return service.get_together(session, actor.user_id, query["month"])
