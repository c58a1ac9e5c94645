"""The page on which a newcomer pays with a test card, and the bank's page that asks whether it is really them.

Promise: whoever has the intent's client secret may pay it, nobody else; works without scripts, in English and Chinese.
Touches the store through the same verbs as the API.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from offsets.money import Money
from offsets.payment_methods import WALLETS
from offsets.sandbox import intents, session_notices, sessions, wallets
from offsets.sandbox.cards import find_card, is_card_number, list_cards
from offsets.sandbox.errors import StripeRefusal
from offsets.sandbox.store import Record, Store
from offsets.sandbox.webhook_sender import NoticeSender

_WORDS = Path(__file__).parent / "words.toml"
_EXPIRY = re.compile(r"(0[1-9]|1[0-2])\s*/?\s*(\d\d)", re.ASCII)
_CVC = re.compile(r"\d{3,4}", re.ASCII)
FIRST_CARD = "4242424242424242"


def pages(store: Store, sender: NoticeSender) -> Blueprint:
    """The routes under `/pay/`."""
    book = Blueprint("pages", __name__)

    @book.get("/pay/<intent_id>")
    def pay_page(intent_id: str) -> BaseResponse:
        """The form, or what became of the payment."""
        intent = _find(store, intent_id, request.args)
        if intent is None:
            return _notice("unknown", None, 404)
        if intent["status"] == "requires_action":
            return redirect(_address("pages.authenticate_page", intent))
        # whoever has picked another card has read what was wrong with the last one
        error = None if "card" in request.args else intent["last_payment_error"]
        return _form(intent, problem=(error.get("decline_code") or error["code"]) if error else None)

    @book.get("/c/pay/<session_id>")
    def session_page(session_id: str) -> BaseResponse:
        """The page of a Checkout Session: its intent is paid on the page below, and the payer goes where it says."""
        with store.transaction():
            session = store.find(session_notices.KIND, session_id)
            intent = sessions.open_intent(store, session_id) if session else None
        sender.wake()
        if session is None:
            return _notice("unknown", None, 404)
        if intent is None:
            return _notice("closed", None)
        language = "zh" if session["locale"] == "zh" else "en"
        carried = {"client_secret": intent["client_secret"], "lang": language, "return_url": session["success_url"]}
        return redirect(url_for("pages.pay_page", intent_id=intent["id"], cancel_url=session["cancel_url"], **carried))

    @book.post("/pay/<intent_id>/wallet")
    def go_to_wallet(intent_id: str) -> BaseResponse:
        """Send the payer to the wallet they chose."""
        intent = _find(store, intent_id, request.form)
        if intent is None:
            return _notice("unknown", None, 404)
        way = {
            "payment_method_data": {"type": request.form.get("method", "")},
            "return_url": _return_url() or request.base_url.removesuffix("/wallet"),
        }
        try:
            with store.transaction():
                intents.confirm(store, way, request.host_url.rstrip("/"), intent_id)
        except StripeRefusal:
            pass  # paid or closed meanwhile: the next page says so
        sender.wake()
        return _onwards(store, intent_id)

    @book.post("/pay/<intent_id>")
    def pay(intent_id: str) -> BaseResponse:
        """Confirm with the card that was typed."""
        intent = _find(store, intent_id, request.form)
        if intent is None:
            return _notice("unknown", None, 404)
        if problem := _typing_mistake(request.form):
            return _form(intent, problem=problem)
        card = find_card(request.form["number"])
        method = {
            "payment_method": card.payment_method if card else "",
            "return_url": _return_url() or request.base_url,
        }
        try:
            with store.transaction():
                intents.confirm(store, method, request.host_url.rstrip("/"), intent_id)
        except StripeRefusal:
            pass  # paid or closed meanwhile: the next page says so
        sender.wake()
        return _onwards(store, intent_id)

    @book.get("/pay/<intent_id>/authenticate")
    def authenticate_page(intent_id: str) -> BaseResponse:
        """The bank's question."""
        intent = _find(store, intent_id, request.args)
        if intent is None:
            return _notice("unknown", None, 404)
        if intent["status"] != "requires_action":
            return redirect(_address("pages.pay_page", intent))
        kind = wallets.kind_in(intent) if wallets.is_wallet(intent) else "challenge"
        return _page("challenge.html", intent, kind=kind)

    @book.post("/pay/<intent_id>/authenticate")
    def authenticate(intent_id: str) -> BaseResponse:
        """The payer's answer."""
        intent = _find(store, intent_id, request.form)
        if intent is None:
            return _notice("unknown", None, 404)
        action = intent["next_action"] or {}
        back = (action.get(action.get("type")) or {}).get("return_url")
        try:
            with store.transaction():
                intents.authenticate(store, intent_id, passed=request.form.get("answer") == "complete")
        except StripeRefusal:
            pass  # answered twice: the first answer counts
        sender.wake()
        return _onwards(store, intent_id, back)

    return book


def _onwards(store: Store, intent_id: str, back: str | None = None) -> BaseResponse:
    """Where the payer goes after an attempt: to the bank, back to the shop, or to the form again."""
    with store.transaction():
        intent = intents.get(store, intent_id)
    if intent["status"] == "requires_action":
        return redirect(_address("pages.authenticate_page", intent), 303)
    target = _return_url() or (back if back and not back.startswith(request.host_url) else None)
    if intent["status"] == "succeeded" and target and request.values.get("cancel_url"):
        return redirect(target, 303)  # from a session's page to its success_url, to which Stripe adds nothing
    if intent["status"] == "succeeded" and target:
        told = {
            "payment_intent": intent_id,
            "payment_intent_client_secret": intent["client_secret"],
            "redirect_status": "succeeded",
        }
        return redirect(f"{target}{'&' if '?' in target else '?'}{urlencode(told)}", 303)
    return redirect(_address("pages.pay_page", intent), 303)


def _form(intent: Record, problem: str | None) -> BaseResponse:
    if intent["status"] == "succeeded":
        return _notice("done", intent)
    if intent["status"] == "canceled":
        return _notice("closed", intent)
    words = _words()[_language()]
    chosen = request.values.get("number") or request.values.get("card") or FIRST_CARD
    card = find_card(chosen)
    offered = [
        (each, _card_hint(each.outcome, each.authenticate), _address("pages.pay_page", intent, card=each.number))
        for each in list_cards()
        if each.shown
    ]
    return _page(
        "pay.html",
        intent,
        number=card.spaced if card else chosen,
        takes_cards="card" in intent["payment_method_types"],
        wallets=[method for method in intent["payment_method_types"] if method in WALLETS],
        offered=offered,
        problem=words.get(problem, words["card_declined"]) if problem else None,
    )


def _card_hint(outcome: str, authenticate: bool) -> str:
    if authenticate:
        return "card_authenticates"
    return "card_succeeds" if outcome == "succeed" else "card_declines"


def _typing_mistake(form: Mapping[str, str]) -> str | None:
    number = form.get("number", "")
    if not is_card_number(number):
        return "incorrect_number"
    if find_card(number) is None:
        return "not_a_test_card"
    expiry, today = _EXPIRY.fullmatch(form.get("expiry", "").strip()), datetime.now(UTC)
    if expiry is None or (2000 + int(expiry[2]), int(expiry[1])) < (today.year, today.month):
        return "invalid_expiry"
    return None if _CVC.fullmatch(form.get("cvc", "").strip()) else "invalid_cvc"


def _find(store: Store, intent_id: str, given: Mapping[str, str]) -> Record | None:
    with store.transaction():
        intent = store.find("payment_intent", intent_id)
    if intent is None or not intents.is_secret(intent, given.get("client_secret", "")):
        return None
    return intent


def _notice(kind: str, intent: Record | None, status: int = 200) -> BaseResponse:
    return _page("notice.html", intent, status=status, kind=kind)


def _page(template: str, intent: Record | None, *, status: int = 200, **facts: Any) -> BaseResponse:
    language = _language()
    other = "en" if language == "zh" else "zh"
    amount = Money(intent["amount"], intent["currency"].upper()).format(language) if intent else ""
    endpoint = request.endpoint if request.method == "GET" else "pages.pay_page"
    html = render_template(
        template,
        words=_words()[language],
        language=language,
        intent=intent,
        amount=amount,
        return_url=_return_url() or "",
        cancel_url=_url("cancel_url") or "",
        other_address=_address(str(endpoint), intent, lang=other) if intent else None,
        **facts,
    )
    response: Response = make_response(html, status)
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none';"
        f" form-action 'self' {_origin(_return_url())}"
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


def _address(endpoint: str, intent: Record, **changes: str) -> str:
    carried = {"client_secret": intent["client_secret"], "lang": _language(), "return_url": _return_url()}
    carried["cancel_url"] = _url("cancel_url")
    return url_for(endpoint, intent_id=intent["id"], **{**carried, **changes})


def _return_url() -> str | None:
    return _url("return_url")


def _url(name: str) -> str | None:
    given = request.values.get(name)
    parts = urlsplit(given or "")
    return given if parts.scheme in ("http", "https") and parts.netloc else None


def _origin(url: str | None) -> str:
    parts = urlsplit(url or "")
    fits = re.fullmatch(r"[A-Za-z0-9.:\[\]-]+", parts.netloc)
    return f"{parts.scheme}://{parts.netloc}" if fits else ""


def _language() -> str:
    asked = request.values.get("lang")
    return asked if asked in _words() else request.accept_languages.best_match(sorted(_words())) or "en"


@cache
def _words() -> dict[str, dict[str, str]]:
    return tomllib.loads(_WORDS.read_text(encoding="utf-8"))
