"""The catalogue of projects, open to anyone."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backend.platform.core.actor import Actor
from backend.platform.data.paging import Window
from backend.registry import service
from backend.registry.api.blueprint import edge
from backend.registry.schemas import ProjectListed, ProjectOut


@edge.get("/offset-projects", answer=ProjectListed, page=True, etag=True)
def list_offset_projects(session: Session, actor: Actor, window: Window) -> Any:
    """Projects that may be bought from, with price, source and what is left."""
    return service.list_offers(session, window)


@edge.get("/offset-projects/<project_id>", answer=ProjectOut, etag=True)
def get_offset_project(session: Session, actor: Actor, project_id: str) -> Any:
    """One project with its registry, permanence, lots and sources."""
    return service.get_offer(session, project_id)
