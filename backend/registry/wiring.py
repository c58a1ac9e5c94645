"""Attaches the registry to the application: its invariants, and the commands of whoever keeps the stock."""

from __future__ import annotations

from flask import Flask

from backend import checks
from backend.registry import service


def attach(app: Flask) -> None:
    """Declare what must always hold of lots, retirements and certificates."""
    checks.declare(app, "registry", service.verify)
