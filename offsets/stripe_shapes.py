"""Stripe's shapes read into the port's words: marks, pages, notices, and where the payer goes next.

Promise: pure; what is no such shape is refused or none, and nothing of it is believed beyond what it names. The SDK's
objects and plain JSON read alike. Touches nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeGuard

from offsets.gateway import Mark, Notice, NoticeRefused, PageFacts, PageStatus

# The name of our mark in the provider's metadata: no other product on the same account uses it.
_OUR_ORDER = "carbon_account_order"
OUR_REFUND = "carbon_account_refund"
_IDENTIFIER = re.compile(r"[!-~]{1,120}")

_PAGE_STATUS = {"open": PageStatus.OPEN, "complete": PageStatus.COMPLETE, "expired": PageStatus.EXPIRED}
# Where the payer goes, by the kind of the next step (https://docs.stripe.com/api/payment_intents/object#next_action).
_NEXT_URL = {
    "redirect_to_url": "url",
    "alipay_handle_redirect": "url",
    "wechat_pay_display_qr_code": "hosted_instructions_url",
}


def write_mark(mark: Mark) -> dict[str, str]:
    """Our mark as the provider's metadata."""
    return {_OUR_ORDER: mark.order_id, "user_id": mark.user_id, "order_id": mark.order_id}


def read_mark(metadata: Any) -> Mark | None:
    """Our mark; none on what another product of the same account has made, whatever its orders and users are called."""
    data = plain(metadata)
    user_id, order_id = data.get("user_id"), data.get(_OUR_ORDER)
    return Mark(user_id, order_id) if _is_identifier(user_id) and _is_identifier(order_id) else None


def bears(metadata: Any, mark: Mark) -> bool:
    """Whether a payment is the one of `mark`, also when it was made before our mark had a name of its own."""
    data = plain(metadata)
    return data.get("user_id") == mark.user_id and mark.order_id in (data.get(_OUR_ORDER), data.get("order_id"))


def plain(metadata: Any) -> dict[str, Any]:
    """Metadata as a dictionary; empty for anything else."""
    data = metadata.to_dict() if hasattr(metadata, "to_dict") else metadata
    return data if isinstance(data, dict) else {}


def _is_identifier(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and _IDENTIFIER.fullmatch(value) is not None


def _identifier(value: object) -> str:
    """An id or a kind as the provider writes one; anything else has no place in our books."""
    if not _is_identifier(value):
        raise ValueError("an identifier of up to 120 plain characters")
    return value


def read_event_notice(event: Mapping[str, Any]) -> Notice:
    """The notice that an event is; raises NoticeRefused for one without what an event has."""
    try:
        about = event["data"]["object"]
        payment_id = about["id"] if about["object"] == "payment_intent" else about.get("payment_intent")
        return Notice(
            notice_id=_identifier(event["id"]),
            kind=_identifier(event["type"]),
            payment_id=_identifier(payment_id) if isinstance(payment_id, str) else None,
            mark=read_mark(about.get("metadata")),
            created_at=datetime.fromtimestamp(int(event["created"]), UTC),
        )
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError, OSError) as error:
        raise NoticeRefused(f"an event without what one has: {type(error).__name__}") from None


def read_signed_at(signature: str) -> str:
    """The instant in the header of a signature, as written there."""
    return next(part[2:] for part in signature.split(",") if part.startswith("t="))


def read_page(session: Any) -> PageFacts:
    """A Checkout Session of the SDK as a page to pay on."""
    payment = session.payment_intent
    return PageFacts(
        page_id=session.id,
        mark=read_mark(session.metadata),
        status=_PAGE_STATUS.get(session.status or "open", PageStatus.OPEN),
        payment_id=payment if isinstance(payment, str) or payment is None else payment.id,
        url=given(session, "url"),
        expires_at=datetime.fromtimestamp(session.expires_at, UTC),
    )


def find_next_url(action: Any) -> str | None:
    """Where the payer's next step is: the bank's page, or the wallet's."""
    kind = given(action, "type")
    url = given(given(action, kind), _NEXT_URL[kind]) if kind in _NEXT_URL else None
    return url if isinstance(url, str) else None


def given(thing: Any, name: str) -> Any:
    """A field that Stripe leaves out when there is nothing to say, whatever the SDK's types promise."""
    return getattr(thing, name, None)
