"""How much one person may have set aside of a project's shelf before paying: stock cannot be emptied for free.

The limit shrinks with the shelf: a share of what is available, never more than a fixed amount, and a small purchase is
always possible. Guests, whom anybody can become as often as they like, get less.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.platform.core import context
from backend.platform.core.errors import Refusal
from backend.registry import service as registry


def refuse_too_much_on_hold(session: Session, user_id: str, project_id: str, grams: int, at: datetime) -> None:
    """Raise `checkout.too_much_on_hold` when `grams` more would exceed the person's limit; locks the project's lots.

    Refuses nothing where the shelf itself falls short: that is for whoever plans the hold.
    """
    shelf = registry.lock_shelf(session, project_id, at)
    if grams > shelf.available_g:
        return
    held_g = registry.sum_holds(session, user_id, project_id)
    limit_g = _limit(shelf.available_g + held_g, is_guest=accounts.is_guest(session, user_id))
    if held_g + grams > limit_g:
        raise Refusal("checkout.too_much_on_hold", wanted_g=grams, held_g=held_g, limit_g=limit_g)


def _limit(shelf_g: int, *, is_guest: bool) -> int:
    policy = context.policy().checkout
    if is_guest:
        return _bounded(shelf_g, policy.guest_hold_least_g, policy.guest_hold_share_percent, policy.guest_hold_most_g)
    return _bounded(shelf_g, policy.hold_least_g, policy.hold_share_percent, policy.hold_most_g)


def _bounded(shelf_g: int, least_g: int, percent: int, most_g: int) -> int:
    return min(most_g, max(least_g, shelf_g * percent // 100))
