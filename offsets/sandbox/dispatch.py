"""Dispatching a request: who may ask, which key was used before, which fault strikes, and only then the operation.

Promise: one key has one effect and one answer, as with Stripe: the same request replays it, another one is refused,
one that still runs answers 409. Touches the store, and the socket where a fault breaks it.
"""

from __future__ import annotations

import hashlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Response, jsonify, request

from offsets.sandbox.errors import Answer, Body, StripeRefusal, error_body
from offsets.sandbox.faults import Fault, FaultKind, Faults
from offsets.sandbox.form_fields import Params, check_names, read_form
from offsets.sandbox.lookup import expand
from offsets.sandbox.store import Store
from offsets.sandbox.webhook_sender import NoticeSender

_BROKEN = error_body("An unknown error occurred", kind="api_error")
_REFUSING = {
    FaultKind.ERROR_BEFORE: (500, _BROKEN),
    FaultKind.RATE_LIMITED: (
        429,
        error_body("Too many requests.", kind="invalid_request_error", code="rate_limit"),
    ),
    FaultKind.CONFLICT: (
        409,
        error_body("This object is in use.", kind="invalid_request_error", code="lock_timeout"),
    ),
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One call of Stripe's API: its address, the SDK's name of its parameters, which of them are simulated, and what
    it does with (store, parameters, base url, ids in the path)."""

    method: str
    rule: str
    params_class: str
    simulated: frozenset[str]
    run: Callable[..., Body | Answer]


class Dispatcher:
    """Answers operations, one transaction each."""

    def __init__(self, store: Store, sender: NoticeSender, faults: Faults) -> None:
        self._store, self._sender, self._faults = store, sender, faults
        self._running: set[str] = set()
        self._lock = threading.Lock()

    def serve(self, operation: Operation, **ids: str) -> Response:
        """Answer the request at hand."""
        fault = self._faults.take(request.method, request.path)
        try:
            self.authorise()
            if fault is not None and fault.kind in (FaultKind.CLOSE_BEFORE, FaultKind.STALL_BEFORE):
                return _hang_up(fault)
            if fault is not None and fault.kind in _REFUSING:
                return _json(*_REFUSING[fault.kind])
            key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
            with self._alone(key):
                if fault is not None and fault.kind is FaultKind.SLOW:
                    time.sleep(fault.seconds)
                answer, replayed = self._answer(operation, key, fault, ids)
        except StripeRefusal as refusal:
            return _json(refusal.status, refusal.body)
        finally:
            self._sender.wake()
        if fault is not None and fault.kind in (FaultKind.CLOSE_AFTER, FaultKind.STALL_AFTER):
            return _hang_up(fault)
        return _json(answer.status, answer.body, replayed=replayed)

    def authorise(self) -> None:
        """Refuse whoever bears no test key: anything that starts like one will do."""
        if not request.headers.get("Authorization", "").startswith("Bearer sk_test_"):
            raise StripeRefusal("This sandbox takes keys that start with sk_test_.", status=401)

    def _answer(
        self, operation: Operation, key: str | None, fault: Fault | None, ids: dict[str, str]
    ) -> tuple[Answer, bool]:
        params = self._params()
        asked = _fingerprint()
        try:
            with self._store.transaction():
                if key is not None and (known := self._store.find_answer(key)) is not None:
                    return _replay(known, asked), True
                check_names(params, operation.params_class, operation.simulated)
                answer = self._perform(operation, params, ids)
                if fault is not None and fault.kind is FaultKind.ERROR_AFTER:
                    answer = Answer(500, _BROKEN)
                if key is not None:
                    self._store.remember(key, asked, answer.status, answer.body)
                return answer, False
        except StripeRefusal as refusal:
            if key is None or not refusal.remembered:
                raise
            with self._store.transaction():
                self._store.remember(key, asked, refusal.status, refusal.body)
            return Answer(refusal.status, refusal.body), False

    def _perform(self, operation: Operation, params: Params, ids: dict[str, str]) -> Answer:
        done = operation.run(self._store, params, request.host_url.rstrip("/"), *ids.values())
        if isinstance(done, Answer):
            return done
        return Answer(200, expand(self._store, done, params["expand"]) if "expand" in params else done)

    @staticmethod
    def _params() -> Params:
        query = request.query_string if request.method == "GET" else request.get_data()
        return read_form(query.decode("utf-8", "replace"))

    @contextmanager
    def _alone(self, key: str | None) -> Iterator[None]:
        if key is None:
            yield
            return
        with self._lock:
            if key in self._running:
                message = f"There is currently another in-progress request using this Idempotent Key: {key}"
                raise StripeRefusal(message, status=409, kind="idempotency_error", code="idempotency_key_in_use")
            self._running.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(key)


def _replay(known: tuple[str, int, Body], asked: str) -> Answer:
    first_asked, status, body = known
    if first_asked != asked:
        message = "Keys for idempotent requests can only be used with the same parameters they were first used with."
        raise StripeRefusal(message, kind="idempotency_error")
    return Answer(status, body)


def _fingerprint() -> str:
    body = "&".join(sorted(request.get_data().decode("utf-8", "replace").split("&")))
    return hashlib.sha256(f"{request.method} {request.path} {body}".encode()).hexdigest()


def _json(status: int, body: Body, *, replayed: bool = False) -> Response:
    response = jsonify(body)
    response.status_code = status
    if replayed:
        response.headers["Idempotent-Replayed"] = "true"
    if status == 429:
        response.headers["Retry-After"] = "1"
    return response


def _hang_up(fault: Fault) -> Response:
    """Say nothing and break the connection, at once or after the caller has lost patience."""
    time.sleep(fault.seconds)
    connection: socket.socket = request.environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)
    return Response(status=500)
