"""Refusals in Stripe's own form: the body the SDK turns into its exceptions.

Promise: every refusal has Stripe's type, code and HTTP status. Touches nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer whose effects stand, a declined card included."""

    status: int
    body: Body


class StripeRefusal(Exception):
    """A request that changes nothing. `remembered` tells whether its idempotency key is used up, as with Stripe."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        remembered: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.remembered = remembered
        self.body = error_body(message, kind=kind, code=code, param=param)


def error_body(
    message: str,
    *,
    kind: str,
    code: str | None = None,
    param: str | None = None,
    decline_code: str | None = None,
    charge: str | None = None,
) -> Body:
    """`{"error": {...}}` without the keys that say nothing."""
    fields = {"type": kind, "code": code, "param": param, "message": message}
    fields |= {"decline_code": decline_code, "charge": charge}
    return {"error": {name: value for name, value in fields.items() if value is not None}}


def missing(kind: str, object_id: str, param: str = "id") -> StripeRefusal:
    """No such object."""
    return StripeRefusal(f"No such {kind}: '{object_id}'", status=404, code="resource_missing", param=param)


def unexpected_state(intent: Body, verb: str) -> StripeRefusal:
    """An intent that is past what is asked of it; Stripe remembers this answer under the key."""
    refusal = StripeRefusal(
        f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}.",
        code="payment_intent_unexpected_state",
        remembered=True,
    )
    refusal.body["error"]["payment_intent"] = intent
    return refusal
