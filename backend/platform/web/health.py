"""For machines: is the process alive, can it serve, which keys sign its tokens."""

from __future__ import annotations

import redis
import structlog
from flask import current_app
from marshmallow import Schema, fields
from sqlalchemy.exc import SQLAlchemyError

from backend.platform.core.errors import Refusal
from backend.platform.data import schema
from backend.platform.data.transactions import in_transaction
from backend.platform.web.auth import ANYONE, token_keys
from backend.platform.web.edge import Edge

_log = structlog.get_logger("health")

edge = Edge("machine", "For machines", who=ANYONE, prefix="/")


class Alive(Schema):
    """The process answers."""

    status = fields.String(required=True)


class Ready(Alive):
    """What the process needs, and whether it has it."""

    database = fields.String(required=True, metadata={"description": "ok or down"})
    schema = fields.String(required=True, metadata={"description": "ok, behind (flask db upgrade) or unknown"})
    redis = fields.String(required=True, metadata={"description": "ok or down; nothing that matters needs it"})


class Keys(Schema):
    """A JSON Web Key Set."""

    keys = fields.List(fields.Dict(), required=True)


@edge.get("/healthz", answer=Alive, transaction=False)
def get_health(actor):
    """Alive: the process answers. Restart it when it does not."""
    return {"status": "ok"}


@edge.get("/readyz", answer=Ready, transaction=False)
def get_readiness(actor):
    """Ready: the database answers and has seen every migration. Without Redis limits count per process, no more."""
    state = {"database": "ok", "schema": "unknown", "redis": _redis_state()}
    try:
        state["schema"] = "ok" if in_transaction(schema.is_current, read_only=True) else "behind"
    except (SQLAlchemyError, Refusal) as error:
        _log.warning("the database does not answer", exc_info=error)
        state["database"] = "down"
    if state["schema"] != "ok":
        raise Refusal("service.not_ready", retry_after_s=5, **state)
    return {"status": "ok", **state}


@edge.get("/.well-known/jwks.json", answer=Keys, transaction=False, etag=True)
def get_token_keys(actor):
    """The public keys of access tokens, so that another service can verify them."""
    return token_keys().jwks()


def _redis_state() -> str:
    try:
        current_app.extensions["carbon.redis"].ping()
    except redis.RedisError:
        return "down"
    return "ok"
