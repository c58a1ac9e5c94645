"""The first screen, and what an app must know before it shows one."""

from __future__ import annotations

from sqlalchemy.orm import Session

from backend.platform.core import i18n
from backend.platform.core.actor import Actor
from backend.platform.web.auth import ANYONE
from backend.portfolio import service
from backend.portfolio.api.blueprint import edge
from backend.portfolio.domain import ClientConfiguration
from backend.portfolio.schemas import ClientOut, HomeOut


@edge.get("/home", answer=HomeOut, etag=True)
def get_home(session: Session, actor: Actor) -> service.Home:
    """All that my first screen needs, in one call; with the ETag of the last one, only what is new."""
    return service.get_home(session, actor.user_id, i18n.current_language())


@edge.get("/client", answer=ClientOut, etag=True, who=ANYONE)
def get_client(session: Session, actor: Actor) -> ClientConfiguration:
    """What an app must know: the oldest build that still works, what is switched off, and the words for it."""
    return service.get_client(session, i18n.current_language())
