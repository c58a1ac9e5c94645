"""The edge of pages: what people read in a browser, signed in by a cookie of the pages' own.

Promise: no page runs a script, none may be framed, and none is kept in a cache. The cookie opens nothing but pages, and
an access token opens none of them. A form is taken only with the word that its page was given for this very cookie, and
only from our own origin; that is asked before anything is read from the database. Roles are asked anew at each request.

    edge = Pages("shop", prefix="/shop", door=Door(service.find_visitor, "/shop/sign-in", …))

    @edge.get("/orders", who=SELLERS)
    def show_orders(session, actor): return Shown("shop/orders.html", {"orders": service.list_orders(session)})

A function returns `Shown`, a page, `Picture`, what a page shows, or `Moved`, the address to go on with. A `Refusal`
becomes a page with its words. The name says the rest: the cookie is `shop_session`, the texts have the context `shop`,
and a refusal is shown by `shop/refused.html`.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial, wraps
from typing import Any, TypedDict, Unpack

import marshmallow as ma
from flask import Blueprint, Response, g, render_template, request
from sqlalchemy.orm import Session

from backend.platform.core import context, i18n
from backend.platform.core.actor import NOBODY, Visitor
from backend.platform.core.errors import InvalidFields, Refusal, word_field_error
from backend.platform.core.roles import Who
from backend.platform.data.transactions import in_transaction
from backend.platform.ops import switches
from backend.platform.privacy import decisions
from backend.platform.privacy.decisions import Subject
from backend.platform.privacy.vault import the_vault
from backend.platform.web import limits
from backend.platform.web.fields import coded, load
from backend.platform.web.limits import Limit
from backend.platform.web.problems import status_of

FORM_TOKEN = "form_token"
SECRET_BYTES = 32
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SEE_OTHER = 303
EITHER = "*"  # a page that whoever has any step left may see
Function = Callable[..., Any]


@dataclass(frozen=True)
class Door:
    """How a cookie becomes somebody, and where those go on who are nobody yet or have a step left."""

    find_visitor: Callable[[Session, str], Visitor | None]
    sign_in: str
    steps: dict[str, str]


@dataclass(frozen=True)
class Shown:
    """A page: the name of its template and what that is given; `problem` is what was wrong with what was sent."""

    template: str
    values: dict[str, Any] = field(default_factory=dict)
    problem: Refusal | None = None


@dataclass(frozen=True)
class Picture:
    """A picture that a page shows."""

    media: str
    content: str


@dataclass(frozen=True)
class Moved:
    """The address to go on with, and the new secret of the cookie where that changes (empty: sign out)."""

    to: str
    cookie: str | None = None


Outcome = Shown | Picture | Moved


class PageDeclaration(TypedDict, total=False):
    """What a slice writes at a page; `admits` is the step somebody may have left and still come in."""

    who: Who
    form: type[ma.Schema]
    admits: str
    transaction: bool
    limits: tuple[Limit, ...]
    decides_about: Subject


@dataclass(frozen=True)
class DeclaredPage:
    """What one page says of itself."""

    method: str
    who: Who
    form: type[ma.Schema] | None = None
    admits: str = ""
    transaction: bool = True
    limits: tuple[Limit, ...] = ()
    decides_about: Subject | None = None

    def __post_init__(self) -> None:
        """Refuse a form that could decide about oneself unseen, and a page that asks nobody: raise `ValueError`."""
        if self.who.roles and not self.transaction:
            raise ValueError("who may come in is asked in a transaction: a page without one is for anybody")
        if self.method == "POST" and self.who.roles and self.decides_about is None:
            raise ValueError("say whom the form decides about: decides_about=")


class Pages:
    """One slice's pages under `prefix`; they are no part of the API and stand in no document of it."""

    def __init__(self, name: str, *, prefix: str, door: Door) -> None:
        self.blueprint = Blueprint(name, name, url_prefix=prefix)
        self.blueprint.after_request(_add_policy)
        self.name, self.prefix, self.door = name, prefix, door
        self.cookie = f"{name}_session"

    def get(self, path: str, **declared: Unpack[PageDeclaration]) -> Callable[[Function], Function]:
        """Declare a page that is read."""
        return self._page("GET", path, declared)

    def post(self, path: str, **declared: Unpack[PageDeclaration]) -> Callable[[Function], Function]:
        """Declare a form that is sent; it says whom it decides about."""
        return self._page("POST", path, declared)

    def _page(self, method: str, path: str, declared: PageDeclaration) -> Callable[[Function], Function]:
        page = DeclaredPage(method=method, **declared)

        def declare(function: Function) -> Function:
            view = _view(self, page, function)
            self.blueprint.add_url_rule(path, endpoint=function.__name__, view_func=view, methods=[method])
            return function

        return declare


def form_token(secret: str) -> str:
    """The word that a form of this cookie's pages carries; nobody without the cookie's secret can make it."""
    return the_vault().keyed_hash(FORM_TOKEN, secret)


def _view(pages: Pages, page: DeclaredPage, function: Function) -> Function:
    schema = coded(page.form()) if page.form else None

    @wraps(function)
    def view(**path_values: Any) -> Response:
        secret = request.cookies.get(pages.cookie, "")
        g.page_secret = secret or secrets.token_urlsafe(SECRET_BYTES)
        g.visitor = None
        try:
            if page.method == "POST":
                _check_origin(secret)
            outcome = _outcome(pages.door, page, partial(_read_form, schema), (function, path_values))
        except Refusal as refusal:
            outcome = Shown(f"{pages.name}/refused.html", problem=refusal)
        return _response(pages, outcome)

    return view


def _outcome(
    door: Door, page: DeclaredPage, read_form: Callable[[], dict[str, Any]], called: tuple[Function, dict[str, Any]]
) -> Outcome:
    function, path_values = called
    if not page.transaction:
        given = path_values | read_form()
        limits.take(page.limits, NOBODY, given.get("body", {}))
        result: Outcome = function(**given)
        return result

    def work(session: Session) -> Outcome | Refusal:
        visitor = door.find_visitor(session, g.page_secret) if page.who.roles else None
        g.visitor = visitor
        if page.who.roles:
            moved = _where_instead(door, page, visitor)
            if moved is not None:
                return moved
        actor = visitor.actor if visitor else NOBODY
        given = {"actor": actor, **path_values, **read_form()}
        if page.limits:
            limits.take(page.limits, actor, given.get("body", {}))
        if page.method == "POST":
            switches.refuse_when_read_only(session)
        if page.decides_about is not None:
            decisions.check(session, actor.user_id, page.decides_about, given)
        made: Outcome | Refusal = function(session, **given)
        return made

    outcome = in_transaction(work, read_only=page.method == "GET")
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


def _where_instead(door: Door, page: DeclaredPage, visitor: Visitor | None) -> Moved | None:
    """Where somebody goes who may not see the page yet; raise `auth.required` or `auth.forbidden` where none helps."""
    if visitor is None:
        if page.method == "POST":
            raise Refusal("auth.required")
        return Moved(door.sign_in)
    if not visitor.actor.roles & page.who.roles:
        raise Refusal("auth.forbidden")
    if visitor.awaits and page.admits not in (visitor.awaits, EITHER):
        if page.method == "POST":
            raise Refusal("auth.second_factor")
        return Moved(door.steps[visitor.awaits])
    return None


def _check_origin(secret: str) -> None:
    """Refuse a form that is not from a page of ours that was given to this very cookie."""
    origin = request.headers.get("Origin")
    sent = request.form.get(FORM_TOKEN, "")
    is_foreign = origin is not None and origin != request.host_url.rstrip("/")
    if is_foreign or not secret or not hmac.compare_digest(sent.encode(), form_token(secret).encode()):
        raise Refusal("request.foreign_form")


def _read_form(schema: ma.Schema | None) -> dict[str, Any]:
    if schema is None:
        return {}
    source = request.form if request.method == "POST" else request.args
    # an empty field of a form is a field that was left out
    sent = {name: value for name, value in source.to_dict().items() if name != FORM_TOKEN and value != ""}
    return {"body": load(schema, sent)}


def _response(pages: Pages, outcome: Outcome) -> Response:
    if isinstance(outcome, Picture):
        return Response(outcome.content, content_type=outcome.media)
    if isinstance(outcome, Moved):
        made = Response(status=SEE_OTHER, headers={"Location": outcome.to})
        if outcome.cookie is not None:
            _set_cookie(pages, made, outcome.cookie)
        return made
    made = Response(_rendered(pages, outcome), content_type="text/html; charset=utf-8")
    if outcome.problem is not None:
        made.status_code = status_of(outcome.problem.code)
    if not request.cookies.get(pages.cookie):
        _set_cookie(pages, made, g.page_secret)
    return made


def _rendered(pages: Pages, shown: Shown) -> str:
    language = i18n.current_language()

    def say(code: str, /, **facts: Any) -> str:
        return i18n.text(pages.name, code, language=language, **facts)

    return render_template(
        shown.template,
        language=language,
        say=say,
        visitor=g.visitor,
        form_token=form_token(g.page_secret),
        problem=None if shown.problem is None else _worded(shown.problem),
        **shown.values,
    )


@dataclass(frozen=True)
class ProblemWords:
    """A refusal as a page says it."""

    code: str
    title: str
    detail: str
    errors: list[dict[str, str]]


def _worded(problem: Refusal) -> ProblemWords:
    errors = [word_field_error(item) for item in problem.errors] if isinstance(problem, InvalidFields) else []
    title, detail = (i18n.text(kind, problem.code, **problem.facts) for kind in ("title", "detail"))
    return ProblemWords(problem.code, title, detail, errors)


def _set_cookie(pages: Pages, response: Response, secret: str) -> None:
    is_secure = context.settings().environment not in ("development", "test")
    kept: dict[str, Any] = {"path": pages.prefix, "secure": is_secure, "httponly": True, "samesite": "Strict"}
    if secret:
        response.set_cookie(pages.cookie, secret, **kept)
    else:
        response.delete_cookie(pages.cookie, **kept)


def _add_policy(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    # with `no-referrer` a browser says that a form of ours came from nowhere: `Origin: null`
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Language"] = i18n.current_language().tag
    response.vary.add("Accept-Language")
    response.vary.add("Cookie")
    return response
