"""Handing something in: a row, and the directories in which it can stand only once, in one transaction.

The row comes first and the file after it, so that every file has a row; until the storage has it, `kept_at` is empty
and nothing can rest on it. Sending the same again finishes what was begun.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from backend.activities.models import Evidence, EvidenceReference, TraceMark
from backend.activities.service.evidence.inspect import Piece
from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.data import ids
from backend.platform.data.transactions import enqueue_write, fetch_many
from backend.platform.data.upsert import insert_absent
from backend.platform.privacy.vault import the_vault
from calculators import ALIKE

PURPOSE, FACTS, CONTENT, MARK = "activities.evidence", "evidence.facts", "evidence.content", "activities.trace_mark"
OWN, ANOTHERS = "own", "another's"
Row = dict[str, Any]

EVIDENCE = Evidence.__table__
REFERENCES = EvidenceReference.__table__
MARKS = TraceMark.__table__
CLAIM = insert_absent(REFERENCES).returning(REFERENCES.c.reference_hash)
_MARK = insert_absent(MARKS).returning(MARKS.c.mark_hash)
_INSERT = EVIDENCE.insert()
_KNOWN = select(EVIDENCE).where(
    EVIDENCE.c.user_id == bindparam("owner"), EVIDENCE.c.content_hash == bindparam("wanted")
)
_HOLDERS = select(MARKS.c.mark_hash, MARKS.c.user_id, MARKS.c.evidence_id).where(
    MARKS.c.mark_hash.in_(bindparam("wanted", expanding=True))
)
_KEEP_FACTS = (
    EVIDENCE.update()
    .where(EVIDENCE.c.user_id == bindparam("owner"), EVIDENCE.c.id == bindparam("wanted"))
    .values(sealed_facts=bindparam("sealed"))
)
_KEPT = (
    EVIDENCE.update()
    .where(EVIDENCE.c.user_id == bindparam("owner"), EVIDENCE.c.id == bindparam("wanted"))
    .values(kept_at=bindparam("kept", type_=EVIDENCE.c.kept_at.type))
)


def hand_in(session: Session, user_id: str, piece: Piece) -> Row:
    """Write the row of a piece and claim it for `user_id`; the same unused piece again is the first.

    Raises `evidence.known` when it was handed in before by somebody else, or used.
    """
    hashes = [the_vault().keyed_hash(PURPOSE, reference) for reference in piece.references]
    found = session.execute(_KNOWN, {"owner": user_id, "wanted": hashes[0]}).mappings().first()
    if found is not None:
        if found["activity_id"] is not None or found["tier"] != piece.kind:
            raise Refusal("evidence.known")
        return dict(found)
    row = {
        "user_id": user_id,
        "id": ids.new_id("evidence"),
        "tier": piece.kind,
        "attested_by": user_id,
        "created_at": clock.database_now(session),
        "activity_id": None,
        "media": piece.media,
        "size": piece.size,
        "content_hash": hashes[0],
        "sealed_for": user_id,
        "sealed_facts": None,
        "kept_at": None,
        "coarsened_at": None,
    }
    enqueue_write(session, _INSERT, row)
    named = {"user_id": user_id, "evidence_id": row["id"]}
    claimed = fetch_many(session, [(CLAIM, {"reference_hash": one} | named) for one in sorted(hashes)])
    if not all(claimed):
        raise Refusal("evidence.known")
    facts = {**piece.facts, "repeats": _repeats(session, piece, named)} if piece.marks else dict(piece.facts)
    sealed = the_vault().seal(session, user_id, FACTS, orjson.dumps(facts))
    enqueue_write(session, _KEEP_FACTS, {"owner": user_id, "wanted": row["id"], "sealed": sealed})
    return row | {"sealed_facts": sealed}


def seal_content(session: Session, user_id: str, content: bytes) -> bytes:
    """The file as the storage may see it."""
    return the_vault().seal(session, user_id, CONTENT, content)


def mark_kept(session: Session, user_id: str, evidence_id: str) -> None:
    """Note that the storage has the file."""
    enqueue_write(session, _KEPT, {"owner": user_id, "wanted": evidence_id, "kept": clock.database_now(session)})


def file_name(row: Mapping[str, Any]) -> str:
    """Where the storage keeps a piece: with its first owner's others, so that they go together."""
    return f"{row['sealed_for']}/{row['id']}"


def read_facts(session: Session, row: Mapping[str, Any]) -> dict[str, Any]:
    """What a piece shows, for the rules; nothing for what was only attested."""
    if row["sealed_facts"] is None:
        return {}
    facts: dict[str, Any] = orjson.loads(the_vault().unseal(session, row["sealed_for"], FACTS, row["sealed_facts"]))
    return facts


def _repeats(session: Session, piece: Piece, named: Mapping[str, str]) -> str | None:
    """Whose track this one repeats, this way round or the other; its own marks are claimed where they are free.

    A mark that somebody else claims at the same moment is waited for, so two copies never both come first.
    """
    ways = [_hashed(piece.marks), _hashed(piece.reverse_marks)]
    taken = session.execute(_HOLDERS, {"wanted": [*ways[0], *ways[1]]}).mappings().all()
    holders = {row["mark_hash"]: (row["user_id"], row["evidence_id"]) for row in taken}
    # in one order for everybody: two who claim the same marks wait for each other in turn, never in a ring
    free = sorted(set(ways[0]) - holders.keys())
    claimed = fetch_many(session, [(_MARK, {"mark_hash": one, **named}) for one in free]) if free else []
    if sum(not rows for rows in claimed) >= ALIKE:
        return ANOTHERS
    return next(filter(None, (_most_like(way, holders, named["user_id"]) for way in ways)), None)


def _most_like(way: Sequence[str], holders: Mapping[str, tuple[str | None, str | None]], user_id: str) -> str | None:
    shared = Counter(holders[one] for one in way if one in holders)
    alike = [owner for (owner, _), count in shared.items() if count >= ALIKE]
    if not alike:
        return None
    return OWN if user_id in alike else ANOTHERS


def _hashed(marks: Sequence[str]) -> list[str]:
    return [the_vault().keyed_hash(MARK, f"{number}:{mark}") for number, mark in enumerate(marks)]
