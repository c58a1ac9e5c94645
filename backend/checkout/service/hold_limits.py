"""How much of a project's shelf may be set aside before paying: stock cannot be emptied for free (ADR 0025).

Every bound is a share of the shelf, whatever its size, and shrinks as the shelf does. Only one least purchase at a time
is exempt, for the last of a shelf could never be sold otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

import offsets
from backend.accounts import service as accounts
from backend.checkout.domain import Buyer, StoredQuote
from backend.checkout.models import OrderRow
from backend.platform.core import context
from backend.platform.core.errors import Refusal
from backend.registry import service as registry
from offsets import Money, Project, least_grams_for

OWN, OTHERS, UNPROVED = "checkout.too_much_on_hold", "checkout.others_on_hold", "checkout.unproved_on_hold"
NO_LIMIT = 10**18


@dataclass(frozen=True)
class _Bound:
    """What somebody, or some people together, hold, and the share of the shelf they may hold at most."""

    held_g: int
    percent: int
    most_g: int
    code: str

    def limit_g(self, available_g: int) -> int:
        """The most they may hold while `available_g` is left."""
        return min(self.most_g, (available_g + self.held_g) * self.percent // 100)


def find_buyer(session: Session, user_id: str, network: str | None) -> Buyer:
    """Who sets something aside, with everybody whose holds count together with theirs."""
    return Buyer(
        user_id=user_id,
        circle=accounts.list_circle(session, user_id),
        network=network,
        is_guest=accounts.is_guest(session, user_id),
        is_proved=accounts.has_proved_address(session, user_id),
    )


def refuse_too_much_on_hold(session: Session, buyer: Buyer, order: OrderRow, quote: StoredQuote, at: datetime) -> None:
    """Raise when the order's grams would exceed a bound; locks the project's lots.

    `checkout.too_much_on_hold` for the buyer alone, `checkout.others_on_hold` for their circle or for all behind their
    network, `checkout.unproved_on_hold` for all who have proved no address. Refuses nothing where the shelf itself
    falls short: that is for whoever plans the hold.
    """
    available_g = registry.lock_shelf(session, order.project_id, at).available_g
    if order.grams > available_g:
        return
    bounds = _bounds(session, order.project_id, buyer)
    exceeded = [bound for bound in bounds if bound.held_g + order.grams > bound.limit_g(available_g)]
    if not exceeded:
        return
    project = registry.get_offer(session, order.project_id).project
    exempt_g = compute_exempt_g(available_g, compute_least_purchase_g(project, quote.per_tonne, quote.currency))
    for bound in exceeded:
        limit_g = max(bound.limit_g(available_g), exempt_g)
        if bound.held_g + order.grams > limit_g:
            raise _refusal(bound, order.grams, limit_g)


def compute_orderable_g(session: Session, user_id: str, project_id: str, available_g: int, least_g: int) -> int:
    """The most grams of a project that somebody may order at once now, by what they hold themselves."""
    held_g = registry.sum_holds(session, project_id, user_id, (), None).by_person_g
    own = _Bound(held_g, *_own_share(is_guest=accounts.is_guest(session, user_id)), OWN)
    limit_g = max(own.limit_g(available_g), compute_exempt_g(available_g, least_g))
    return max(0, min(available_g, limit_g - held_g))


def compute_least_purchase_g(project: Project, per_tonne: Decimal, currency: str) -> int:
    """The fewest grams of a project that can be bought at a price."""
    return max(project.minimum_g, least_grams_for(per_tonne, least_charge(currency)))


def least_charge(currency: str) -> Money:
    """The least that can be charged."""
    return offsets.least_charge(currency, context.policy().checkout.least_charge_minor)


def compute_exempt_g(available_g: int, least_g: int) -> int:
    """What may always be held: one least purchase, with what would be too little to sell after it."""
    return available_g if available_g < 2 * least_g else least_g


def _bounds(session: Session, project_id: str, buyer: Buyer) -> list[_Bound]:
    held = registry.sum_holds(session, project_id, buyer.user_id, buyer.circle, buyer.network)
    own = _own_share(is_guest=buyer.is_guest)
    together = context.policy().checkout.together_hold_share_percent, NO_LIMIT
    bounds = [_Bound(held.by_person_g, *own, OWN), _Bound(held.by_circle_g, *own, OTHERS)]
    if buyer.network is not None:
        bounds.append(_Bound(held.by_network_g, *together, OTHERS))
    if not buyer.is_proved:
        bounds.append(_Bound(held.by_unproved_g, *together, UNPROVED))
    return bounds


def _own_share(*, is_guest: bool) -> tuple[int, int]:
    policy = context.policy().checkout
    if is_guest:
        return policy.guest_hold_share_percent, policy.guest_hold_most_g
    return policy.hold_share_percent, policy.hold_most_g


def _refusal(bound: _Bound, grams: int, limit_g: int) -> Refusal:
    if bound.code == OWN:
        return Refusal(OWN, wanted_g=grams, held_g=bound.held_g, limit_g=limit_g)
    # nobody is told what others have set aside
    return Refusal(bound.code, wanted_g=grams, wait_min=context.policy().checkout.hold_s // 60)
