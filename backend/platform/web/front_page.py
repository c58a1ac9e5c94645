"""The address without a path: what this is and where to read on.

JSON for programs, a page for people, in the caller's language. It asks neither the database nor Redis, however often
somebody calls: `/readyz`, to which it leads, is what does.
"""

from __future__ import annotations

from dataclasses import dataclass

import marshmallow as ma
from flask import Response, render_template

from backend.platform.core import i18n
from backend.platform.core.actor import Actor
from backend.platform.core.roles import ANYONE
from backend.platform.web.edge import Edge
from backend.platform.web.representations import HTML, offer

edge = Edge("front_page", "Where to begin", who=ANYONE, prefix="/")
offer(edge, {"front_page.get_front_page": (HTML, "front_page.show_front_page")})


@dataclass(frozen=True)
class FrontPage:
    """The paths that lead on."""

    docs: str = "/docs"
    openapi: str = "/openapi.json"
    terms: str = "/docs/terms"
    privacy: str = "/docs/privacy"
    readiness: str = "/readyz"


class FrontPageOut(ma.Schema):
    """Where to begin: every path leads on from this address."""

    docs = ma.fields.String(required=True, metadata={"description": "this API in a browser"})
    openapi = ma.fields.String(required=True, metadata={"description": "this API for machines"})
    terms = ma.fields.String(required=True)
    privacy = ma.fields.String(required=True)
    readiness = ma.fields.String(required=True, metadata={"description": "whether it can serve, and what is missing"})


@edge.get("/", answer=FrontPageOut, transaction=False)
def get_front_page(actor: Actor) -> FrontPage:
    """Where to begin; a browser that asks for HTML gets a page."""
    return FrontPage()


@edge.get("/page", media="text/html; charset=utf-8", transaction=False)
def show_front_page(actor: Actor) -> str:
    """The same as a page for people."""
    language = i18n.current_language()

    def say(code: str) -> str:
        return i18n.text("front_page", code, language=language)

    return render_template("front_page.html", language=language, front_page=FrontPage(), say=say)


@edge.after_request  # type: ignore[untyped-decorator]  # flask-smorest ships no types
def _name_the_language(response: Response) -> Response:
    if response.mimetype == HTML:
        response.headers["Content-Language"] = i18n.current_language().tag
    response.vary.add("Accept-Language")
    return response
