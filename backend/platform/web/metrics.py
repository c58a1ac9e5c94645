"""`/metrics`: the figures of `backend.platform.ops.metrics` in Prometheus' text form."""

from __future__ import annotations

from flask import current_app

from backend.platform.core.actor import Actor
from backend.platform.core.roles import ANYONE
from backend.platform.ops import metrics
from backend.platform.web.edge import Edge

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

edge = Edge("metrics", "For machines", who=ANYONE, prefix="/")


@edge.get("/metrics", media=CONTENT_TYPE, transaction=False)
def get_metrics(actor: Actor) -> bytes:
    """Figures for Prometheus. Keep this path inside: the proxy in front should not pass it on."""
    return metrics.render(current_app._get_current_object())  # type: ignore[attr-defined]  # a proxy
