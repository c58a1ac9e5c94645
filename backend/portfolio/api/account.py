"""The account of whoever asks."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backend.platform.core import i18n
from backend.platform.core.actor import Actor
from backend.portfolio import service
from backend.portfolio.api.blueprint import edge
from backend.portfolio.domain import Account
from backend.portfolio.schemas import AccountOut, AccountQuery


@edge.get("/account", query=AccountQuery, answer=AccountOut)
def get_account(session: Session, actor: Actor, query: dict[str, Any]) -> Account:
    """My points, what I reduced and how that compares; with `at`, my balances at a past instant"""
    return service.get_account(session, actor.user_id, i18n.current_language(), **query)
