"""The texts people agree to, in their language: terms of use and the privacy notice.

`accounts/consents.toml` names the version in force; the words are the files in `static/legal`.
"""

from __future__ import annotations

from functools import cache

from flask import Response

from backend.platform.core import i18n
from backend.platform.core.actor import Actor
from backend.platform.core.i18n import Language
from backend.platform.core.roles import ANYONE
from backend.platform.web.edge import Edge
from backend.platform.web.middleware import STATIC

FOLDER = STATIC / "legal"
NAMES = ("terms", "privacy")
HTML = "text/html; charset=utf-8"
POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

edge = Edge("legal", "What people agree to", who=ANYONE, prefix="/docs")


@edge.get("/terms", media=HTML, transaction=False)
def get_terms(actor: Actor) -> str:
    """The terms of use, in your language."""
    return read_text("terms", i18n.current_language())


@edge.get("/privacy", media=HTML, transaction=False)
def get_privacy(actor: Actor) -> str:
    """The privacy notice, in your language."""
    return read_text("privacy", i18n.current_language())


@cache
def read_text(name: str, language: Language) -> str:
    """A text in `language`, in English where nobody has translated it yet."""
    translated = FOLDER / f"{name}.{language.tag}.html"
    return (translated if translated.exists() else FOLDER / f"{name}.en.html").read_text(encoding="utf-8")


def list_pages() -> dict[str, i18n.Words]:
    """Every page, with the name of its file by the key of each language that has one."""
    return {
        f"static/legal/{name}": {
            Language(file.name.split(".")[1]).key: file.name for file in sorted(FOLDER.glob(f"{name}.*.html"))
        }
        for name in NAMES
    }


@edge.after_request  # type: ignore[untyped-decorator]  # flask-smorest ships no types
def _add_policy(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.vary.add("Accept-Language")
    return response
