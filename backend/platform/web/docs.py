"""The documentation for people: `/docs` shows `/openapi.json` in their language, from files of this server only.

Swagger UI's own files come with the package `flask-swagger-ui` and are served under `/static/swagger-ui`; the page
around them is `templates/docs.html`. Its content security policy lets nothing in from elsewhere and runs no inline
script.
"""

from __future__ import annotations

from flask import Response, current_app, render_template

from backend.platform.core import context, i18n
from backend.platform.core.actor import Actor
from backend.platform.core.roles import ANYONE
from backend.platform.web.document_words import put_into_words
from backend.platform.web.edge import Edge
from backend.platform.web.json import dumps
from backend.platform.web.openapi import JSON, ProblemApi

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

edge = Edge("docs", "For people", who=ANYONE, prefix="/")


@edge.get("/docs", media="text/html; charset=utf-8", transaction=False)
def get_docs(actor: Actor) -> str:
    """This API in a browser: every operation, with a form to try it."""
    language = i18n.current_language()

    def say(code: str) -> str:
        return i18n.text("docs", code, language=language)

    return render_template("docs.html", language=language, say=say)


@edge.get("/openapi.json", media=JSON, etag=True, transaction=False)
def get_openapi(actor: Actor) -> bytes:
    """This API for machines: the OpenAPI 3.1 document."""
    api: ProblemApi = current_app.extensions["carbon.api"]
    language = i18n.current_language()
    document: bytes = context.remembered(f"openapi {language}", lambda: dumps(put_into_words(api.document(), language)))
    return document


@edge.after_request  # type: ignore[untyped-decorator]  # flask-smorest ships no types
def _add_policy(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Content-Language"] = i18n.current_language().tag
    response.vary.add("Accept-Language")
    return response
