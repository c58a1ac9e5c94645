"""For machines: is the process alive, can it serve, which keys sign its tokens."""

from __future__ import annotations

import redis
from flask import current_app
from marshmallow import Schema, fields
from sqlalchemy import text

from backend.auth import ANYONE, token_keys
from backend.edge import Edge

edge = Edge("machine", "For machines", who=ANYONE, prefix="/")


class Alive(Schema):
    """The process answers."""

    status = fields.String(required=True)


class Ready(Alive):
    """What the process needs, and whether it has it."""

    database = fields.String(required=True)
    redis = fields.String(required=True)


class Keys(Schema):
    """A JSON Web Key Set."""

    keys = fields.List(fields.Dict(), required=True)


@edge.get("/healthz", answer=Alive, transaction=False)
def get_health(actor):
    """Alive: the process answers. Restart it when it does not."""
    return {"status": "ok"}


@edge.get("/readyz", answer=Ready)
def get_readiness(session, actor):
    """Ready: the database answers. Redis may be down; money paths do not need it."""
    session.execute(text("SELECT 1"))
    return {"status": "ok", "database": "ok", "redis": _redis_state()}


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
