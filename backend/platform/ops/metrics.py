"""Figures for machines: what was answered and how fast, and what the database knows.

Each worker process counts for itself. With several workers, set `PROMETHEUS_MULTIPROC_DIR` (the client library's own
variable) to an empty directory, and whichever worker answers adds all of them up. Slices add figures of the database
with `gauge`; those are read when somebody asks. The endpoint is `backend.platform.web.metrics`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import structlog
from flask import Flask
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from backend.platform.data.transactions import in_transaction

# seconds: from a cached answer to a statement that is about to be cut off
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
EXTENSION = "carbon.metrics"

_log = structlog.get_logger("metrics")


@dataclass(frozen=True)
class Gauge:
    """One figure of the database, read when somebody asks."""

    name: str
    help: str
    read: Callable[[Session], float]


@dataclass(frozen=True)
class Metrics:
    """The metrics of one application."""

    registry: CollectorRegistry
    requests: Counter
    seconds: Histogram
    gauges: list[Gauge] = field(default_factory=list)


def prepare(app: Flask) -> Metrics:
    """Give `app` its metrics. A route is counted by its rule, so that ids do not multiply the series."""
    registry = CollectorRegistry()
    labels = ["method", "route", "status"]
    made = app.extensions[EXTENSION] = Metrics(
        registry,
        Counter("carbon_http_requests", "Requests answered.", labels, registry=registry),
        Histogram("carbon_http_request_seconds", "Time to answer.", ["route"], buckets=BUCKETS, registry=registry),
    )
    return made


def gauge(app: Flask, name: str, description: str, read: Callable[[Session], float]) -> None:
    """Show `read(session)` as `carbon_<name>` whenever the metrics are asked for."""
    app.extensions[EXTENSION].gauges.append(Gauge(f"carbon_{name}", description, read))


def render(app: Flask) -> bytes:
    """Every figure in Prometheus' text form; without those of the database while it does not answer."""
    metrics: Metrics = app.extensions[EXTENSION]
    registry = CollectorRegistry()
    registry.register(_DatabaseFigures(metrics.gauges))
    return generate_latest(_shared_registry() or metrics.registry) + generate_latest(registry)


class _DatabaseFigures(Collector):
    """The gauges, read in one transaction; none while the database is away."""

    def __init__(self, gauges: list[Gauge]) -> None:
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


def _shared_registry() -> CollectorRegistry | None:
    """The registry that adds up all workers, or None when each counts for itself."""
    registry = CollectorRegistry()
    try:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library leaves it untyped
    except ValueError:  # the library's way to say that its directory is not set
        return None
    return registry
