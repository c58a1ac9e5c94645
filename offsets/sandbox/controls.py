"""What a test bench needs and Stripe does not have: the books, and the power over notices, faults, banks and time.

Promise: every route lies under `/_sandbox/` and takes a test key, so that no page in a browser can reach it. Touches
the store, the courier and the faults.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from offsets.sandbox import disputes, refunds
from offsets.sandbox.balances import read_books
from offsets.sandbox.dispatch import Desk
from offsets.sandbox.errors import StripeRefusal
from offsets.sandbox.faults import Fault, FaultKind, Faults
from offsets.sandbox.lookup import retrieve
from offsets.sandbox.store import Store
from offsets.sandbox.webhook_sender import Courier, Mode


def controls(store: Store, courier: Courier, faults: Faults, desk: Desk) -> Blueprint:
    """The routes under `/_sandbox/`; bodies are JSON."""
    bench = Blueprint("controls", __name__, url_prefix="/_sandbox")
    bench.before_request(desk.authorise)

    @bench.errorhandler(StripeRefusal)
    def refused(refusal: StripeRefusal) -> tuple[Response, int]:
        return jsonify(refusal.body), refusal.status

    @bench.errorhandler(ValueError)
    @bench.errorhandler(KeyError)
    def unreadable(error: Exception) -> tuple[Response, int]:
        return jsonify({"error": {"message": str(error)}}), 400

    @bench.get("/books")
    def books() -> Response:
        """Captured, refunded and disputed per currency, and every posting behind them."""
        with store.transaction():
            return jsonify({"totals": read_books(store), "postings": list(store.postings())})

    @bench.get("/notices")
    def notices() -> Response:
        """Every event with whether it was acknowledged, oldest first, and which are held back."""
        with store.transaction():
            events = [
                {"id": event["id"], "type": event["type"], "told": not event["pending_webhooks"]}
                for event in store.list("event")
            ]
        return jsonify({"events": events[::-1], "held": courier.held()})

    @bench.put("/notices")
    def configure() -> Response:
        """`{"url", "mode": "deliver"|"hold"|"drop", "delay_s"}`: where notices go, and how."""
        body = _body()
        courier.configure(
            url=body.get("url"),
            mode=Mode(body.get("mode", "deliver")),
            delay_s=float(body.get("delay_s", 0)),
        )
        return jsonify({"held": courier.held()})

    @bench.post("/notices/release")
    def release() -> Response:
        """`{"order": [event ids]}`: tell held notices in this order (all of them, oldest first, without it)."""
        order = _body().get("order", courier.held())
        return jsonify({"told": courier.release(order)})

    @bench.post("/notices/<event_id>/repeat")
    def repeat(event_id: str) -> Response:
        """`{"times": n}`: tell one event n times at once."""
        return jsonify({"statuses": courier.repeat(event_id, int(_body().get("times", 1)))})

    @bench.post("/faults")
    def order_fault() -> Response:
        """`{"kind", "method", "path", "seconds", "times"}`: what goes wrong with the next matching requests."""
        body = _body()
        fault = Fault(FaultKind(body["kind"]), body.get("method", "POST"), body["path"], float(body.get("seconds", 0)))
        faults.order(fault, int(body.get("times", 1)))
        return jsonify({})

    @bench.delete("/faults")
    def clear_faults() -> Response:
        """No more of them."""
        faults.clear()
        return jsonify({})

    @bench.post("/disputes")
    def dispute() -> Response:
        """`{"payment_intent", "reason"}`: the payer's bank asks for the money."""
        body = _body()
        with store.transaction():
            intent = retrieve(store, "payment_intent", body["payment_intent"])
            charge = retrieve(store, "charge", intent["latest_charge"] or "")
            opened = disputes.open_dispute(store, charge, body.get("reason", "fraudulent"))
        courier.look()
        return jsonify(opened)

    @bench.post("/disputes/<dispute_id>/close")
    def close_dispute(dispute_id: str) -> Response:
        """`{"won": true|false}`: the bank decides."""
        with store.transaction():
            closed = disputes.close_dispute(store, dispute_id, won=bool(_body()["won"]))
        courier.look()
        return jsonify(closed)

    @bench.post("/refunds/<refund_id>/settle")
    def settle(refund_id: str) -> Response:
        """`{"succeeded": true|false}`: what the bank made of a refund in the end."""
        with store.transaction():
            settled = refunds.settle(store, refund_id, succeeded=bool(_body()["succeeded"]))
        courier.look()
        return jsonify(settled)

    return bench


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    return body if isinstance(body, dict) else {}
