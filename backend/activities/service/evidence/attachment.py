"""What supports a person's word: attested by somebody else or handed in, once by anyone, and used for one activity."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.activities.domain import PICTURES, EvidenceKind, EvidencePiece, tier_of_pair
from backend.activities.service.evidence.facts import (
    OWN,
    MeterShown,
    PaperShown,
    TrackShown,
    read_alike,
    read_meter,
    read_paper,
    read_track,
)
from backend.activities.service.evidence.upload import PURPOSE, check_location_agreed
from backend.activities.sql import evidence as sql
from backend.platform.core import clock
from backend.platform.core.errors import InvalidFields, Refusal
from backend.platform.data import ids
from backend.platform.data.batch import Batch, fetch, fetch_one
from backend.platform.data.transactions import enqueue_writes
from backend.platform.privacy.vault import the_vault
from calculators import Examined, Methodology, age_by_papers, bought_by, copy_mark, examine_paper, paper_claim


@dataclass(frozen=True)
class EvidenceSummary:
    """What the pieces that support one activity amount to together.

    `tiers` counts each piece by its own, two of one odometer as a pair. `readings` are of one device, or of meters in
    a row, the earliest first; `is_carried` says that the first of them supported something else before, `is_copied`
    that another series has the same steps. `track` is the first one; `alike` says whose earlier picture one of the
    pictures was made from. `papers` are those that a machine looked at, `examined` the same beside what an activity
    says.
    """

    pieces: Sequence[EvidencePiece] = ()
    tiers: tuple[str, ...] = ()
    track: TrackShown | None = None
    alike: str | None = None
    readings: tuple[MeterShown, ...] = ()
    is_carried: bool = False
    is_copied: bool = False
    papers: tuple[PaperShown, ...] = ()
    examined: tuple[Examined, ...] = ()

    @property
    def kinds_shown(self) -> frozenset[str]:
        """The kinds of what was handed in or attested; what a machine found nothing on is no paper."""
        blank = Counter(paper.kind for paper in self.papers if paper.is_blank)
        return frozenset(Counter(piece.tier for piece in self.pieces) - blank)

    def strongest(self, methodology: Methodology, otherwise: str) -> str:
        """The tier to which the methodology gives most weight; `otherwise` where it gives none of them any."""
        known = [tier for tier in self.tiers if tier in methodology.evidence_weights]
        return max(known, key=lambda tier: methodology.evidence_weights[tier], default=otherwise)


_SERIES = 3  # readings
_EXCHANGE = timedelta(hours=1)  # within which a fitter reads the meter that goes and the one that comes
CONSENT = "attestation"  # without it nobody attests what a person did


def attest(session: Session, attested_by: str, user_id: str, tier: str, reference: str) -> EvidencePiece:
    """Put a piece of evidence into a person's hands; `reference` is its number outside (a ticket, a reading).

    Raises `not_found` for a person nobody knows, `evidence.not_agreed` for one who has not agreed that others attest
    what they do, and `evidence.known` when the reference was handed in before, by anyone.
    """
    accounts.get_account(session, user_id)
    if not accounts.has_active_consent(session, user_id, CONSENT):
        raise Refusal("evidence.not_agreed")
    piece = EvidencePiece(user_id, ids.new_id("evidence"), tier, attested_by, clock.database_now(session))
    reference_hash = the_vault().keyed_hash(PURPOSE, f"{tier}:{reference}")
    enqueue_writes(session, [sql.insert_piece(piece), sql.claim_reference(piece, reference_hash)])
    return piece


def fetch_pieces(session: Session, user_id: str, evidence_ids: Sequence[str]) -> list[EvidencePiece]:
    """The pieces named in a request, in one round trip; raises as `check_usable` does."""
    batch = Batch(session)
    handles = [batch.fetch(sql.piece_question(user_id, evidence_id)) for evidence_id in evidence_ids]
    batch.run()
    return check_usable([handle.one_or_none() for handle in handles])


def check_usable(pieces: Sequence[EvidencePiece | None]) -> list[EvidencePiece]:
    """The pieces of a request, in its order; raise `request.invalid` for one that cannot be used."""
    usable, errors = [], []
    for position, piece in enumerate(pieces):
        if piece is None:
            errors.append({"field": f"evidence.{position}", "code": "unknown_evidence"})
        elif piece.activity_id is not None:
            errors.append({"field": f"evidence.{position}", "code": "evidence_used"})
        elif not piece.is_kept:
            errors.append({"field": f"evidence.{position}", "code": "evidence_not_kept"})
        else:
            usable.append(piece)
    if errors:
        raise InvalidFields(errors)
    return usable


def summarize(session: Session, pieces: Sequence[EvidencePiece]) -> EvidenceSummary:
    """What pieces of evidence amount to; opens what they show, once.

    Raises `evidence.location_not_agreed` for a track that supports nothing yet, where its owner took the consent back.
    """
    new_track = next((piece for piece in pieces if piece.is_track and piece.activity_id is None), None)
    if new_track is not None:
        check_location_agreed(session, new_track.user_id)
    track = next((read_track(session, piece) for piece in pieces if piece.is_track), None)
    readings, is_carried = _read_readings(session, pieces)
    papers = (read_paper(session, piece) for piece in pieces if piece.is_own_paper)
    read = tuple(paper for paper in papers if paper is not None)
    alike = next(filter(None, (_alike(session, piece) for piece in pieces if piece.media in PICTURES)), None)
    is_copied = _is_copied(session, [piece for piece in pieces if piece.is_own_reading], readings)
    return EvidenceSummary(
        pieces, tuple(_tiers_of(pieces, readings)), track, alike, tuple(readings), is_carried, is_copied, read
    )


def examine_papers(support: EvidenceSummary, rule: Methodology, inputs: Mapping[str, Any], on: date) -> EvidenceSummary:
    """The same summary with its papers laid beside what an activity of a day says."""
    examined = []
    for paper in support.papers:
        claim = paper_claim(rule, inputs, paper.kind, on)
        if claim is not None and paper.kind in rule.evidence_weights:
            examined.append(replace(examine_paper(paper.facts, claim), used_by=paper.used_by))
    return replace(support, examined=tuple(examined)) if examined else support


def age_told_by(support: EvidenceSummary, rule: Methodology, inputs: Mapping[str, Any], on: date) -> dict[str, str]:
    """The input that says how long ago something was bought, by the day of its papers; {} where a person says it."""
    bought = bought_by(rule.id)
    name = bought.age if bought else None
    if name is None or name in inputs:
        return {}
    papers = [paper.facts for paper in support.papers if paper.kind in rule.evidence_weights]
    age = age_by_papers(rule, papers, on)
    return {} if age is None else {name: format(age, "f")}


def _tiers_of(pieces: Sequence[EvidencePiece], readings: Sequence[MeterShown]) -> list[str]:
    """A single reading that somebody took of a meter shows nothing yet: the next one shows what ran through between."""
    tiers = [piece.tier for piece in pieces if not (piece.is_own_reading and piece.tier == EvidenceKind.METER_READING)]
    if len(readings) > 1:
        tiers += [tier_of_pair(tier) for tier in {piece.tier for piece in pieces if piece.is_own_reading}]
    return tiers


def _read_readings(session: Session, pieces: Sequence[EvidencePiece]) -> tuple[list[MeterShown], bool]:
    """What the readings that a person handed in say, the earliest first: of one device, or of meters in a row.

    Of meters at one time only the one that is named most often is looked at; two cars are never in a row. Before a
    single reading of the first meter comes the one that supported something else, and True says so.
    """
    own = [piece for piece in pieces if piece.is_own_reading]
    if not own:
        return [], False
    shown = _meter_after_meter([read_meter(session, piece) for piece in own])
    counts = Counter(one.device for one in shown)
    are_meters = all(piece.tier == EvidenceKind.METER_READING for piece in own)
    if len(counts) > 1 and not (are_meters and _are_in_a_row(shown)):
        device = counts.most_common(1)[0][0]
        shown = [one for one in shown if one.device == device]
    if counts[shown[0].device] > 1:
        return shown, False
    before = _read_before(session, own[0].user_id, shown[0])
    return [*before, *shown], bool(before)


def _meter_after_meter(shown: Sequence[MeterShown]) -> list[MeterShown]:
    """The readings of each meter by their time, and the meters by their first."""
    first = {one.device: one.read_at for one in sorted(shown, key=lambda one: one.read_at, reverse=True)}
    return sorted(shown, key=lambda one: (first[one.device], one.device, one.read_at))


def _are_in_a_row(shown: Sequence[MeterShown]) -> bool:
    """Whether each meter ends before the next one begins, and every meter but the first is read twice or more.

    A fitter reads both within the same hour, in either order.
    """
    runs = [list(run) for _, run in itertools.groupby(shown, key=lambda one: one.device)]
    overlaps = (before[-1].read_at - after[0].read_at for before, after in itertools.pairwise(runs))
    return all(overlap <= _EXCHANGE for overlap in overlaps) and all(len(run) > 1 for run in runs[1:])


def _read_before(session: Session, user_id: str, reading: MeterShown) -> list[MeterShown]:
    used = (read_meter(session, piece) for piece in fetch(session, sql.used_meter_readings(user_id)).all())
    earlier = [one for one in used if one.device == reading.device and one.read_at < reading.read_at]
    return [max(earlier, key=lambda one: one.read_at)] if earlier else []


def _alike(session: Session, piece: EvidencePiece) -> str | None:
    """Whose earlier picture one was made from; a meter looks like itself, and only its figures move."""
    whose = read_alike(session, piece)
    return None if piece.is_own_reading and whose == OWN else whose


def _is_copied(session: Session, own: Sequence[EvidencePiece], shown: Sequence[MeterShown]) -> bool:
    """Whether another activity's readings have the same steps at the same hours, whatever their meter began with.

    Who copies the readings of a neighbour gives the meter another number and another beginning; what ran through it,
    and when, stays. The first to hand a series in keeps it, in the directory of references.
    """
    if len(own) < _SERIES or len({one.device for one in shown}) > 1:
        return False
    mark = copy_mark([(Decimal(one.value), int(one.read_at.timestamp())) for one in shown])
    if mark is None:
        return False
    reference_hash = the_vault().keyed_hash(PURPOSE, f"series:{mark}")
    # claimed before anybody is asked: who hands the same in at this moment is waited for
    if fetch(session, sql.reference_claim(own[0], reference_hash)).all():
        return False
    holder = fetch_one(session, sql.holder_question(reference_hash))
    return holder not in {piece.id for piece in own}
