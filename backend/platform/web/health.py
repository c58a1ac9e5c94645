"""For machines: is the process alive, can it serve, which keys sign its tokens."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from backend.platform.core.actor import Actor
from backend.platform.core.errors import Refusal
from backend.platform.core.roles import ANYONE
from backend.platform.ops import health
from backend.platform.privacy.access_tokens import token_keys
from backend.platform.web.edge import Edge

edge = Edge("machine", "For machines", who=ANYONE, prefix="/")


class Alive(Schema):
    """The process answers."""

    status = fields.String(required=True)


class Ready(Alive):
    """What the process needs, and whether it has it."""

    database = fields.String(required=True, metadata={"description": "ok or down"})
    schema = fields.String(required=True, metadata={"description": "ok, behind (flask db upgrade) or unknown"})
    keys = fields.String(
        required=True,
        metadata={"description": "ok, unknown, or missing and the names of master keys (flask keys list)"},
    )
    redis = fields.String(required=True, metadata={"description": "ok or down; nothing that matters needs it"})


class Keys(Schema):
    """A JSON Web Key Set."""

    keys = fields.List(fields.Dict(), required=True)


@edge.get("/healthz", answer=Alive, transaction=False)
def get_health(actor: Actor) -> dict[str, Any]:
    """Alive: the process answers. Restart it when it does not."""
    return {"status": "ok"}


@edge.get("/readyz", answer=Ready, transaction=False)
def get_readiness(actor: Actor) -> dict[str, Any]:
    """Ready: the database has seen every migration, no master key is missing. Without Redis limits are per process."""
    readiness = health.probe()
    if not readiness.is_ready:
        raise Refusal("service.not_ready", retry_after_s=5, **vars(readiness))
    return {"status": "ok", **vars(readiness)}


@edge.get("/.well-known/jwks.json", answer=Keys, transaction=False, etag=True)
def get_token_keys(actor: Actor) -> dict[str, Any]:
    """The public keys of access tokens, so that another service can verify them."""
    return token_keys().jwks()
