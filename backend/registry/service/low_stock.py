"""Telling whoever keeps the stock that a project runs low: once for each time it does, not for each sale.

What is left falls by sales and grows by imports; holds that lapse make it swing. So a project that ran low is told of
once for the lots it had then, and again only after another block was imported. That a keeper was told is what their
inbox says: nothing else is remembered, and a job that runs again tells nobody twice.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.inbox import service as inbox
from backend.platform.core import context
from backend.platform.core.roles import ADMIN, FINANCE
from backend.platform.data.batch import fetch
from backend.platform.ops.outbox import Facts
from backend.registry import sql
from backend.registry.domain import LowStock
from backend.registry.service.projects import get_project

LOW_STOCK_TOPIC = "registry.low_stock"
KIND = "stock.low"


def list_low_stock(session: Session) -> Sequence[LowStock]:
    """Projects on sale that had stock and have less left than the policy wants, by id."""
    return fetch(session, sql.low_stock(context.policy().stock.low_g)).all()


def list_keepers_to_tell(session: Session, after: str, limit: int) -> list[str]:
    """Keepers of the stock behind the id `after` whom nobody has told of some project that runs low."""
    keepers = [one for one in accounts.list_holders(session, (FINANCE, ADMIN)) if one > after]
    untold: set[str] = set()
    for low in list_low_stock(session) if keepers else ():
        untold |= set(keepers) - inbox.find_notified(session, keepers, _reference(low))
    return sorted(untold)[:limit]


def tell_low_stock(session: Session, user_id: str, _facts: Facts) -> None:
    """Tell one keeper of every project that runs low, once for each time it does."""
    for low in list_low_stock(session):
        if inbox.find_notified(session, [user_id], _reference(low)):
            continue
        facts = {"project": dict(get_project(session, low.project_id).title), "available": low.available_g}
        inbox.notify(session, user_id, KIND, facts, reference=_reference(low))


def _reference(low: LowStock) -> str:
    return f"{KIND}:{low.project_id}:{low.lots}"
