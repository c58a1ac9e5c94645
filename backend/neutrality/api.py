"""Endpoints of neutrality: a year's footprint, and what may be said about it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from backend import texts
from backend.auth import SIGNED_IN, Actor
from backend.edge import Edge
from backend.neutrality import service
from backend.neutrality.schemas import FootprintOut, NeutralityOut

edge = Edge("neutrality", "A year's footprint, and how close to neutral", who=SIGNED_IN)


@edge.get("/footprints/<int:year>", answer=FootprintOut)
def get_footprint(session: Session, actor: Actor, year: int) -> service.YearlyFootprint:
    """Your footprint of a year with its range; defaults are marked as defaults."""
    return service.get_footprint(session, actor.user_id, year, texts.language_now())


@edge.get("/neutrality/<int:year>", answer=NeutralityOut)
def get_neutrality(session: Session, actor: Actor, year: int) -> service.Neutrality:
    """Footprint, retired, expected, remaining, and the sentence you may say about the year."""
    return service.get_neutrality(session, actor.user_id, year, texts.language_now())
