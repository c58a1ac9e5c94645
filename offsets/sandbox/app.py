"""The sandbox as one WSGI application: Stripe's API, a page to pay on, and the controls of a test.

Promise: every route is in one of these three tables. Touches the store through them.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Flask

from offsets.sandbox import intents, refunds, sessions
from offsets.sandbox.controls import controls
from offsets.sandbox.dispatch import Dispatcher, Operation
from offsets.sandbox.errors import Body
from offsets.sandbox.faults import Faults
from offsets.sandbox.form_fields import Params
from offsets.sandbox.lookup import PAGE, PAGE_OF_PAYMENT, page, retrieve
from offsets.sandbox.pages import pages
from offsets.sandbox.store import Store
from offsets.sandbox.webhook_sender import NoticeSender


def create_app(store: Store, sender: NoticeSender) -> Flask:
    """The application around one memory and one sender."""
    app = Flask("offsets.sandbox", root_path=__file__.rpartition("/")[0])
    app.config["MAX_CONTENT_LENGTH"] = 256 * 1024
    faults = Faults()
    dispatcher = Dispatcher(store, sender, faults)
    for operation in OPERATIONS:
        name = f"{operation.method} {operation.rule}"
        app.add_url_rule(operation.rule, name, partial(dispatcher.serve, operation), methods=[operation.method])
    app.register_blueprint(controls(store, sender, faults, dispatcher))
    app.register_blueprint(pages(store, sender))
    return app


def _one(kind: str) -> Any:
    def run(store: Store, _params: Params, _base_url: str, object_id: str) -> Body:
        return retrieve(store, kind, object_id)

    return run


def _all(kind: str, url: str) -> Any:
    def run(store: Store, params: Params, _base_url: str) -> Body:
        return page(store, kind, params, url)

    return run


def _session(store: Store, _params: Params, _base_url: str, session_id: str) -> Body:
    return sessions.retrieve(store, session_id)


_EXPAND = frozenset({"expand"})
OPERATIONS = (
    Operation("POST", "/v1/payment_intents", "PaymentIntentCreateParams", frozenset(intents.CREATE), intents.create),
    Operation(
        "GET",
        "/v1/payment_intents",
        "PaymentIntentListParams",
        frozenset(PAGE),
        _all("payment_intent", "/v1/payment_intents"),
    ),
    Operation("GET", "/v1/payment_intents/<id>", "PaymentIntentRetrieveParams", _EXPAND, _one("payment_intent")),
    Operation(
        "POST",
        "/v1/payment_intents/<id>/confirm",
        "PaymentIntentConfirmParams",
        frozenset(intents.CONFIRM),
        intents.confirm,
    ),
    Operation(
        "POST",
        "/v1/payment_intents/<id>/cancel",
        "PaymentIntentCancelParams",
        frozenset(intents.CANCEL),
        intents.cancel,
    ),
    Operation(
        "POST", "/v1/checkout/sessions", "checkout.SessionCreateParams", frozenset(sessions.CREATE), sessions.create
    ),
    Operation("GET", "/v1/checkout/sessions/<id>", "checkout.SessionRetrieveParams", _EXPAND, _session),
    Operation(
        "POST",
        "/v1/checkout/sessions/<id>/expire",
        "checkout.SessionExpireParams",
        frozenset(sessions.EXPIRE),
        sessions.expire,
    ),
    Operation("GET", "/v1/charges/<id>", "ChargeRetrieveParams", _EXPAND, _one("charge")),
    Operation("POST", "/v1/refunds", "RefundCreateParams", frozenset(refunds.CREATE), refunds.create),
    Operation("GET", "/v1/refunds", "RefundListParams", frozenset(PAGE_OF_PAYMENT), _all("refund", "/v1/refunds")),
    Operation("GET", "/v1/refunds/<id>", "RefundRetrieveParams", _EXPAND, _one("refund")),
    Operation("GET", "/v1/disputes", "DisputeListParams", frozenset(PAGE_OF_PAYMENT), _all("dispute", "/v1/disputes")),
    Operation("GET", "/v1/disputes/<id>", "DisputeRetrieveParams", _EXPAND, _one("dispute")),
    Operation("GET", "/v1/events", "EventListParams", frozenset(PAGE), _all("event", "/v1/events")),
    Operation("GET", "/v1/events/<id>", "EventRetrieveParams", _EXPAND, _one("event")),
)
