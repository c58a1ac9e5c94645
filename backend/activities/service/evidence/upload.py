"""Handing something in: a row, and the directories in which it can stand only once, in one transaction.

The row comes first and the file after it, so that every file has a row; until the storage has it, `kept_at` is empty
and nothing can rest on it. Sending the same again finishes what was begun.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session
from sqlalchemy.sql import Executable

from backend.accounts import service as accounts
from backend.activities.domain import EvidenceKind, EvidencePiece
from backend.activities.service.evidence.facts import ANOTHERS, OWN, read_facts, read_paper, seal_facts
from backend.activities.service.evidence.inspect import Piece
from backend.activities.service.evidence.look_alikes import LookAlike, keep_sketch
from backend.activities.service.evidence.picture_copies import keep_outlines
from backend.activities.sql import evidence as sql
from backend.ledger import service as ledger
from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.data import ids
from backend.platform.data.batch import Batch, Question, fetch, fetch_one, read_rows
from backend.platform.data.transactions import enqueue_writes
from backend.platform.ops import outbox
from backend.platform.privacy.vault import the_vault
from calculators import ALIKE, are_other_sellers

PURPOSE, CONTENT, MARK = "activities.evidence", "evidence.content", "activities.trace_mark"
NUMBER = "evidence.paper_number"
MOST_SELLERS = 8  # that have one short number on one day; what comes after is looked at by somebody
LOCATION = "location"  # the consent without which no track is taken or used

Sellers = Sequence[tuple[str, str]]  # the label and the name behind it
Holder = tuple[str | None, str | None]  # owner and piece; None once they were erased


def record_evidence(session: Session, user_id: str, piece: Piece, alike: LookAlike | None = None) -> EvidencePiece:
    """Store a piece and claim it for `user_id`; the same unused piece again is the first.

    `alike` is the earlier track or picture it looks like.

    Raises `evidence.known` when it was handed in before by somebody else, or used, and
    `evidence.location_not_agreed` for a track of somebody who does not agree that positions are used.
    """
    if piece.kind == EvidenceKind.GPS_TRACE:
        check_location_agreed(session, user_id)
    hashes = [the_vault().keyed_hash(PURPOSE, reference) for reference in piece.references]
    known = fetch(session, sql.piece_of_content(user_id, hashes[0])).one_or_none()
    if known is not None:
        if known.activity_id is not None or known.tier != piece.kind:
            raise Refusal("evidence.known")
        return _read_after_all(session, piece, known)
    stored = EvidencePiece(
        user_id=user_id,
        id=ids.new_id("evidence"),
        tier=piece.kind,
        attested_by=user_id,
        created_at=clock.database_now(session),
        media=piece.media,
        size=piece.size,
        content_hash=hashes[0],
        sealed_for=user_id,
    )
    enqueue_writes(session, [sql.insert_piece(stored)])
    if not all(_claim_all(session, sql.CLAIM_REFERENCE, "reference_hash", sorted(hashes), stored)):
        raise Refusal("evidence.known")
    facts = {**piece.facts, "repeats": _repeats(session, piece, stored)} if piece.marks else dict(piece.facts)
    facts |= _look_alike(alike, user_id) if alike else {}
    facts |= _claim_number(session, piece, stored)
    keep_sketch(session, piece, stored)
    keep_outlines(session, piece, stored)
    sealed = seal_facts(session, user_id, facts)
    enqueue_writes(session, [sql.set_facts(stored, sealed)])
    return replace(stored, sealed_facts=sealed)


def check_location_agreed(session: Session, user_id: str) -> None:
    """Raise `evidence.location_not_agreed` unless the person agrees, now, that positions of theirs are used."""
    if not accounts.has_consent(session, user_id, LOCATION):
        raise Refusal("evidence.location_not_agreed")


def _look_alike(alike: LookAlike, user_id: str) -> dict[str, Any]:
    whose = OWN if alike.user_id == user_id else ANOTHERS
    return {"alike": {"whose": whose, "percent": alike.percent, "of": [alike.user_id, alike.evidence_id]}}


def _read_after_all(session: Session, piece: Piece, known: EvidencePiece) -> EvidencePiece:
    """The same paper sent again, with what was read of it now where nobody could look at it the first time."""
    if "paper" not in piece.facts or "paper" in (facts := read_facts(session, known)):
        return known
    facts = facts | {"paper": piece.facts["paper"]} | _claim_number(session, piece, known)
    sealed = seal_facts(session, known.user_id, facts)
    enqueue_writes(session, [sql.set_facts(known, sealed)])
    return replace(known, sealed_facts=sealed)


def _claim_number(session: Session, piece: Piece, stored: EvidencePiece) -> dict[str, Any]:
    """Claim the number read from a paper, once among all people; whose it is already becomes a fact of the piece."""
    if not piece.numbers:
        return {}
    numbers = {the_vault().keyed_hash(NUMBER, one): one for one in piece.numbers}
    hashes = sorted(numbers)
    claimed = _claim_all(session, sql.CLAIM_REFERENCE, "reference_hash", hashes, stored)
    taken = [one for one, is_free in zip(hashes, claimed, strict=True) if not is_free]
    if piece.sellers:
        among = (_taken_of_seller(session, piece.sellers, stored, numbers[one]) for one in taken)
        taken = [one for one in among if one is not None]
    holders = [read_rows(session, sql.reference_holder(one), sql.read_reference_holder)[0] for one in taken]
    if any(holder != stored.user_id for holder, _ in holders):
        return _with_holder(piece.facts, ANOTHERS)
    passed = [_take_over(session, stored, one, str(held)) for one, (_, held) in zip(taken, holders, strict=True)]
    return {} if all(passed) else _with_holder(piece.facts, OWN)


def _taken_of_seller(session: Session, sellers: Sellers, stored: EvidencePiece, number: str) -> str | None:
    """Which reference of a short number another paper of the same seller has; None where it is this piece's now.

    The papers of other sellers have the number too, each under a place of its own.
    """
    taken = None
    for place in range(MOST_SELLERS):
        taken = the_vault().keyed_hash(NUMBER, number if place == 0 else f"{number} seller {place}")
        if place and all(_claim_all(session, sql.CLAIM_REFERENCE, "reference_hash", [taken], stored)):
            return None
        if not are_other_sellers(sellers, _sellers_of(session, taken)):
            return taken
    return taken


def _sellers_of(session: Session, number_hash: str) -> Sellers:
    """Everybody whom the paper names that has a number; nobody where it names none, or its owner was erased."""
    holder, evidence_id = read_rows(session, sql.reference_holder(number_hash), sql.read_reference_holder)[0]
    if holder is None or evidence_id is None:
        return ()
    paper = read_paper(session, fetch_one(session, sql.piece_question(holder, evidence_id)))
    return () if paper is None else paper.facts.named_sellers()


def _take_over(session: Session, stored: EvidencePiece, number_hash: str, evidence_id: str) -> bool:
    """Whether the number of the person's own earlier picture of the same paper passes on to a better one.

    It does while nothing rests on the earlier one, which attests nothing from then on.
    """
    ledger.open_book(session, stored.user_id)  # no activity takes the earlier one meanwhile
    earlier = fetch(session, sql.piece_question(stored.user_id, evidence_id)).one_or_none()
    if earlier is None or earlier.activity_id is not None:
        return False
    facts = read_facts(session, earlier)
    sealed = seal_facts(session, stored.user_id, facts | _with_holder(facts, OWN))
    enqueue_writes(session, [sql.set_facts(earlier, sealed), sql.pass_reference(number_hash, stored)])
    return True


def _with_holder(facts: Mapping[str, Any], whose: str) -> dict[str, Any]:
    return {"paper": {**facts["paper"], "used_by": whose}}


def seal_content(session: Session, user_id: str, content: bytes) -> bytes:
    """The file as the storage may see it."""
    return the_vault().seal(session, user_id, CONTENT, content)


def mark_kept(session: Session, piece: EvidencePiece) -> None:
    """Note that the storage has the file.

    A consent to positions that was taken back while a track was on its way is told again: the first time it was not
    among the stored ones.
    """
    enqueue_writes(session, [sql.set_kept(piece.user_id, piece.id, clock.database_now(session))])
    if piece.tier == EvidenceKind.GPS_TRACE and not accounts.has_consent(session, piece.user_id, LOCATION):
        outbox.enqueue(session, piece.user_id, accounts.TOPIC_CONSENT_WITHDRAWN, {"kind": LOCATION})


def _claim_all(
    session: Session, claim: Executable, column: str, hashes: Sequence[str], piece: EvidencePiece
) -> list[bool]:
    """Whether each of the hashes was free, and is this piece's now."""
    owner = {"user_id": piece.user_id, "evidence_id": piece.id}
    batch = Batch(session)
    claimed = [batch.fetch(Question(claim, {column: one, **owner}, dict)) for one in hashes]
    batch.run()
    return [bool(handle.all()) for handle in claimed]


def _repeats(session: Session, piece: Piece, stored: EvidencePiece) -> str | None:
    """Whose track this one repeats, this way round or the other; its own marks are claimed where they are free.

    A mark that somebody else claims at the same moment is waited for, so two copies never both come first.
    """
    ways = [_hashed(piece.marks), _hashed(piece.reverse_marks)]
    holders = dict(read_rows(session, sql.mark_holders([*ways[0], *ways[1]]), sql.read_holder))
    # in one order for everybody: two who claim the same marks wait for each other in turn, never in a ring
    free = sorted(set(ways[0]) - holders.keys())
    claimed = _claim_all(session, sql.CLAIM_MARK, "mark_hash", free, stored) if free else []
    if claimed.count(False) >= ALIKE:
        return ANOTHERS
    return next(filter(None, (_most_like(way, holders, stored.user_id) for way in ways)), None)


def _most_like(way: Sequence[str], holders: Mapping[str, Holder], user_id: str) -> str | None:
    shared = Counter(holders[one] for one in way if one in holders)
    alike = [owner for (owner, _), count in shared.items() if count >= ALIKE]
    if not alike:
        return None
    return OWN if user_id in alike else ANOTHERS


def _hashed(marks: Sequence[str]) -> list[str]:
    return [the_vault().keyed_hash(MARK, f"{number}:{mark}") for number, mark in enumerate(marks)]
