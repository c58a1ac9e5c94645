"""RFC 9457 problems: the one place where a refusal becomes an HTTP status and words.

`STATUS` decides the status by the refusal's code; texts come from the translations (contexts `title` and `detail`).
"""

from __future__ import annotations

from typing import Any

import psycopg
import structlog
from flask import Response, g, request
from sqlalchemy import exc
from werkzeug.exceptions import HTTPException

from backend.platform.core import i18n
from backend.platform.core.errors import InvalidFields, Refusal, word_field_error
from backend.platform.web.json import dumps
from offsets import OffsetRefused

CONTENT_TYPE = "application/problem+json"
INTERNAL = "internal.error"

# By exact code, else by the part before the dot, else 422: understood and refused.
STATUS: dict[str, int] = {
    "request.invalid": 422,
    "request.malformed": 400,
    "request.too_large": 413,
    "request.media_type": 415,
    "request.not_found": 404,
    "request.method": 405,
    "request.too_many": 429,
    "request.upgrade_app": 426,
    "idempotency.mismatch": 422,
    "idempotency.running": 409,
    "idempotency.key_invalid": 400,
    "auth.required": 401,
    "auth.invalid_token": 401,
    "auth.wrong_credentials": 401,
    "auth.reused_token": 401,
    "auth.wrong_code": 401,
    "auth.passkey_refused": 401,
    "auth.provider_refused": 401,
    "auth.provider_unavailable": 503,
    "auth.forbidden": 403,
    "auth.suspended": 403,
    "auth.guardian_needed": 403,
    "auth.leaving": 403,
    "auth.sign_in_again": 403,
    "auth.already_registered": 409,
    "auth.question_unknown": 409,
    "auth.no_email": 409,
    "auth.register_first": 409,
    "auth.address_taken": 409,
    "service.busy": 503,
    "service.read_only": 503,
    "service.paused": 503,
    "service.not_ready": 503,
    "internal": 500,
    "not_found": 404,
    "conflict": 409,
    "methodology.unknown": 404,
    "evidence.known": 409,
    "evidence.no_better": 409,
    "evidence.not_believed": 409,
    "activities": 409,
    "evidence.not_a_picture": 415,
    "not_found.evidence": 404,
    "methodology.four_eyes": 403,
    "methodology.decided": 409,
    "methodology.not_approved": 409,
    "methodology.other_content": 409,
    "ledger": 409,
    "household": 409,
    "household.code_unknown": 404,
    "points": 409,
    "checkout": 409,
    "checkout.provider_silent": 503,
    "checkout.too_little": 422,
    "checkout.notice_refused": 400,
    "checkout.notice_early": 503,
    "lots": 409,
    "orders": 409,
    "registry": 409,
    "certificates.not_a_number": 404,
    "statements.not_over": 409,
    "neutrality.month_not_over": 409,
    "neutrality.nothing_logged": 409,
}

# HTTP errors raised by Flask and Werkzeug themselves, before any code of ours runs.
BY_STATUS = {
    400: "request.malformed",
    404: "request.not_found",
    405: "request.method",
    406: "request.media_type",
    413: "request.too_large",
    415: "request.media_type",
    422: "request.invalid",
    429: "request.too_many",
}

SQLITE_OUTAGES = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_NOMEM")

_log = structlog.get_logger("problems")


def status_of(code: str) -> int:
    """The HTTP status of a refusal's `code`."""
    return STATUS.get(code) or STATUS.get(code.split(".")[0]) or 422


def answer(error: Exception) -> Response:
    """The problem document for `error`, in the caller's language; never shows what an unexpected error said."""
    if isinstance(error, Refusal):
        if status_of(error.code) == 500:
            _log.error("our mistake", code=error.code, exc_info=error)
        return _problem(error.code, _worded(error))
    if isinstance(error, OffsetRefused):
        return _problem(error.code, error.facts)
    if isinstance(error, exc.TimeoutError):
        return _problem("service.busy", {"retry_after_s": 1})
    if isinstance(error, exc.DBAPIError):
        _log.error("database", exc_info=error)
        return _problem("service.busy", {"retry_after_s": 1}) if _is_outage(error) else _problem(INTERNAL, {})
    if isinstance(error, HTTPException) and error.code is not None:
        made = _problem(BY_STATUS.get(error.code, "request.malformed"), {}, status=error.code)
        for name, value in error.get_headers():
            if name in ("Allow", "Retry-After"):
                made.headers[name] = value
        return made
    _log.error("unexpected", exc_info=error)
    return _problem(INTERNAL, {})


def _is_outage(error: exc.DBAPIError) -> bool:
    state = getattr(error.orig, "sqlstate", None)
    # connection exceptions, operator intervention, lock not available, insufficient resources
    if error.connection_invalidated or (state or "")[:2] in ("08", "53", "55", "57"):
        return True
    # psycopg lost the server before it could say a state
    if isinstance(error.orig, psycopg.OperationalError):
        return state is None
    return getattr(error.orig, "sqlite_errorname", "").startswith(SQLITE_OUTAGES)


def _worded(error: Refusal) -> dict[str, Any]:
    if not isinstance(error, InvalidFields):
        return error.facts
    return {"errors": [word_field_error(item) for item in error.errors]}


def _problem(code: str, facts: dict[str, Any], status: int | None = None) -> Response:
    # what went wrong on our side is for the log; whoever asked gets the same words for all of it
    worded = INTERNAL if code.startswith("internal.") else code
    document = {
        "type": f"/problems/{code}",
        "title": i18n.text("title", worded, **facts),
        "status": status or status_of(code),
        "detail": i18n.text("detail", worded, **facts),
        "instance": f"urn:request:{g.get('request_id', '')}",
        "code": code,
        **facts,
    }
    made = Response(dumps(document), status=document["status"], content_type=CONTENT_TYPE)
    made.headers["Content-Language"] = i18n.current_language().tag
    made.vary.add("Accept-Language")
    if "retry_after_s" in facts:
        made.headers["Retry-After"] = str(facts["retry_after_s"])
    if document["status"] == 401 and request:
        made.headers["WWW-Authenticate"] = "Bearer"
    return made
