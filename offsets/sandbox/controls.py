"""What a test needs and Stripe does not have: the books, and the power over notices, faults, banks and time.

Promise: every route lies under `/_sandbox/` and takes a test key, so that no page in a browser can reach it. Touches
the store, the sender and the faults.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from offsets.sandbox import disputes, intents, refunds, session_notices
from offsets.sandbox.balances import read_books
from offsets.sandbox.dispatch import Dispatcher
from offsets.sandbox.errors import Answer, StripeRefusal
from offsets.sandbox.faults import Fault, FaultKind, Faults
from offsets.sandbox.lookup import retrieve
from offsets.sandbox.sessions import open_intent
from offsets.sandbox.store import Record, Store
from offsets.sandbox.webhook_sender import Mode, NoticeSender


def controls(store: Store, sender: NoticeSender, faults: Faults, dispatcher: Dispatcher) -> Blueprint:
    """The routes under `/_sandbox/`; bodies are JSON."""
    blueprint = Blueprint("controls", __name__, url_prefix="/_sandbox")
    blueprint.before_request(dispatcher.authorise)

    @blueprint.errorhandler(StripeRefusal)
    def refused(refusal: StripeRefusal) -> tuple[Response, int]:
        return jsonify(refusal.body), refusal.status

    @blueprint.errorhandler(ValueError)
    @blueprint.errorhandler(KeyError)
    def unreadable(error: Exception) -> tuple[Response, int]:
        return jsonify({"error": {"message": str(error)}}), 400

    @blueprint.get("/books")
    def books() -> Response:
        """Captured, refunded and disputed per currency, and every posting behind them."""
        with store.transaction():
            return jsonify({"totals": read_books(store), "postings": list(store.postings())})

    @blueprint.get("/notices")
    def notices() -> Response:
        """Every event with whether it was acknowledged, oldest first, and which are held back."""
        with store.transaction():
            events = [
                {"id": event["id"], "type": event["type"], "told": not event["pending_webhooks"]}
                for event in store.list("event")
            ]
        return jsonify({"events": events[::-1], "held": sender.held()})

    @blueprint.put("/notices")
    def configure() -> Response:
        """`{"url", "mode": "deliver"|"hold"|"drop", "delay_s"}`: where notices go, and how."""
        body = _body()
        sender.configure(
            url=body.get("url"),
            mode=Mode(body.get("mode", "deliver")),
            delay_s=float(body.get("delay_s", 0)),
        )
        return jsonify({"held": sender.held()})

    @blueprint.post("/notices/release")
    def release() -> Response:
        """`{"order": [event ids]}`: tell held notices in this order (all of them, oldest first, without it)."""
        order = _body().get("order", sender.held())
        return jsonify({"told": sender.release(order)})

    @blueprint.post("/notices/<event_id>/repeat")
    def repeat(event_id: str) -> Response:
        """`{"times": n}`: tell one event n times at once."""
        return jsonify({"statuses": sender.repeat(event_id, int(_body().get("times", 1)))})

    @blueprint.post("/faults")
    def order_fault() -> Response:
        """`{"kind", "method", "path", "seconds", "times"}`: what goes wrong with the next matching requests."""
        body = _body()
        fault = Fault(FaultKind(body["kind"]), body.get("method", "POST"), body["path"], float(body.get("seconds", 0)))
        faults.order(fault, int(body.get("times", 1)))
        return jsonify({})

    @blueprint.delete("/faults")
    def clear_faults() -> Response:
        """No more of them."""
        faults.clear()
        return jsonify({})

    @blueprint.delete("/keys")
    def forget_keys() -> Response:
        """A day has passed: what is asked under a key from before is asked anew."""
        with store.transaction():
            store.forget_answers()
        return jsonify({})

    @blueprint.post("/disputes")
    def dispute() -> Response:
        """`{"payment_intent", "reason"}`: the payer's bank asks for the money."""
        body = _body()
        with store.transaction():
            intent = retrieve(store, "payment_intent", body["payment_intent"])
            charge = retrieve(store, "charge", intent["latest_charge"] or "")
            opened = disputes.open_dispute(store, charge, body.get("reason", "fraudulent"))
        sender.wake()
        return jsonify(opened)

    @blueprint.post("/disputes/<dispute_id>/close")
    def close_dispute(dispute_id: str) -> Response:
        """`{"won": true|false}`: the bank decides."""
        with store.transaction():
            closed = disputes.close_dispute(store, dispute_id, won=bool(_body()["won"]))
        sender.wake()
        return jsonify(closed)

    @blueprint.post("/sessions/<session_id>/pay")
    def pay_session(session_id: str) -> Response:
        """`{"method", "delayed"}`: the payer pays on the page, at once or by a way that takes its time."""
        body = _body()
        with store.transaction():
            shown = pay_on(store, session_id, str(body.get("method", "card")), delayed=bool(body.get("delayed")))
        sender.wake()
        return jsonify(shown)

    @blueprint.post("/payment_intents/<intent_id>/settle")
    def settle_payment(intent_id: str) -> Response:
        """`{"succeeded": true|false}`: what became of a payment that takes its time."""
        with store.transaction():
            settled = intents.settle(store, intent_id, succeeded=bool(_body()["succeeded"]))
        sender.wake()
        return jsonify(settled)

    @blueprint.post("/payment_intents/<intent_id>/authorise")
    def authorise_payment(intent_id: str) -> Response:
        """`{"method", "passed"}`: the payer goes to a wallet and says yes or no there."""
        body = _body()
        with store.transaction():
            way = {"payment_method_data": {"type": body["method"]}, "return_url": "https://app.example/back"}
            intents.confirm(store, way, request.host_url.rstrip("/"), intent_id)
            done = intents.authenticate(store, intent_id, passed=bool(body.get("passed", True)))
        sender.wake()
        return jsonify(done.body if isinstance(done, Answer) else done)

    @blueprint.post("/refunds/<refund_id>/settle")
    def settle(refund_id: str) -> Response:
        """`{"succeeded": true|false}`: what the bank made of a refund in the end."""
        with store.transaction():
            settled = refunds.settle(store, refund_id, succeeded=bool(_body()["succeeded"]))
        sender.wake()
        return jsonify(settled)

    return blueprint


def pay_on(store: Store, session_id: str, method: str, *, delayed: bool) -> Record:
    """Pay the session as a payer would; the session as it stands then."""
    intent = open_intent(store, session_id)
    if intent is None:
        raise StripeRefusal("This session is over.", param="session")
    if delayed:
        kind = f"pm_{method}_{intent['id'].removeprefix('pi_')}"
        intent = store.put({**intent, "status": "processing", "payment_method": kind})
        session_notices.note_started(store, intent)
    elif method == "card":
        intents.confirm(store, {"payment_method": "pm_card_visa"}, "", intent["id"])
    else:
        way = {"payment_method_data": {"type": method}, "return_url": "https://app.example/back"}
        intents.confirm(store, way, "", intent["id"])
        intents.authenticate(store, intent["id"], passed=True)
    return retrieve(store, session_notices.KIND, session_id)


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    return body if isinstance(body, dict) else {}
