"""Checkout Sessions: a page to pay on, open until it is paid on, expired on request or past its time.

Promise: the life cycle is Stripe's; the session's payment intent comes into being when the payer opens the page, with
the metadata the session was made with. Touches the store.
"""

from __future__ import annotations

import re
from typing import Any

from offsets.sandbox import intents, session_notices, wallets
from offsets.sandbox.errors import StripeRefusal, missing
from offsets.sandbox.events import announce
from offsets.sandbox.form_fields import Params, text, whole
from offsets.sandbox.store import Record, Store, new_id

CREATE = {
    "mode", "success_url", "cancel_url", "expires_at", "client_reference_id", "metadata", "payment_intent_data",
    "line_items", "allowed_payment_method_types", "payment_method_options", "locale", "expand",
}  # fmt: skip
EXPIRE = {"expand"}
_SOONEST_S, _LATEST_S = 30 * 60, 24 * 3600
_URL = re.compile(r"https?://[^\s/]+.*")


def create(store: Store, params: Params, base_url: str) -> Record:
    """POST /v1/checkout/sessions."""
    if text(params, "mode") != "payment":
        raise StripeRefusal("This sandbox knows the mode payment only.", param="mode")
    for name in ("success_url", "cancel_url"):
        if not _URL.fullmatch(text(params, name) or ""):
            raise StripeRefusal(f"Not a valid URL: {name}", code="url_invalid", param=name)
    amount, currency, description = _line(params)
    expires_at = whole(params, "expires_at") or store.now() + _LATEST_S
    if not store.now() + _SOONEST_S <= expires_at <= store.now() + _LATEST_S:
        message = "The `expires_at` timestamp must be at least 30 minutes and at most 24 hours from now."
        raise StripeRefusal(message, param="expires_at")
    session_id = new_id("cs_test")
    session = {
        "id": session_id,
        "object": session_notices.KIND,
        "amount_subtotal": amount,
        "amount_total": amount,
        "cancel_url": text(params, "cancel_url"),
        "client_reference_id": text(params, "client_reference_id"),
        "created": store.now(),
        "currency": currency,
        "customer": None,
        "expires_at": expires_at,
        "livemode": False,
        "locale": text(params, "locale"),
        "metadata": intents.read_metadata(params),
        "mode": "payment",
        "payment_intent": None,
        "payment_method_types": wallets.compatible(params.get("allowed_payment_method_types"), currency),
        "payment_status": "unpaid",
        "status": "open",
        "success_url": text(params, "success_url"),
        "url": f"{base_url}/c/pay/{session_id}",
    }
    store.put(session)
    # what the intent will be made with is no part of the object that Stripe shows
    store.put({**_plan(params, description), "id": f"plan_{session_id}", "object": "session_plan", "created": 0})
    return session


def retrieve(store: Store, session_id: str) -> Record:
    """One session, expired when its time is over."""
    session = store.find(session_notices.KIND, session_id)
    if session is None:
        raise missing(session_notices.KIND, session_id, "session")
    if session["status"] == "open" and store.now() >= session["expires_at"]:
        return _close(store, session)
    return session


def expire(store: Store, params: Params, base_url: str, session_id: str) -> Record:
    """POST /v1/checkout/sessions/{id}/expire."""
    del params, base_url
    session = retrieve(store, session_id)
    if session["status"] != "open":
        raise StripeRefusal(
            f'Only Checkout Sessions with a status in ["open"] can be expired. This one is {session["status"]}.',
            remembered=True,
        )
    return _close(store, session)


def open_intent(store: Store, session_id: str) -> Record | None:
    """The intent that the payer of a session confirms, made when they open the page; None once the page is closed."""
    session = retrieve(store, session_id)
    if session["payment_intent"] is not None:
        return intents.get(store, session["payment_intent"])
    if session["status"] != "open":
        return None
    plan = store.find("session_plan", f"plan_{session_id}") or {}
    asked: dict[str, Any] = {
        "amount": str(session["amount_total"]),
        "currency": session["currency"],
        "metadata": plan["metadata"],
        "description": plan["description"],
        "allowed_payment_method_types": session["payment_method_types"],
    }
    made = intents.create(store, asked, "")
    assert isinstance(made, dict)
    store.put({**session, "payment_intent": made["id"]})
    return made


def _close(store: Store, session: Record) -> Record:
    intent_id = session["payment_intent"]
    session = store.put({**session, "status": "expired", "url": None})
    announce(store, "checkout.session.expired", session)
    if intent_id is not None and intents.get(store, intent_id)["status"] in intents.OPEN:
        intents.cancel(store, {}, "", intent_id)
    return session


def _line(params: Params) -> tuple[int, str, str]:
    lines = params.get("line_items")
    if not isinstance(lines, list) or len(lines) != 1 or not isinstance(lines[0].get("price_data"), dict):
        raise StripeRefusal("This sandbox takes one line item with price_data.", param="line_items")
    price = lines[0]["price_data"]
    amount, quantity = whole(price, "unit_amount", least=1), whole(lines[0], "quantity", least=1)
    currency, product = text(price, "currency"), price.get("product_data") or {}
    if amount is None or quantity is None or currency is None:
        raise StripeRefusal("Missing required param.", code="parameter_missing", param="line_items[0]")
    return amount * quantity, currency, text(product, "name") or ""


def _plan(params: Params, description: str) -> Record:
    given = params.get("payment_intent_data") or {}
    return {"metadata": given.get("metadata") or {}, "description": given.get("description") or description}
