"""One address, several forms of it: JSON for programs, a page or paper for whoever prefers these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, current_app, request

JSON, HTML, PDF, SVG = "application/json", "text/html", "application/pdf", "image/svg+xml"
# one style sheet of our own and pictures inside the page: nothing is run, nothing comes from elsewhere
PAGE_POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"
# a picture that others show on their own pages: it runs nothing and loads nothing
PICTURE_POLICY = "default-src 'none'; sandbox"


def offer(edge: Blueprint, preferred: Mapping[str, tuple[str, str]]) -> None:
    """Answer an endpoint of `preferred` by another one, given as (media, endpoint), to a client that prefers that."""

    @edge.before_request
    def _answer_as_preferred() -> Response | None:
        media, endpoint = preferred.get(request.endpoint or "", (JSON, ""))
        if media == JSON or request.accept_mimetypes.best_match([JSON, media]) != media:
            return None
        view: Any = current_app.view_functions[endpoint]
        shown: Response = view(**(request.view_args or {}))
        return shown

    @edge.after_request
    def _let_pages_be_styled(response: Response) -> Response:
        if request.endpoint in preferred:
            response.vary.add("Accept")
        if response.mimetype == HTML:
            response.headers["Content-Security-Policy"] = PAGE_POLICY
        if response.mimetype == SVG:
            response.headers["Content-Security-Policy"] = PICTURE_POLICY
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response
