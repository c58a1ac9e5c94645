"""`/metrics`: the figures of `backend.platform.ops.metrics` in Prometheus' text form."""

from __future__ import annotations

import hmac
import ipaddress

from flask import current_app, request

from backend.platform.core import context
from backend.platform.core.actor import Actor
from backend.platform.core.errors import Refusal
from backend.platform.core.roles import ANYONE
from backend.platform.ops import metrics
from backend.platform.web.edge import Edge

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

edge = Edge("metrics", "For machines", who=ANYONE, prefix="/")


@edge.get("/metrics", media=CONTENT_TYPE, transaction=False)
def get_metrics(actor: Actor) -> bytes:
    """Figures for Prometheus, for whoever has the installation's token for them."""
    if not _may_see():
        raise Refusal("request.not_found")
    return metrics.render(current_app._get_current_object())  # type: ignore[attr-defined]  # a proxy


def _may_see() -> bool:
    """Whoever brings `CARBON_METRICS_TOKEN`; where there is none, this machine alone, and nobody in production."""
    settings = context.settings()
    if settings.metrics_token:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        is_theirs = hmac.compare_digest(token.strip().encode(), settings.metrics_token.encode())
        return scheme.lower() == "bearer" and is_theirs
    return not settings.is_production and _is_loopback(request.remote_addr or "")


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
