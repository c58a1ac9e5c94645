"""Quotes: what some grams of a project cost, frozen with the working of every line until they expire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from backend.checkout import sql
from backend.checkout.domain import QuoteRequest, StoredQuote
from backend.checkout.service.hold_limits import compute_least_purchase_g, compute_orderable_g, least_charge
from backend.checkout.service.quoted_amounts import Shelf, find_grams
from backend.checkout.service.reduce_first import ReduceFirst, find_reduce_first
from backend.footprints import service as footprints
from backend.platform.core import clock, context
from backend.platform.core.errors import Refusal
from backend.platform.core.i18n import Language
from backend.platform.data import ids
from backend.platform.data.batch import fetch
from backend.registry import service as registry
from offsets import Quote, QuoteLine, Terms, current_terms, least_grams_for, make_quote


@dataclass(frozen=True)
class QuoteView:
    """A quote, the least and the most that its buyer could order at once, and what they could still reduce instead."""

    quote: StoredQuote
    least_g: int
    least_minor: int
    orderable_g: int
    reduce_first: ReduceFirst | None
    largest_options: tuple[footprints.ReductionOption, ...]  # what the buyer could still reduce by, the largest first
    terms: Terms


def quote(session: Session, user_id: str, request: QuoteRequest, language: Language) -> QuoteView:
    """Quote what was asked for and keep it; nothing is held yet.

    Refuses with `pricing.amount`, `catalogue.no_price`, `checkout.too_little`, `registry.not_on_sale`,
    `lots.insufficient_stock`, and as `quoted_amounts.find_grams` does.
    """
    offer = registry.get_offer(session, request.project_id)
    if not offer.is_on_sale:
        raise Refusal("registry.not_on_sale", project_id=request.project_id)
    now = clock.database_now(session)
    grams = find_grams(session, user_id, request, Shelf(offer.project, now.date()), language)
    valid_for = timedelta(seconds=context.policy().checkout.quote_valid_s)
    made = make_quote(offer.project, grams, request.currency, (), now, valid_for)
    _refuse_too_little(made)
    if offer.available_g < grams:
        raise Refusal("lots.insufficient_stock", wanted_g=grams, available_g=offer.available_g)
    stored = StoredQuote(
        user_id=user_id,
        id=ids.new_id("quote"),
        project_id=request.project_id,
        project_sha256=offer.project.sha256,
        grams=grams,
        currency=request.currency,
        total_minor=made.total.minor,
        per_tonne=made.price.per_tonne,
        lines=[_written(line) for line in made.lines],
        quoted_at=made.quoted_at,
        expires_at=made.expires_at,
        asked=request.asked,
    )
    session.execute(sql.INSERT_QUOTE, vars(stored))
    reduce_first = find_reduce_first(session, user_id, grams, language)
    least_g = compute_least_purchase_g(offer.project, made.price.per_tonne, request.currency)
    return QuoteView(
        stored,
        least_g=least_g,
        least_minor=least_charge(request.currency).minor,
        orderable_g=compute_orderable_g(session, user_id, request.project_id, offer.available_g, least_g),
        reduce_first=reduce_first,
        largest_options=reduce_first.largest_options if reduce_first else (),
        terms=current_terms(),
    )


def _refuse_too_little(made: Quote) -> None:
    least = least_charge(made.price.currency)
    if made.total < least:
        least_g = least_grams_for(made.price.per_tonne, least)
        raise Refusal("checkout.too_little", grams=made.grams, least_g=least_g, least_charge=least.format())


def lock_open_quote(session: Session, user_id: str, quote_id: str, now: datetime) -> StoredQuote:
    """A quote that still holds, locked: a second order for it waits until the first is there to be seen.

    Raises `not_found.quote` or `checkout.quote_expired`.
    """
    stored = fetch(session, sql.locked_quote(user_id, quote_id)).one_or_none()
    if stored is None:
        raise Refusal("not_found.quote", quote_id=quote_id)
    if now >= stored.expires_at:
        raise Refusal("checkout.quote_expired", quote_id=quote_id, expired_at=stored.expires_at.isoformat())
    return stored


def drop_expired(session: Session, limit: int) -> int:
    """Drop up to `limit` quotes that have expired and became no order; return how many."""
    keep_s = context.policy().checkout.quote_kept_s
    before = clock.database_now(session) - timedelta(seconds=keep_s)
    expired = session.execute(sql.EXPIRED_QUOTES, {"before": before, "most": limit}).all()
    for user_id, quote_id in expired:
        session.execute(sql.DROP_QUOTE, {"owner": user_id, "of_quote": quote_id})
    return len(expired)


def _written(line: QuoteLine) -> dict[str, Any]:
    return {
        "kind": line.kind,
        "label": dict(line.label),
        "amount_minor": line.amount.minor,
        "working": line.working,
    }
