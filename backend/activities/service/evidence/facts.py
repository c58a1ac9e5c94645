"""What a piece of evidence shows: facts for the rules, sealed under its owner's key beside the piece."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy.orm import Session

from backend.activities.domain import EvidencePiece
from backend.platform.privacy.vault import the_vault
from calculators import Measured, PaperFacts, read_facts_record, read_measured

FACTS = "evidence.facts"
OWN, ANOTHERS = "own", "another's"  # whose earlier piece is meant


@dataclass(frozen=True)
class TrackShown:
    """What a track shows: its figures, whose track it repeats or looks like, and where it was not recorded."""

    measured: Measured
    repeats: str | None
    alike: str | None
    alike_percent: int
    refutes: frozenset[str]


@dataclass(frozen=True)
class MeterShown:
    """What the picture of a meter or odometer says; `value` is a decimal as text."""

    value: str
    unit: str
    device: str
    read_at: datetime


@dataclass(frozen=True)
class PaperShown:
    """What a machine read from a paper of a kind, and whose other paper has its number: own or another's."""

    kind: str
    facts: PaperFacts
    used_by: str | None = None

    @property
    def is_blank(self) -> bool:
        """Whether nothing on it is what a paper states."""
        facts = self.facts
        return not (facts.number or facts.days or facts.amounts or facts.period)


def seal_facts(session: Session, user_id: str, facts: Mapping[str, Any]) -> bytes:
    """Facts as they may be stored."""
    return the_vault().seal(session, user_id, FACTS, orjson.dumps(facts))


def read_facts(session: Session, piece: EvidencePiece) -> dict[str, Any]:
    """What a piece shows, as it was stored; nothing for what was only attested."""
    if piece.sealed_facts is None or piece.sealed_for is None:
        return {}
    facts: dict[str, Any] = orjson.loads(the_vault().unseal(session, piece.sealed_for, FACTS, piece.sealed_facts))
    return facts


def of_the_owner(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a piece but for what they say of others.

    That somebody else's paper has the number of this one, and which piece of whom it looks like.
    """
    told = dict(facts)
    if told.get("paper", {}).get("used_by") == ANOTHERS:
        told["paper"] = _without(told["paper"], "used_by")
    if told.get("alike", {}).get("whose") == ANOTHERS:
        told["alike"] = _without(told["alike"], "of")
    return told


def _without(facts: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if key != name}


def read_track(session: Session, piece: EvidencePiece) -> TrackShown:
    """What a track shows."""
    facts = read_facts(session, piece)
    alike = facts.get("alike", {})
    return TrackShown(
        measured=read_measured(facts["measured"]),
        repeats=facts.get("repeats"),
        alike=alike.get("whose"),
        alike_percent=alike.get("percent", 0),
        refutes=frozenset(facts["refutes"]),
    )


def read_alike(session: Session, piece: EvidencePiece) -> str | None:
    """Whose earlier picture a picture was made from: own or another's; None for one that is its own."""
    whose: str | None = read_facts(session, piece).get("alike", {}).get("whose")
    return whose


def read_meter(session: Session, piece: EvidencePiece) -> MeterShown:
    """What a reading says."""
    facts = read_facts(session, piece)
    return MeterShown(facts["value"], facts["unit"], facts["device"], datetime.fromisoformat(facts["read_at"]))


def read_paper(session: Session, piece: EvidencePiece) -> PaperShown | None:
    """What was read from a paper; None where no machine looked at it."""
    facts = read_facts(session, piece).get("paper")
    if facts is None:
        return None
    return PaperShown(piece.tier, read_facts_record(facts), facts.get("used_by"))
