"""Payment intents: created, confirmed with a test card or a wallet, sent to the bank or the wallet, cancelled.

Promise: the life cycle is Stripe's, money moves in the books in the same transaction as the status, and an intent
captures at most once. Touches the store.
"""

from __future__ import annotations

import hmac
from typing import Any

from offsets.money import exponents
from offsets.sandbox import disputes, session_notices, wallets
from offsets.sandbox.balances import book
from offsets.sandbox.cards import Card, find_card
from offsets.sandbox.errors import Answer, StripeRefusal, error_body, missing, unexpected_state
from offsets.sandbox.events import announce
from offsets.sandbox.form_fields import Params, flag, text, whole
from offsets.sandbox.store import Record, Store, new_id

CREATE = {
    "amount", "currency", "description", "metadata", "automatic_payment_methods", "allowed_payment_method_types",
    "payment_method_options", "payment_method", "confirm", "return_url", "receipt_email", "expand",
}  # fmt: skip
CONFIRM = {"payment_method", "payment_method_data", "payment_method_options", "return_url", "expand"}
CANCEL = {"cancellation_reason", "expand"}

# The least Stripe charges, in minor units (https://docs.stripe.com/currencies), where it is not 50.
_LEAST = {"gbp": 30, "hkd": 400, "dkk": 250, "sek": 300, "nok": 300, "pln": 200, "czk": 1500, "mxn": 1000, "huf": 17500}
_MOST = 99_999_999
OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")


def create(store: Store, params: Params, base_url: str) -> Record | Answer:
    """POST /v1/payment_intents."""
    amount, currency = whole(params, "amount", least=1), text(params, "currency")
    for name, value in (("amount", amount), ("currency", currency)):
        if value is None:
            raise StripeRefusal(f"Missing required param: {name}.", code="parameter_missing", param=name)
    if currency is None or currency.upper() not in exponents() or currency != currency.lower():
        raise StripeRefusal(f"Invalid currency: {currency}", param="currency")
    if amount is None or amount < _LEAST.get(currency, 50):
        raise StripeRefusal("Amount must be at least the minimum charge.", code="amount_too_small", param="amount")
    if amount > _MOST:
        raise StripeRefusal("Amount must be no more than 99999999.", code="amount_too_large", param="amount")
    intent_id = new_id("pi")
    intent = _new_intent(store, intent_id, amount, currency, params)
    announce(store, "payment_intent.created", store.put(intent))
    if flag(params, "confirm"):
        return confirm(store, {key: params[key] for key in CONFIRM if key in params}, base_url, intent_id)
    if "return_url" in params:
        raise StripeRefusal("return_url may only be given together with confirm=true.", param="return_url")
    return intent


def confirm(store: Store, params: Params, base_url: str, intent_id: str) -> Record | Answer:
    """POST /v1/payment_intents/{id}/confirm: charge the card, ask for its owner, or decline."""
    intent = get(store, intent_id)
    if intent["status"] not in OPEN:
        raise unexpected_state(intent, "confirm")
    return_url = text(params, "return_url")
    if (kind := wallets.kind_of(params)) is not None:
        return wallets.confirm(store, intent, kind, base_url, return_url)
    method = text(params, "payment_method") or intent["payment_method"]
    if method is None:
        raise StripeRefusal("You must provide a payment method.", code="parameter_missing", param="payment_method")
    card = find_card(method)
    if card is None:
        raise missing("PaymentMethod", method, "payment_method")
    wallets.refuse_unless_allowed(intent, "card")
    automatic = intent["automatic_payment_methods"] or {}
    if automatic.get("enabled") and automatic.get("allow_redirects") != "never" and return_url is None:
        raise StripeRefusal("A return_url is needed: some payment methods leave your page.", param="return_url")
    intent = {**intent, "payment_method": card.payment_method, "last_payment_error": None, "next_action": None}
    if card.authenticate:
        url = f"{base_url}/pay/{intent_id}/authenticate?client_secret={intent['client_secret']}"
        action = {"type": "redirect_to_url", "redirect_to_url": {"url": url, "return_url": return_url}}
        intent = store.put({**intent, "status": "requires_action", "next_action": action})
        announce(store, "payment_intent.requires_action", intent)
        return intent
    return _charge(store, intent, card)


def authenticate(store: Store, intent_id: str, *, passed: bool) -> Record | Answer:
    """The payer's bank or wallet has seen the payer, or was turned away."""
    intent = get(store, intent_id)
    if intent["status"] == "requires_action" and wallets.is_wallet(intent):
        return _pay_by_wallet(store, {**intent, "next_action": None}, passed=passed)
    card = find_card(intent["payment_method"] or "")
    if intent["status"] != "requires_action" or card is None:
        raise unexpected_state(intent, "authenticate")
    intent = {**intent, "next_action": None}
    if passed:
        return _charge(store, intent, card)
    message = "We are unable to authenticate your payment method. Please choose another and try again."
    return _fail(store, intent, card, message, "payment_intent_authentication_failure", None)


def cancel(store: Store, params: Params, base_url: str, intent_id: str) -> Record:
    """POST /v1/payment_intents/{id}/cancel."""
    del base_url
    intent = get(store, intent_id)
    if intent["status"] not in OPEN:
        raise unexpected_state(intent, "cancel")
    closed = {"status": "canceled", "canceled_at": store.now(), "next_action": None}
    reason = {"cancellation_reason": text(params, "cancellation_reason")}
    intent = store.put({**intent, **closed, **reason})
    announce(store, "payment_intent.canceled", intent)
    return intent


def settle(store: Store, intent_id: str, *, succeeded: bool) -> Record:
    """What became in the end of a payment whose way of paying takes its time."""
    intent = get(store, intent_id)
    if intent["status"] != "processing":
        raise unexpected_state(intent, "settle")
    done = _pay_by_wallet(store, intent, passed=succeeded)
    session_notices.note_settled(store, get(store, intent_id), succeeded=succeeded)
    return done.body if isinstance(done, Answer) else done


def get(store: Store, intent_id: str) -> Record:
    """One intent; refuses an unknown id."""
    intent = store.find("payment_intent", intent_id)
    if intent is None:
        raise missing("payment_intent", intent_id, "intent")
    return intent


def is_secret(intent: Record, secret: str) -> bool:
    """Whether the bearer of `secret` may see and confirm the intent."""
    return hmac.compare_digest(str(intent["client_secret"]).encode(), secret.encode())


def _new_intent(store: Store, intent_id: str, amount: int, currency: str, params: Params) -> Record:
    automatic = params.get("automatic_payment_methods")
    method = text(params, "payment_method")
    if method is not None and find_card(method) is None:
        raise missing("PaymentMethod", method, "payment_method")
    return {
        "id": intent_id,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_received": 0,
        "automatic_payment_methods": _automatic(automatic) if automatic else None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{intent_id}_secret_{new_id('x')[2:]}",
        "confirmation_method": "automatic",
        "created": store.now(),
        "currency": currency,
        "customer": None,
        "description": text(params, "description"),
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": read_metadata(params),
        "next_action": None,
        "payment_method": method,
        "payment_method_types": wallets.compatible(params.get("allowed_payment_method_types"), currency),
        "processing": None,
        "receipt_email": text(params, "receipt_email"),
        "status": "requires_confirmation" if method else "requires_payment_method",
    }


def _charge(store: Store, intent: Record, card: Card) -> Record | Answer:
    if card.outcome != "succeed":
        message = f"Your card was declined ({card.decline_code.replace('_', ' ')})."
        return _fail(store, intent, card, message, card.outcome, card.decline_code)
    charge = store.put(_new_charge(store, intent, _of_card(card), failure=None))
    intent = _received(store, intent, charge)
    if card.after == "dispute":
        disputes.open_dispute(store, charge, "fraudulent")
    return intent


def _pay_by_wallet(store: Store, intent: Record, *, passed: bool) -> Record | Answer:
    details = {"type": wallets.kind_in(intent), wallets.kind_in(intent): {}}
    if passed:
        charge = store.put(_new_charge(store, intent, details, failure=None))
        return _received(store, intent, charge)
    message = "The customer declined the payment in their wallet."
    return _refuse(store, intent, details, (message, "payment_method_customer_decline", None))


def _received(store: Store, intent: Record, charge: Record) -> Record:
    """The money is here: in the intent, in the books, in the notices and in the session it was paid on."""
    received = {"status": "succeeded", "amount_received": intent["amount"], "latest_charge": charge["id"]}
    intent = store.put({**intent, **received})
    book(store, "captured", charge["id"], intent["currency"], intent["amount"])
    announce(store, "charge.succeeded", charge)
    announce(store, "payment_intent.succeeded", intent)
    session_notices.note_paid(store, intent)
    return intent


def _fail(store: Store, intent: Record, card: Card, message: str, code: str, decline_code: str | None) -> Answer:
    return _refuse(store, intent, _of_card(card), (message, code, decline_code))


def _refuse(store: Store, intent: Record, details: Record, why: tuple[str, str, str | None]) -> Answer:
    message, code, decline_code = why
    charge = store.put(_new_charge(store, intent, details, failure=(code, message)))
    error = error_body(message, kind="card_error", code=code, decline_code=decline_code, charge=charge["id"])
    failure = {"last_payment_error": error["error"], "latest_charge": charge["id"]}
    intent = store.put({**intent, **failure, "status": "requires_payment_method", "payment_method": None})
    announce(store, "charge.failed", charge)
    announce(store, "payment_intent.payment_failed", intent)
    return Answer(402, {"error": {**error["error"], "payment_intent": intent}})


def _of_card(card: Card) -> Record:
    return {"type": "card", "card": {"brand": card.brand, "last4": card.number[-4:]}, "method": card.payment_method}


def _new_charge(store: Store, intent: Record, details: Record, failure: tuple[str, str] | None) -> Record:
    code, message = failure or (None, None)
    captured = 0 if failure else intent["amount"]
    return {
        "id": new_id("ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": captured,
        "amount_refunded": 0,
        "captured": captured > 0,
        "created": store.now(),
        "currency": intent["currency"],
        "description": intent["description"],
        "disputed": False,
        "failure_code": code,
        "failure_message": message,
        "livemode": False,
        "metadata": intent["metadata"],
        "paid": captured > 0,
        "payment_intent": intent["id"],
        "payment_method": details.get("method") or intent["payment_method"],
        "payment_method_details": {name: value for name, value in details.items() if name != "method"},
        "refunded": False,
        "status": "succeeded" if captured else "failed",
    }


def _automatic(given: Any) -> Record:
    if not isinstance(given, dict):
        raise StripeRefusal("Invalid hash", param="automatic_payment_methods")
    redirects = text(given, "allow_redirects")
    return {"enabled": flag(given, "enabled"), **({"allow_redirects": redirects} if redirects else {})}


def read_metadata(params: Params) -> dict[str, str]:
    """The metadata of a request, within Stripe's bounds."""
    given = params.get("metadata") or {}
    fits = isinstance(given, dict) and len(given) <= 50
    if not fits or any(len(key) > 40 or not isinstance(value, str) or len(value) > 500 for key, value in given.items()):
        raise StripeRefusal("Metadata holds up to 50 keys of 40 characters with values of 500.", param="metadata")
    return dict(given)
