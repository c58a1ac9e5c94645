"""The OpenAPI 3.1 document: what an endpoint declares, and the API object that collects it.

Every live route is in `/openapi.json`; a test compares the two.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

import marshmallow as ma
from flask import Flask, Response
from flask_smorest import Api, Blueprint
from werkzeug.routing import Rule

from backend.platform.core.roles import USER, Who
from backend.platform.privacy.decisions import About, AboutNobody, Subject
from backend.platform.web import problems
from backend.platform.web.fields import RemarkOut
from backend.platform.web.limits import Limit
from backend.platform.web.paging import WindowQuery
from backend.platform.web.uploads import Upload

Schema = type[ma.Schema]

JSON = "application/json"
LINES = "application/x-ndjson"  # one document a line
TITLE = "Personal carbon account"
VERSION = "v1"
DESCRIPTION = "Log what you do, see every gram explained, collect points, offset what is left."


class KeyHeader(ma.Schema):
    """The header that makes a request safe to send again."""

    key = ma.fields.String(
        data_key="Idempotency-Key",
        validate=ma.validate.Length(1, 255),
        metadata={
            "description": "Made by the caller, one per intent: the same key and body get the first answer again."
        },
    )


class MatchHeader(ma.Schema):
    """The header that asks only for what is new."""

    tag = ma.fields.String(data_key="If-None-Match", metadata={"description": "the ETag of an earlier answer"})


class FieldProblem(ma.Schema):
    """One field that cannot be accepted, and what to do about it."""

    field = ma.fields.String(required=True, metadata={"description": "path of the field, e.g. inputs.distance"})
    code = ma.fields.String()
    message = ma.fields.String()


class Problem(ma.Schema):
    """RFC 9457: what went wrong, in the caller's language, with a stable code and the facts that matter."""

    class Meta:
        """A code may bring facts of its own, such as `retry_after_s`."""

        unknown = ma.INCLUDE

    type = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    detail = ma.fields.String(required=True)
    instance = ma.fields.String(required=True)
    code = ma.fields.String(required=True, metadata={"description": "stable; texts may change"})
    errors = ma.fields.List(ma.fields.Nested(FieldProblem))


class Declaration(TypedDict, total=False):
    """What a slice writes at an endpoint; whatever it leaves out is as in `Declared`, or as the edge says."""

    who: Who
    status: int
    body: Schema
    upload: Upload
    query: Schema
    answer: Schema
    page: bool
    etag: bool
    once: bool
    transaction: bool
    steps: bool
    stream: bool
    media: str
    limits: tuple[Limit, ...]
    decides_about: Subject


@dataclass(frozen=True)
class Declared:
    """What one endpoint says of itself: who may call it, what it reads, what it answers."""

    method: str
    who: Who
    status: int
    body: Schema | None = None
    upload: Upload | None = None  # in place of a body of JSON: a file
    query: Schema | None = None
    answer: Schema | None = None
    page: bool = False
    etag: bool = False
    once: bool | None = None  # whether it takes a key; None: a POST does
    transaction: bool = True
    steps: bool = False  # the function returns `idempotency.Steps`
    stream: bool = False  # the function returns an iterator of pages of documents
    media: str | None = None  # of bytes the function writes itself; None: the JSON of `answer`
    limits: tuple[Limit, ...] = ()
    decides_about: Subject | None = None  # of whoever acts for the installation: about whom, or why about nobody

    def __post_init__(self) -> None:
        """Refuse to be declared where a decision about oneself could go unseen: raise `ValueError`."""
        is_operator = bool(self.who.roles - {USER})
        if is_operator and self.method != "GET" and self.decides_about is None:
            raise ValueError(
                "an operator's endpoint says whom it decides about: decides_about=about(…) or AboutNobody(…)"
            )
        if isinstance(self.decides_about, About) and (self.stream or self.steps or not self.transaction):
            raise ValueError("a decision is checked in its own transaction, which the edge opens")

    @property
    def answers_once(self) -> bool:
        """Whether a retry with the same key gets the first answer."""
        is_keyed = self.method == "POST" if self.once is None else self.once
        return is_keyed and not self.who.is_public

    def documentation(self, operation_id: str) -> dict[str, Any]:
        """The endpoint in the form flask-smorest collects."""
        places = (
            ("json", self.body),
            ("query", self.query),
            ("query", WindowQuery if self.page else None),
            ("header", KeyHeader if self.answers_once else None),
            ("header", MatchHeader if self.etag else None),
        )
        parameters = [
            {"in": place, "required": place == "json", "schema": schema()} for place, schema in places if schema
        ]
        success: dict[str, Any] = {"description": "Done", "content_type": (self.media or JSON).split(";")[0]}
        if self.stream:
            success |= {"content_type": LINES, "schema": {"type": "string"}}
        elif self.answer:
            success["schema"] = _page_of(self.answer) if self.page else self.answer()
        elif self.media:
            success["schema"] = {"type": "object" if self.media == JSON else "string"}
        responses = {"default": {"$ref": "#/components/responses/Problem"}}
        if self.etag:
            responses["304"] = {"description": "Not changed since the answer with this ETag"}
        return {
            "arguments": {"parameters": parameters, "responses": {}},
            "response": {"responses": {self.status: [success]}},
            "success_status_codes": [self.status],
            "manual_doc": {
                "operationId": operation_id,
                "security": [] if self.who.is_public else [{"access": []}],
                "x-roles": sorted(self.who.roles),
                **({"x-decides-about": _decided_about(self.decides_about)} if self.decides_about else {}),
                "responses": responses,
                **({"requestBody": self.upload.documentation()} if self.upload else {}),
            },
        }


def _decided_about(subject: Subject) -> str:
    return f"nobody: {subject.because}" if isinstance(subject, AboutNobody) else "people"


def _page_of(answer: Schema) -> ma.Schema:
    fields: dict[str, Any] = {
        "items": ma.fields.List(ma.fields.Nested(answer), required=True),
        "next_cursor": ma.fields.String(allow_none=True, required=True),
        "notes": ma.fields.List(ma.fields.Nested(RemarkOut), metadata={"description": "what was taken otherwise"}),
    }
    return ma.Schema.from_dict(fields, name=f"{answer.__name__}Page")()


class Route(Rule):
    """A rule of Werkzeug's that compiles how its address is built when somebody first builds one.

    Compiling it for every route as it is added was nine tenths of what making an application costs, though most
    addresses are only ever read.
    """

    _is_compiled = False

    def build(self, values: Mapping[str, Any], append_unknown: bool = True) -> tuple[str, str] | None:
        """The domain and the path for `values`, as Werkzeug builds them."""
        if not self._is_compiled:
            self._build = super()._compile_builder(False).__get__(self, None)
            self._build_unknown = super()._compile_builder(True).__get__(self, None)
            self._is_compiled = True
        return super().build(values, append_unknown)

    def _compile_builder(self, _append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        return _not_compiled


def _not_compiled() -> tuple[str, str]:
    raise AssertionError("Rule.build was not called")


class ProblemApi(Api):  # type: ignore[misc]  # flask-smorest ships no types
    """flask-smorest's API with RFC 9457 problems for every error, its own and ours.

    Its document is written when somebody first asks for it: that is most of what making an application costs.
    """

    def __init__(self, app: Flask) -> None:
        self._lock = threading.Lock()
        self._unwritten: list[Blueprint] = []
        super().__init__(app)

    def register_blueprint(self, blp: Blueprint) -> None:
        """Add the endpoints of `blp` to the application, and to the document later."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blp.name] = self
        self._app.register_blueprint(blp)
        self._unwritten.append(blp)

    def document(self) -> dict[str, Any]:
        """The OpenAPI document of all endpoints that were added."""
        with self._lock:
            for blp in self._unwritten:
                blp.register_views_in_doc(self, self._app, self.spec, name=blp.name, parameters=None)
                self.spec.tag({"name": blp.name, "description": blp.description})
            self._unwritten.clear()
            written: dict[str, Any] = self.spec.to_dict()
            return written

    def _register_responses(self) -> None:
        """Nothing: every error here is a `Problem`."""

    def _register_pagination_header(self) -> None:
        """Nothing: a page's cursor stands in its body."""

    def _register_error_handlers(self) -> None:
        self._app.register_error_handler(Exception, problems.answer)

    def handle_http_exception(self, error: Exception) -> Response:
        """A problem document with the headers a 405 or 429 needs."""
        return problems.answer(error)


def make_api(app: Flask) -> ProblemApi:
    """Attach the API document to `app`."""
    app.config.update(
        API_TITLE=TITLE,
        API_VERSION=VERSION,
        OPENAPI_VERSION="3.1.0",
        API_SPEC_OPTIONS={
            "info": {"description": DESCRIPTION},
            "components": {"securitySchemes": {"access": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}},
        },
    )
    api = ProblemApi(app)
    app.extensions["carbon.api"] = api
    api.spec.components.schema("Problem", schema=Problem)
    api.spec.components.response(
        "Problem",
        {
            "description": "Refused; `code` says why",
            "content": {problems.CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        },
    )
    return api
