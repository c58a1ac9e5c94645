"""A statement's file as typed values: what paper is printed from. The file itself stays the bytes that were signed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from backend.portfolio.domain import Sum


@dataclass(frozen=True)
class PeriodFacts:
    """The period of a statement, in the zone of its person. `kind` is `month` or `year`."""

    kind: str
    text: str
    first_on: date
    last_on: date
    zone: str


@dataclass(frozen=True)
class VersionFacts:
    """What a version of a methodology came to, under the titles the methodology had."""

    titles: Mapping[str, str]
    version: int
    sha256: str
    sum: Sum


@dataclass(frozen=True)
class GasFacts:
    """What of the total counts these gases."""

    scopes: tuple[str, ...]
    reduction_g: int
    credited_g: int


@dataclass(frozen=True)
class HeldFacts:
    """What still waits for a decision."""

    activities: int
    credited_g: int


@dataclass(frozen=True)
class PointFacts:
    """Balances at the first and last instant, by name, and what was moved between them, by kind of entry."""

    opening: Mapping[str, int]
    moved: Mapping[str, int]
    closing: Mapping[str, int]


@dataclass(frozen=True)
class RetirementFacts:
    """Credits that were retired for the person."""

    certificate: str | None
    vintage: int
    serials: str
    grams: int
    retired_on: date
    is_demonstration: bool


@dataclass(frozen=True)
class LedgerFacts:
    """The end of the person's chain of entries when the statement was composed."""

    sequence: int
    sha256: str


@dataclass(frozen=True)
class StatementFile:
    """Everything a statement says. `number` and `issued_on` are None of a draft, `holder` where no name is shown."""

    issuer: str
    number: str | None
    issued_on: date | None
    holder: str | None
    is_signed: bool
    period: PeriodFacts
    region: str
    total: Sum  # of a statement from before there was a range of the sum: its bounds as they were added up
    by_gas: tuple[GasFacts, ...]  # none of such a statement
    held: HeldFacts
    by_category: Mapping[str, int]  # credited grams
    by_month: Mapping[str, int]  # credited grams by `2026-11`
    versions: tuple[VersionFacts, ...]
    points: PointFacts
    retirements: tuple[RetirementFacts, ...]
    ledger: LedgerFacts


def read_statement(file: bytes) -> StatementFile:
    """The statement in a file as it was issued or drafted; `KeyError` or `ValueError` for what is no such file."""
    document = json.loads(file)
    facts, holder = document["statement"], document["holder"]
    reductions, period = facts["reductions"], facts["period"]
    return StatementFile(
        issuer=facts["issuer"],
        number=facts["number"],
        issued_on=_day_of(facts["issued_at"]) if facts["issued_at"] else None,
        holder=holder["name"] if holder else None,
        is_signed=document["signature"] is not None,
        period=PeriodFacts(
            period["kind"],
            period["text"],
            date.fromisoformat(period["from"]),
            date.fromisoformat(period["until"]),
            period["zone"],
        ),
        region=facts["region"],
        total=_sum({**reductions["total"], **reductions.get("range", {})}),
        by_gas=tuple(
            GasFacts(tuple(one["scopes"]), one["reduction_g"], one["credited_g"])
            for one in reductions.get("by_gas", ())
        ),
        held=HeldFacts(**reductions["held"]),
        by_category={part["category"]: part["credited_g"] for part in reductions["by_category"]},
        by_month={part["month"]: part["credited_g"] for part in reductions["by_month"]},
        versions=tuple(
            VersionFacts(one["title"], version["version"], version["sha256"], _sum(version))
            for one in reductions["by_methodology"]
            for version in one["versions"]
        ),
        points=PointFacts(**facts["points"]),
        retirements=tuple(map(_retirement, facts["offsets"])),
        ledger=LedgerFacts(**facts["ledger"]),
    )


def _sum(facts: Mapping[str, Any]) -> Sum:
    return Sum(**{field.name: facts[field.name] for field in fields(Sum)})


def _retirement(facts: Mapping[str, Any]) -> RetirementFacts:
    return RetirementFacts(
        certificate=facts["certificate"],
        vintage=facts["vintage"],
        serials=facts["serials"],
        grams=facts["grams"],
        retired_on=_day_of(facts["retired_at"]),
        is_demonstration=facts["demonstration"],
    )


def _day_of(instant: str) -> date:
    return datetime.fromisoformat(instant).date()
