"""The address the payment provider sends its notices to: open to anyone, only signed notices are read."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import request

from backend.checkout import flow
from backend.checkout.api.blueprint import edge
from backend.platform.core.actor import Actor
from backend.platform.core.roles import ANYONE


class NoticeReceived(ma.Schema):
    """The notice need not be sent again."""

    status = ma.fields.String(required=True)


@edge.post("/webhooks/stripe", answer=NoticeReceived, transaction=False, who=ANYONE)
def receive_notice(actor: Actor) -> Any:
    """A notice of the payment provider. Nothing it says is believed: the payment is fetched."""
    flow.receive_notice(request.get_data(cache=True), request.headers.get("Stripe-Signature", ""))
    return {"status": "heard"}
