"""The documentation for people: `/docs` shows `/openapi.json`, from files of this server only.

Swagger UI's own files come with the package `flask-swagger-ui` and are served under `/static/swagger-ui`; the page
around them is `static/docs`. Its content security policy lets nothing in from elsewhere and runs no inline script.
"""

from __future__ import annotations

from flask import Response, current_app

from backend.platform.core import context
from backend.platform.core.actor import Actor
from backend.platform.core.roles import ANYONE
from backend.platform.web.edge import Edge
from backend.platform.web.json import dumps
from backend.platform.web.middleware import STATIC
from backend.platform.web.openapi import JSON, ProblemApi

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE = (STATIC / "docs" / "index.html").read_text(encoding="utf-8")

edge = Edge("docs", "For people", who=ANYONE, prefix="/")


@edge.get("/docs", media="text/html; charset=utf-8", transaction=False)
def get_docs(actor: Actor) -> str:
    """This API in a browser: every operation, with a form to try it."""
    return PAGE


@edge.get("/openapi.json", media=JSON, etag=True, transaction=False)
def get_openapi(actor: Actor) -> bytes:
    """This API for machines: the OpenAPI 3.1 document."""
    api: ProblemApi = current_app.extensions["carbon.api"]
    document: bytes = context.remembered("openapi", lambda: dumps(api.document()))
    return document


@edge.after_request  # type: ignore[untyped-decorator]  # flask-smorest ships no types
def _add_policy(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    return response
