"""The payment provider's doorbell: anyone may ring it, only signed notices are heard."""

from __future__ import annotations

import marshmallow as ma
from flask import request

from backend.checkout import flow
from backend.checkout.api.blueprint import edge
from backend.platform.web.auth import ANYONE


class Heard(ma.Schema):
    """The notice need not be sent again."""

    status = ma.fields.String(required=True)


@edge.post("/webhooks/stripe", answer=Heard, transaction=False, who=ANYONE)
def hear_notice(actor):
    """A notice of the payment provider. Nothing it says is believed: the truth is looked up."""
    flow.hear(request.get_data(cache=True), request.headers.get("Stripe-Signature", ""))
    return {"status": "heard"}
