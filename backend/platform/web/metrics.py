"""Figures for machines, in Prometheus' text form at `/metrics`.

Each worker process counts for itself. With several workers, set `PROMETHEUS_MULTIPROC_DIR` (the client library's own
variable) to an empty directory, and whichever worker answers adds all of them up. Slices add figures of the database
with `gauge`; those are read when somebody asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import structlog
from flask import Flask, current_app
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from backend.platform.data.transactions import in_transaction
from backend.platform.web.auth import ANYONE
from backend.platform.web.edge import Edge

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# seconds: from a cached answer to a statement that is about to be cut off
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

edge = Edge("metrics", "For machines", who=ANYONE, prefix="/")

_log = structlog.get_logger("metrics")


@dataclass(frozen=True)
class _Gauge:
    name: str
    help: str
    read: Callable[[Session], float]


class _Metrics:
    """The metrics of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "carbon_http_requests", "Requests answered.", ["method", "route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "carbon_http_request_seconds", "Time to answer.", ["route"], buckets=BUCKETS, registry=self.registry
        )
        self.gauges: list[_Gauge] = []


def prepare(app: Flask) -> None:
    """Give `app` its metrics."""
    app.extensions["carbon.metrics"] = _Metrics()


def count_request(app: Flask, method: str, route: str, status: int, took_s: float) -> None:
    """Count one answered request. `route` is the rule, so that ids do not multiply the series."""
    mine: _Metrics = app.extensions["carbon.metrics"]
    mine.requests.labels(method, route, str(status)).inc()
    mine.seconds.labels(route).observe(took_s)


def gauge(app: Flask, name: str, words: str, read: Callable[[Session], float]) -> None:
    """Show `read(session)` as `carbon_<name>` whenever the metrics are asked for."""
    app.extensions["carbon.metrics"].gauges.append(_Gauge(f"carbon_{name}", words, read))


@edge.get("/metrics", media=CONTENT_TYPE, transaction=False)
def get_metrics(actor):
    """Figures for Prometheus. Keep this path inside: the proxy in front should not pass it on."""
    mine: _Metrics = current_app.extensions["carbon.metrics"]
    registry = CollectorRegistry()
    registry.register(_OfTheDatabase(mine.gauges))
    return generate_latest(_shared() or mine.registry) + generate_latest(registry)


class _OfTheDatabase:
    """The gauges, read in one transaction; none while the database is away."""

    def __init__(self, gauges: list[_Gauge]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Every gauge with its present value."""
        try:
            values = in_transaction(lambda session: [one.read(session) for one in self._gauges], read_only=True)
        except SQLAlchemyError as error:
            _log.warning("no figures of the database", exc_info=error)
            return
        for one, value in zip(self._gauges, values, strict=True):
            yield GaugeMetricFamily(one.name, one.help, value=value)


def _shared() -> CollectorRegistry | None:
    """The registry that adds up all workers, or None when each counts for itself."""
    registry = CollectorRegistry()
    try:
        MultiProcessCollector(registry)
    except ValueError:  # the library's way to say that its directory is not set
        return None
    return registry
