"""A person reads their own book."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backend.ledger import service
from backend.ledger.domain import Entry, Filter
from backend.ledger.schemas import EntriesQuery, EntryOut
from backend.platform.core.actor import Actor
from backend.platform.core.roles import SIGNED_IN
from backend.platform.data.paging import Page, Window
from backend.platform.web.edge import Edge

edge = Edge("ledger", "Every point that ever moved on your account, and why", who=SIGNED_IN)


@edge.get("/account/entries", query=EntriesQuery, answer=EntryOut, page=True)
def list_entries(session: Session, actor: Actor, query: dict[str, Any], window: Window) -> Page[Entry]:
    """Your entries, newest first."""
    return service.list_entries(session, actor.user_id, window, Filter(**query))
