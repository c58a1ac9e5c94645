"""Alipay and WeChat Pay: the payer is sent away, says yes or no there, and comes back.

Promise: the shapes of the next step are Stripe's own for each wallet; a way of paying that the intent does not allow,
or that does not take its currency, is refused as Stripe refuses it. Touches the store.
"""

from __future__ import annotations

from typing import Any

from offsets.payment_methods import WALLETS, methods_for
from offsets.sandbox.errors import StripeRefusal
from offsets.sandbox.events import announce
from offsets.sandbox.form_fields import Params, text
from offsets.sandbox.store import Record, Store

# What the wallets of a payment method are called: `pm_alipay_…`.
_PREFIX = "pm_"


def kind_of(params: Params) -> str | None:
    """The wallet that a confirmation names in `payment_method_data[type]`; None for a card."""
    given = params.get("payment_method_data") or {}
    kind = text(given, "type") if isinstance(given, dict) else None
    if kind is not None and kind not in WALLETS:
        raise StripeRefusal(f"This sandbox does not simulate {kind}.", param="payment_method_data[type]")
    return kind


def kind_in(intent: Record) -> str:
    """The wallet an intent is being paid by."""
    return str(intent["payment_method"]).removeprefix(_PREFIX).rpartition("_")[0]


def is_wallet(intent: Record) -> bool:
    """Whether an intent is being paid by a wallet."""
    return kind_in(intent) in WALLETS


def compatible(allowed: Any, currency: str) -> list[str]:
    """The ways of paying of an intent: those allowed, or all, that take its currency."""
    possible = [method.value for method in methods_for(currency.upper())]
    chosen = possible if not allowed else [method for method in possible if method in allowed]
    if not chosen:
        raise StripeRefusal(f"None of these takes {currency}.", param="allowed_payment_method_types")
    return chosen


def refuse_unless_allowed(intent: Record, kind: str) -> None:
    """Refuse a way of paying that an intent is not open to."""
    if kind not in intent["payment_method_types"]:
        message = f"The PaymentMethod type {kind} is not allowed for this PaymentIntent."
        raise StripeRefusal(message, code="payment_intent_incompatible_payment_method", param="payment_method")


def confirm(store: Store, intent: Record, kind: str, base_url: str, return_url: str | None) -> Record:
    """Send the payer to the wallet."""
    refuse_unless_allowed(intent, kind)
    if return_url is None:
        raise StripeRefusal("A return_url is needed: this payment method leaves your page.", param="return_url")
    url = f"{base_url}/pay/{intent['id']}/authenticate?client_secret={intent['client_secret']}"
    sent = {
        "status": "requires_action",
        "payment_method": f"{_PREFIX}{kind}_{intent['id'].removeprefix('pi_')}",
        "last_payment_error": None,
        "next_action": _next_action(kind, url, return_url),
    }
    intent = store.put({**intent, **sent})
    announce(store, "payment_intent.requires_action", intent)
    return intent


def _next_action(kind: str, url: str, return_url: str) -> Record:
    if kind == "alipay":
        inner = {"native_data": None, "native_url": None, "return_url": return_url, "url": url}
        return {"type": "alipay_handle_redirect", "alipay_handle_redirect": inner}
    inner = {"data": url, "hosted_instructions_url": url, "image_data_url": None, "image_url_png": None}
    return {"type": "wechat_pay_display_qr_code", "wechat_pay_display_qr_code": {**inner, "return_url": return_url}}
