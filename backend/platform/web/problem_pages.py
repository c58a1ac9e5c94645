"""What an error code means, at the address that every problem document names as its `type`.

JSON for programs, a page for people, in the caller's language. The same words make `docs/error-codes.md`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import marshmallow as ma
from flask import Response, render_template

from backend.platform.core import i18n
from backend.platform.core.actor import Actor
from backend.platform.core.error_codes import CODES
from backend.platform.core.errors import Refusal
from backend.platform.core.i18n import ENGLISH, Language
from backend.platform.core.roles import ANYONE
from backend.platform.web.edge import Edge
from backend.platform.web.problems import INTERNAL, status_of
from backend.platform.web.representations import HTML, offer

FACT = re.compile(r"\{(\w+)\}")
HEAD = """# Error codes

Every refusal is an RFC 9457 problem document with a `code` that never changes; its texts may. `type` is an address that
explains the code. A code may bring facts of its own beside the usual fields. Made from
`backend/platform/core/error_codes.py` and the translations: `flask --app wsgi error-codes > docs/error-codes.md`.

| code | status | title | what to do | facts |
|---|---|---|---|---|
"""

edge = Edge("problems", "What an error code means", who=ANYONE, prefix="/problems")
offer(edge, {"problems.get_problem": (HTML, "problems.show_problem")})


@dataclass(frozen=True)
class ErrorCode:
    """One code in words: `facts` are the names of what a problem document with this code may bring."""

    code: str
    status: int
    title: str
    detail: str
    facts: tuple[str, ...]


class ErrorCodeOut(ma.Schema):
    """One error code, explained."""

    code = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    title = ma.fields.String(required=True)
    detail = ma.fields.String(required=True, metadata={"description": "`…` stands for a fact of the single case"})
    facts = ma.fields.List(ma.fields.String(), required=True)


@edge.get("/<code>", answer=ErrorCodeOut, transaction=False, etag=True)
def get_problem(actor: Actor, code: str) -> ErrorCode:
    """What an error code means and what to do about it; a browser that asks for HTML gets a page."""
    return get_error_code(code, i18n.current_language())


@edge.get("/<code>/page", media="text/html; charset=utf-8", transaction=False)
def show_problem(actor: Actor, code: str) -> str:
    """The same as a page for people."""
    language = i18n.current_language()
    return render_template("problem.html", language=language, problem=get_error_code(code, language))


def get_error_code(code: str, language: Language) -> ErrorCode:
    """One code in words of `language`; raise `not_found` for a code that nothing is refused with."""
    if code not in CODES:
        raise Refusal("not_found")
    # what went wrong on our side has one text
    worded = INTERNAL if code.startswith("internal.") else code
    title, detail = (i18n.text(context, worded, language=language) for context in ("title", "detail"))
    facts = tuple(sorted(set(FACT.findall(title) + FACT.findall(detail))))
    return ErrorCode(code, status_of(code), FACT.sub("…", title), FACT.sub("…", detail), facts)


def write_document() -> str:
    """`docs/error-codes.md`: every code in English."""
    return HEAD + "".join(_write_row(get_error_code(code, ENGLISH)) for code in CODES)


def _write_row(row: ErrorCode) -> str:
    facts = ", ".join(f"`{fact}`" for fact in row.facts)
    return f"| `{row.code}` | {row.status} | {row.title} | {row.detail} | {facts} |\n"


@edge.after_request  # type: ignore[untyped-decorator]  # flask-smorest ships no types
def _name_the_language(response: Response) -> Response:
    response.headers["Content-Language"] = i18n.current_language().tag
    response.vary.add("Accept-Language")
    return response
