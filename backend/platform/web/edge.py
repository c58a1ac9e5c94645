"""The edge of every slice: who may call, what is read, which transaction, what is written.

A slice makes one `Edge` and declares its endpoints on it. An endpoint stays one call of a service verb:

    edge = Edge("activities", "What people did", who=SIGNED_IN)

    @edge.post("/activities", body=ActivityIn, answer=ActivityOut, status=201)
    def log_activity(session, actor, body): ...

GET opens a read-only transaction, every other method a writing one; POST answers once per `Idempotency-Key`.
With `transaction=False` the function gets no session and opens what it needs itself, with `reading` and `writing`.
With `stream=True` it gets no session either and returns pages of documents, sent as they come, one a line.
A function that has a `language` among its parameters is given the one the caller prefers, one that has a `policy` the
application's.
With `steps=True` it returns `Steps`: one has the effect in a transaction, the other asks elsewhere and answers.
A function that *returns* a `Refusal` refuses and keeps what it wrote (a wrong code was counted); raising one undoes it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from http import HTTPStatus
from inspect import signature
from typing import Any, TypeVar, Unpack

import marshmallow as ma
from flask import Flask, Response, current_app, g, request
from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from backend.platform.core.actor import NOBODY, Actor
from backend.platform.core.errors import InvalidFields, Refusal
from backend.platform.core.i18n import ENGLISH, OFFERED, Language, find_accepted, list_offered
from backend.platform.core.roles import Who
from backend.platform.data.transactions import flush_writes, in_transaction
from backend.platform.ops import switches
from backend.platform.privacy import decisions
from backend.platform.privacy.access_tokens import check_standing, read_caller
from backend.platform.web import limits
from backend.platform.web.fields import coded, dump, load
from backend.platform.web.idempotency import KEY, Answer, Steps, answer_in_steps, answer_once
from backend.platform.web.json import NotStrict, dumps, loads
from backend.platform.web.openapi import JSON, LINES, Declaration, Declared
from backend.platform.web.paging import WindowQuery, window_of
from backend.platform.web.uploads import Upload, received

PREFIX = "/v1"
PERSONAL = "private, no-store"
LONGEST_SEGMENT = 200  # of a path; nothing of ours has a longer name

Function = Callable[..., Any]
T = TypeVar("T")


class Edge(Blueprint):  # type: ignore[misc]  # flask-smorest ships no types
    """One slice's endpoints under `prefix`; `who` may call them, unless an endpoint says otherwise."""

    def __init__(self, name: str, description: str, *, who: Who, prefix: str = PREFIX) -> None:
        super().__init__(name, name, url_prefix=prefix, description=description)
        self._who = who

    def get(self, path: str, **declared: Unpack[Declaration]) -> Callable[[Function], Function]:
        """Declare a GET: `query=`, `answer=`, `page=True` for a list, `etag=True`, `who=`.

        With `media=` instead of `answer=` the function returns the text or bytes themselves.
        """
        return self._endpoint("GET", path, declared)

    def post(self, path: str, **declared: Unpack[Declaration]) -> Callable[[Function], Function]:
        """Declare a POST: `body=` or `upload=`, `answer=`, `status=`, `limits=`, `who=`, `once=False` for no key.

        Whoever acts for the installation says whom the endpoint decides about: `decides_about=`.
        """
        return self._endpoint("POST", path, declared)

    def put(self, path: str, **declared: Unpack[Declaration]) -> Callable[[Function], Function]:
        """Declare a PUT; with `once=True` it takes an `Idempotency-Key` as a POST does."""
        return self._endpoint("PUT", path, declared)

    def patch(self, path: str, **declared: Unpack[Declaration]) -> Callable[[Function], Function]:
        """Declare a PATCH."""
        return self._endpoint("PATCH", path, declared)

    def delete(self, path: str, **declared: Unpack[Declaration]) -> Callable[[Function], Function]:
        """Declare a DELETE."""
        return self._endpoint("DELETE", path, declared)

    def _endpoint(self, method: str, path: str, declared: Declaration) -> Callable[[Function], Function]:
        status = 200 if declared.keys() & {"answer", "media", "stream"} else 204
        complete: Declaration = {"who": self._who, "status": status, **declared}
        endpoint = Declared(method=method, **complete)

        def declare(function: Function) -> Function:
            view = _view(endpoint, function)
            view._apidoc = endpoint.documentation(function.__name__)  # type: ignore[attr-defined]  # where smorest looks
            self.route(path, methods=[method], endpoint=function.__name__)(view)
            return function

        return declare


def _view(endpoint: Declared, function: Function) -> Function:
    body = coded(endpoint.body()) if endpoint.body else None
    query = _query_schema(endpoint)
    answer = endpoint.answer() if endpoint.answer else None
    is_answered_once = endpoint.answers_once
    parameters = signature(function).parameters
    is_worded, is_ruled = "language" in parameters, "policy" in parameters

    @wraps(function)
    def view(**path_values: str) -> Response:
        _check_path(path_values)
        actor = _caller(endpoint)
        given: dict[str, Any] = {"actor": actor, **path_values}
        if is_worded:
            given["language"] = _preferred_language()
        if is_ruled:
            given["policy"] = current_app.extensions["carbon.policy"]
        if query:
            given |= _read_query(query, endpoint)
        if body:
            given["body"] = _read_body(body)
        if endpoint.limits:
            limits.take(endpoint.limits, actor, given.get("body", {}))
        if endpoint.upload:
            return _received(endpoint.upload, actor, given, answered)
        return answered(given)

    def answered(given: dict[str, Any]) -> Response:
        actor = given["actor"]

        def admitted(session: Session) -> Answer | Refusal:
            check_standing(session, actor)
            return work(session)

        def work(session: Session) -> Answer | Refusal:
            if endpoint.method != "GET":
                switches.refuse_when_read_only(session)
            if endpoint.decides_about is not None:
                decisions.check(session, actor.user_id, endpoint.decides_about, given)
            result = function(session, **given)
            if isinstance(result, Refusal):
                return result
            return Answer(endpoint.status, _written(result, answer))

        if endpoint.stream:
            return _streamed(function(**given), endpoint)
        if endpoint.steps:
            return _response(_in_steps(function(**given), actor, answer, endpoint), endpoint)
        if not endpoint.transaction:
            return _response(Answer(endpoint.status, _written(function(**given), answer)), endpoint)
        if is_answered_once and KEY in request.headers:
            return _response(_raised(answer_once(actor.user_id, work, admit=_standing_of(actor))), endpoint)
        return _response(_raised(in_transaction(admitted, read_only=endpoint.method == "GET")), endpoint)

    return view


def _received(
    upload: Upload, actor: Actor, given: dict[str, Any], answered: Callable[[dict[str, Any]], Response]
) -> Response:
    """The answer to a file. Whether its sender may call at all is asked before a byte of it is read."""
    in_transaction(lambda session: _allow(session, actor, writes=True), read_only=True)
    with received(upload, given.get("query", {})) as sent:
        return answered(given | {"upload": sent})


def _in_steps(steps: Steps, actor: Actor, schema: ma.Schema | None, endpoint: Declared) -> Answer:
    def begin(session: Session) -> dict[str, Any]:
        switches.refuse_when_read_only(session)
        return steps.begin(session)

    def finish(facts: dict[str, Any]) -> Answer:
        return Answer(endpoint.status, _written(steps.finish(facts), schema))

    return answer_in_steps(actor.user_id, begin, finish, admit=_standing_of(actor))


def _streamed(pages: Iterator[Sequence[Any]], endpoint: Declared) -> Response:
    """An answer of any length. Its first page is made before the status is sent, so that a refusal is still one."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy
    first = next(pages)
    lines = (b"".join(dumps(document) + b"\n" for document in page) for page in _each_in_context(app, first, pages))
    made = Response(lines, status=endpoint.status, content_type=LINES)
    made.headers["Cache-Control"] = PERSONAL
    return made


def _each_in_context(app: Flask, first: T, pages: Iterator[T]) -> Iterator[T]:
    """`first` and then each of `pages`, each made in a context of its own: who stops reading leaves nothing open."""
    page: T | None = first
    while page is not None:
        yield page
        with app.app_context():
            page = next(pages, None)


def reading(actor: Actor, work: Callable[[Session], T]) -> T:
    """`work(session)` in a read-only transaction, for endpoints that open their own."""

    def allowed(session: Session) -> T:
        _allow(session, actor, writes=False)
        return work(session)

    return in_transaction(allowed, read_only=True)


def writing(actor: Actor, work: Callable[[Session], T | Refusal]) -> T:
    """`work(session)` in a writing transaction; a `Refusal` it returns is raised after the commit."""

    def allowed(session: Session) -> T | Refusal:
        _allow(session, actor, writes=True)
        return work(session)

    return _raised(in_transaction(allowed))


def _allow(session: Session, actor: Actor, *, writes: bool) -> None:
    check_standing(session, actor)
    if writes:
        switches.refuse_when_read_only(session)


def _standing_of(actor: Actor) -> Callable[[Session], None]:
    """Refuses `actor` where they may not act any more, before they are given what was stored for them."""
    return lambda session: check_standing(session, actor)


def _caller(endpoint: Declared) -> Actor:
    actor = read_caller(request.headers.get("Authorization", ""), endpoint.who)
    # where anybody may call, whoever was signed out or suspended is nobody; what reads nothing need not ask
    if actor is not NOBODY and not endpoint.who.roles and (endpoint.transaction or endpoint.method != "GET"):
        actor = in_transaction(lambda session: _if_standing(session, actor), read_only=True)
    if actor is not NOBODY:
        g.actor = actor  # for the line that the log gets
    return actor


def _if_standing(session: Session, actor: Actor) -> Actor:
    try:
        check_standing(session, actor)
        flush_writes(session)
    except Refusal:
        return NOBODY
    return actor


def _preferred_language() -> Language:
    offered = current_app.extensions.get(OFFERED) or list_offered()
    return find_accepted(request.headers.get("Accept-Language", ""), offered) or ENGLISH


def _raised(outcome: T | Refusal) -> T:
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


def _check_path(values: dict[str, str]) -> None:
    if any(len(value) > LONGEST_SEGMENT or not value.isprintable() for value in map(str, values.values())):
        raise Refusal("request.not_found")


def _query_schema(endpoint: Declared) -> ma.Schema | None:
    if endpoint.page:
        bases = (endpoint.query, WindowQuery) if endpoint.query else (WindowQuery,)
        return coded(type("PageQuery", bases, {})())
    return coded(endpoint.query()) if endpoint.query else None


def _read_query(schema: ma.Schema, endpoint: Declared) -> dict[str, Any]:
    repeated = [name for name in request.args if len(request.args.getlist(name)) > 1]
    if repeated:
        raise InvalidFields([{"field": name, "code": "repeated"} for name in repeated])
    loaded = load(schema, request.args.to_dict())
    given: dict[str, Any] = {"window": window_of(loaded)} if endpoint.page else {}
    return given | ({"query": loaded} if endpoint.query else {})


def _read_body(schema: ma.Schema) -> Any:
    # an encoded body could unfold to any size; nobody who writes this API's small bodies needs it
    if request.mimetype != JSON or request.headers.get("Content-Encoding"):
        raise Refusal("request.media_type", expected=JSON)
    sent = request.get_data(cache=True)
    # a body that announces no length is cut at the limit instead of being refused
    if request.content_length is None and len(sent) >= current_app.config["MAX_CONTENT_LENGTH"]:
        raise Refusal("request.too_large")
    try:
        value = loads(sent)
    except NotStrict as error:
        raise Refusal("request.malformed", reason=error.code) from error
    if not isinstance(value, dict):
        raise Refusal("request.malformed", reason="json.not_an_object")
    return load(schema, value)


def _written(result: Any, schema: ma.Schema | None) -> bytes:
    if schema is not None:
        return dump(schema, result)
    return result.encode() if isinstance(result, str) else result or b""


def _response(answer: Answer, endpoint: Declared) -> Response:
    made = Response(answer.body, status=answer.status, content_type=endpoint.media or JSON)
    if answer.status == HTTPStatus.NO_CONTENT:
        made.headers.pop("Content-Type")
    if endpoint.etag:
        made.set_etag(hashlib.sha256(answer.body).hexdigest()[:32])
        # keep it, and ask each time whether it is still so; what is somebody's own in no cache that others share
        made.headers["Cache-Control"] = "private, no-cache" if endpoint.who.roles else "no-cache"
        made.make_conditional(request)
    elif endpoint.who.roles:
        made.headers["Cache-Control"] = PERSONAL
    return made
