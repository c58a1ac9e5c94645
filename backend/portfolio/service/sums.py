"""Months added up: what a person's record comes to, by category, month and methodology, from a few rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from datetime import date
from typing import TypeVar

from sqlalchemy.orm import Session

from backend.activities.service import MonthOf
from backend.methodology import service as methodology
from backend.platform.core import i18n
from backend.platform.core.i18n import Language
from backend.portfolio.domain import Gases, MethodologySum, Sum, VersionSum
from calculators import GasScope, gases_reached

Key = TypeVar("Key")
Item = TypeVar("Item")

_GASES = {GasScope.CO2: "co2", GasScope.GHG: "ghg", GasScope.GHG_AND_CONTRAILS: "ghg_and_contrails"}


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
        pinned = {one.version_id: one.content_sha256 for one in these}
        contents = [methodology.get_pinned(session, *of_version) for of_version in pinned.items()]
        versions = _grouped(these, lambda month: (month.version, month.content_sha256))
        sums.append(
            MethodologySum(
                id=name,
                category=document.category,
                titles=dict(document.title),
                sum=total(these),
                versions=tuple(VersionSum(*version, total(of_one)) for version, of_one in sorted(versions.items())),
                scopes=tuple(sorted({str(gas) for content in contents for gas in gases_reached(*content)})),
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


def counted_gases(scopes: Iterable[str], language: Language) -> Gases:
    """Which gases a sum counts whose workings were read, in words: none meet in silence."""
    return _say_gases(scopes, "several", language)


def reached_gases(methodologies: Iterable[MethodologySum], language: Language) -> Gases:
    """Which gases a sum may count by its rules, the places not being known, in words."""
    scopes = {scope for one in methodologies if one.sum.reduction_g for scope in one.scopes}
    return _say_gases(scopes, "perhaps_several", language)


def any_gases(language: Language) -> Gases:
    """What a sum may count of which nothing is told but its size, in words."""
    return _say_gases((GasScope.CO2, GasScope.GHG), "perhaps_several", language)


def _say_gases(scopes: Iterable[str], several: str, language: Language) -> Gases:
    found = tuple(sorted(set(scopes)))
    code = "none" if not found else several if len(found) > 1 else _GASES[GasScope(found[0])]
    return Gases(found, i18n.text("gases", code, language=language))


def _add(parts: Iterable[Sum]) -> Sum:
    names = [field.name for field in fields(Sum)]
    listed = list(parts)
    return Sum(**{name: sum(getattr(part, name) for part in listed) for name in names})


def _grouped(items: Iterable[Item], key: Callable[[Item], Key]) -> dict[Key, list[Item]]:
    groups: dict[Key, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups
