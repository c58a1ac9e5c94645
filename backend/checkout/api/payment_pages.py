"""Paying on a page of the provider's: opened for an order, left again for the app."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import render_template

from backend.checkout import flow
from backend.checkout.api.blueprint import ORDERS, edge
from backend.checkout.domain import PageWish
from backend.checkout.schemas import OrderOut, PaymentPageIn, ReturnQuery
from backend.platform.core import i18n
from backend.platform.core.actor import Actor
from backend.platform.core.i18n import Language
from backend.platform.core.roles import ANYONE
from backend.platform.web.representations import offer

SAY = partial(i18n.text, "payment_return")
# pages of this edge are styled like the others
offer(edge, {})


@edge.post("/orders/<order_id>/payment-page", body=PaymentPageIn, answer=OrderOut, steps=True, limits=(ORDERS,))
def open_payment_page(actor: Actor, order_id: str, body: dict[str, Any], language: Language) -> Any:
    """A page of the provider's to pay the order on, at `payment.page_url`, as long as the credits are set aside

    It takes the place of the payment sheet, whose `client_secret` is void from then on, so that nobody pays twice.
    """
    wish = PageWish(app_link=body["app_link"], language=language.key)
    return flow.open_page(actor.user_id, order_id, wish, language)


@edge.get("/payments/return", query=ReturnQuery, media="text/html; charset=utf-8", transaction=False, who=ANYONE)
def return_from_payment(actor: Actor, query: dict[str, Any], language: Language) -> Any:
    """Where the provider's page leads back to: on to the app, by one of its own links

    Whether the order is paid is said by the order, not by how somebody came here.
    """
    link = flow.find_way_back(query["to"], query["order"], query["result"])
    return render_template("payment_return.html", language=language, link=link, result=query["result"], say=SAY)
