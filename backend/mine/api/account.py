"""The account of whoever asks."""

from __future__ import annotations

from backend import texts
from backend.mine import service
from backend.mine.api.door import edge
from backend.mine.schemas import AccountOut, AccountQuery


@edge.get("/account", query=AccountQuery, answer=AccountOut)
def get_account(session, actor, query):
    """My points, what I reduced and how that compares; with `at`, my balances at a past instant"""
    return service.get_account(session, actor.user_id, texts.language_now(), **query)
