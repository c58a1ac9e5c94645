"""Placing an order: stock is held, and the key we shall ask the provider with is written down before we ask."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from backend.checkout import sql
from backend.checkout.domain import ASKED, OrderRequest, StoredQuote
from backend.checkout.models import OrderRow, OrderTransition, PaymentRow
from backend.checkout.service import buyer_notes
from backend.checkout.service.hold_limits import find_buyer, refuse_too_much_on_hold
from backend.checkout.service.quotes import lock_open_quote
from backend.footprints import service as footprints
from backend.platform.core import clock, context
from backend.platform.core.errors import Refusal, invalid_field
from backend.platform.data import ids
from backend.platform.ops import switches
from backend.platform.privacy.vault import the_vault
from backend.profiles import service as profiles
from backend.registry import service as registry
from offsets import OPENING, DisputeStatus, OffsetRefused, choose_methods, clean_name, current_terms

VAULT_PURPOSE = "beneficiary"
PLACED = "placed"


def place(session: Session, user_id: str, request: OrderRequest) -> OrderRow:
    """Make an order of a quote: hold the grams and write down the payment to ask for. No remote call.

    Refuses with `not_found.quote`, `checkout.quote_expired`, `checkout.quote_used`, `certificates.name`,
    `checkout.too_much_on_hold`, `checkout.others_on_hold`, `checkout.unproved_on_hold`, `lots.insufficient_stock`,
    `neutrality.year`, `checkout.terms_changed`, `service.paused`, and `request.invalid` for a way of paying.
    """
    switches.refuse_when_checkout_paused(session)
    now = clock.database_now(session)
    quote = lock_open_quote(session, user_id, request.quote_id, now)
    _refuse_used(session, quote)
    _refuse_other_terms(request)
    methods = _choose_methods(request, quote)
    name = clean_name(request.beneficiary)
    order = OrderRow(
        user_id=user_id,
        id=ids.new_id("order"),
        quote_id=quote.id,
        project_id=quote.project_id,
        grams=quote.grams,
        currency=quote.currency,
        price_minor=quote.total_minor,
        state=OPENING.to.value,
        moves=1,
        purpose=_purpose(session, user_id, request, now),
        sealed_beneficiary=the_vault().seal(session, user_id, VAULT_PURPOSE, name.encode()),
        shows_name=request.shows_name,
        attention=None,
        placed_at=now,
        hold_expires_at=now + timedelta(seconds=context.policy().checkout.hold_s),
        terms=request.terms,
    )
    session.add(order)
    # the order first, so that no lot is locked before it
    session.flush()
    session.add(_opening_transition(order))
    session.add(_payment_to_ask_for(order, methods))
    session.flush()
    buyer = find_buyer(session, user_id, request.network)
    refuse_too_much_on_hold(session, buyer, order, quote, now)
    holder = registry.Holder(user_id, order.id, buyer.network, buyer.is_proved)
    registry.hold(session, holder, order.project_id, order.grams, now)
    buyer_notes.tell_placed(session, order)
    return order


def _purpose(session: Session, user_id: str, request: OrderRequest, now: datetime) -> str:
    """The year the credits will be set against, for ever."""
    year = request.year
    if year is None:
        year = clock.local_day(now, profiles.get_profile(session, user_id).zone).year
    footprints.check_year(year)
    return footprints.purpose_of(year)


def _refuse_used(session: Session, quote: StoredQuote) -> None:
    known = session.scalar(sql.ORDER_OF_QUOTE, {"owner": quote.user_id, "of_quote": quote.id})
    if known is not None:
        raise Refusal("checkout.quote_used", quote_id=quote.id, order_id=known)


def _refuse_other_terms(request: OrderRequest) -> None:
    version = current_terms().version
    if request.terms not in (None, version):
        raise Refusal("checkout.terms_changed", accepted=request.terms, version=version)


def _opening_transition(order: OrderRow) -> OrderTransition:
    return OrderTransition(
        user_id=order.user_id,
        order_id=order.id,
        number=1,
        event=PLACED,
        from_state=None,
        to_state=order.state,
        effects=[effect.value for effect in OPENING.effects],
        moved_at=order.placed_at,
    )


def _choose_methods(request: OrderRequest, quote: StoredQuote) -> list[str]:
    """The ways of paying of the order, in the provider's names; refuses one that does not take the currency."""
    try:
        chosen = choose_methods(request.methods, context.settings().stripe_methods, quote.currency)
    except OffsetRefused as refused:
        raise invalid_field("methods", refused.code, **refused.facts) from refused
    return [method.value for method in chosen]


def _payment_to_ask_for(order: OrderRow, methods: list[str]) -> PaymentRow:
    return PaymentRow(
        user_id=order.user_id,
        order_id=order.id,
        intent_key=ids.new_id("payment"),
        provider_id=None,
        status=ASKED,
        amount_minor=order.price_minor,
        currency=order.currency,
        captured_minor=0,
        refunded_minor=0,
        dispute=DisputeStatus.NONE.value,
        failure_code=None,
        changes=0,
        sealed_handover=None,
        asked_at=order.placed_at,
        methods=methods,
        sync_at=order.placed_at + timedelta(seconds=context.policy().checkout.sync_after_s),
    )
