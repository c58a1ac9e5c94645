"""RFC 9457 problems: the one place where a refusal becomes an HTTP status and words.

The status follows from the kind of the refusal's code (`core/error_codes.py`); texts come from the translations
(contexts `title` and `detail`).
"""

from __future__ import annotations

from typing import Any

import psycopg
import structlog
from flask import Response, g, request
from sqlalchemy import exc
from werkzeug.exceptions import HTTPException

from backend.platform.core import i18n
from backend.platform.core.error_codes import Kind, kind_of
from backend.platform.core.errors import InvalidFields, Refusal, word_field_error
from backend.platform.web.json import dumps
from offsets import OffsetRefused

CONTENT_TYPE = "application/problem+json"
INTERNAL = "internal.error"

STATUS: dict[Kind, int] = {
    Kind.MALFORMED: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.METHOD: 405,
    Kind.CONFLICT: 409,
    Kind.TOO_LARGE: 413,
    Kind.MEDIA_TYPE: 415,
    Kind.INVALID: 422,
    Kind.TOO_MANY: 429,
    Kind.INTERNAL: 500,
    Kind.UNAVAILABLE: 503,
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

DISK_FULL_STATE = "53100"
FULL_FOR_S = 60  # nobody makes room within a second

_log = structlog.get_logger("problems")


def status_of(code: str) -> int:
    """The HTTP status of a refusal's `code`."""
    return STATUS[kind_of(code)]


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
        if _is_disk_full(error):
            return _problem("service.storage_full", {"retry_after_s": FULL_FOR_S})
        return _problem("service.busy", {"retry_after_s": 1}) if _is_outage(error) else _problem(INTERNAL, {})
    if isinstance(error, HTTPException) and error.code is not None:
        facts = {"expected": "application/json"} if error.code in (406, 415) else {}
        made = _problem(BY_STATUS.get(error.code, "request.malformed"), facts, status=error.code)
        for name, value in error.get_headers():
            if name in ("Allow", "Retry-After"):
                made.headers[name] = value
        return made
    _log.error("unexpected", exc_info=error)
    return _problem(INTERNAL, {})


def _is_disk_full(error: exc.DBAPIError) -> bool:
    is_full = getattr(error.orig, "sqlite_errorname", "") == "SQLITE_FULL"
    return is_full or getattr(error.orig, "sqlstate", None) == DISK_FULL_STATE


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
