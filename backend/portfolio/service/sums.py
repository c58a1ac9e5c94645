"""Months added up: what a person's record comes to, by category, month and methodology, from a few rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from datetime import date
from typing import TypeVar

from sqlalchemy.orm import Session

from backend.activities.service import MonthOf
from backend.methodology import service as methodology
from backend.portfolio.domain import MethodologySum, Sum, VersionSum

Key = TypeVar("Key")
Item = TypeVar("Item")


def total(months: Iterable[MonthOf]) -> Sum:
    """All of them together."""
    names = [field.name for field in fields(Sum)]
    sums = dict.fromkeys(names, 0)
    for month in months:
        for name in names:
            sums[name] += getattr(month, name)
    return Sum(**sums)


def by_month(months: Iterable[MonthOf]) -> dict[date, Sum]:
    """By month, oldest first."""
    return {on: total(these) for on, these in sorted(_grouped(months, lambda month: month.month_on).items())}


def by_methodology(session: Session, months: Iterable[MonthOf]) -> list[MethodologySum]:
    """By methodology, what was credited most first."""
    sums = []
    for name, these in _grouped(months, lambda month: month.methodology_id).items():
        newest = max(these, key=lambda month: month.version)
        document = methodology.get_pinned(session, newest.version_id, newest.content_sha256).methodology
        versions = _grouped(these, lambda month: (month.version, month.content_sha256))
        sums.append(
            MethodologySum(
                id=name,
                category=document.category,
                titles=dict(document.title),
                sum=total(these),
                versions=tuple(VersionSum(*version, total(of_one)) for version, of_one in sorted(versions.items())),
            )
        )
    return sorted(sums, key=lambda one: (-one.sum.credited_g, one.id))


def by_category(methodologies: Iterable[MethodologySum]) -> dict[str, Sum]:
    """By category, what was credited most first."""
    sums = {
        name: _add([one.sum for one in these])
        for name, these in _grouped(methodologies, lambda one: one.category).items()
    }
    return dict(sorted(sums.items(), key=lambda pair: (-pair[1].credited_g, pair[0])))


def _add(parts: Iterable[Sum]) -> Sum:
    names = [field.name for field in fields(Sum)]
    listed = list(parts)
    return Sum(**{name: sum(getattr(part, name) for part in listed) for name in names})


def _grouped(items: Iterable[Item], key: Callable[[Item], Key]) -> dict[Key, list[Item]]:
    groups: dict[Key, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups
