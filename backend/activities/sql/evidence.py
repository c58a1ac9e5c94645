"""The statements of evidence and of the directories in which a piece stands once for everybody."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Delete, Select, bindparam, func, or_, select, tuple_

from backend.activities.domain import ActivityStatus, EvidenceKind, EvidencePiece
from backend.activities.models import (
    Activity,
    Appeal,
    Evidence,
    EvidenceReference,
    PictureOutline,
    TraceMark,
    TraceSketch,
)
from backend.activities.sql.activities import crossed
from backend.platform.core.errors import Refusal
from backend.platform.data.batch import Question, read_as
from backend.platform.data.transactions import Write
from backend.platform.data.upsert import insert_absent, replace_columns, upsert

EVIDENCE = Evidence.__table__
REFERENCES = EvidenceReference.__table__
MARKS = TraceMark.__table__
SKETCHES = TraceSketch.__table__
OUTLINES = PictureOutline.__table__

# The guard: of any number who hand in the same, one row comes back.
CLAIM_REFERENCE = insert_absent(REFERENCES).returning(REFERENCES.c.reference_hash)
CLAIM_MARK = insert_absent(MARKS).returning(MARKS.c.mark_hash)
_KEEP_SKETCH = upsert(
    SKETCHES,
    key=("cell_hash", "slot"),
    changes=replace_columns(SKETCHES, "user_id", "evidence_id", "sketch", "created_at"),
)
_KEEP_OUTLINE = upsert(
    OUTLINES,
    key=("band_hash", "slot"),
    changes=replace_columns(OUTLINES, "user_id", "evidence_id", "fine", "created_at"),
)
_HOLDER = select(REFERENCES.c.evidence_id).where(REFERENCES.c.reference_hash == bindparam("wanted"))
_INSERT = EVIDENCE.insert()
_OF_OWNER = EVIDENCE.c.user_id == bindparam("owner")
_IS_PIECE = (_OF_OWNER, EVIDENCE.c.id == bindparam("wanted"))
_PIECE = select(EVIDENCE).where(*_IS_PIECE)
_OF_ACTIVITY = select(EVIDENCE).where(_OF_OWNER, EVIDENCE.c.activity_id == bindparam("wanted"))
_OF_CONTENT = select(EVIDENCE).where(_OF_OWNER, EVIDENCE.c.content_hash == bindparam("wanted"))
# A household reads its meter once a week or a month: so many reach back far enough.
_MOST_BEFORE = 60
_METER_READINGS = (
    select(EVIDENCE)
    .where(
        _OF_OWNER,
        EVIDENCE.c.tier == EvidenceKind.METER_READING,
        EVIDENCE.c.activity_id.is_not(None),
        EVIDENCE.c.sealed_facts.is_not(None),
    )
    .order_by(EVIDENCE.c.created_at.desc())
    .limit(_MOST_BEFORE)
)
_HELD = select(Activity.id).where(Activity.user_id == bindparam("owner"), Activity.status == ActivityStatus.HELD)
_APPEALED = select(Appeal.activity_id).where(Appeal.user_id == bindparam("owner"), Appeal.answered_at.is_(None))
_TO_COARSEN = _PIECE.where(
    EVIDENCE.c.tier == EvidenceKind.GPS_TRACE,
    EVIDENCE.c.kept_at.is_not(None),
    EVIDENCE.c.coarsened_at.is_(None),
    EVIDENCE.c.activity_id.not_in(_HELD),
    EVIDENCE.c.activity_id.not_in(_APPEALED),
)
_KEPT_TRACKS = select(EVIDENCE).where(
    _OF_OWNER,
    EVIDENCE.c.tier == EvidenceKind.GPS_TRACE,
    EVIDENCE.c.kept_at.is_not(None),
    EVIDENCE.c.coarsened_at.is_(None),
)
_USE = EVIDENCE.update().where(*_IS_PIECE, EVIDENCE.c.activity_id.is_(None)).values(activity_id=bindparam("used_for"))
_SET_FACTS = EVIDENCE.update().where(*_IS_PIECE).values(sealed_facts=bindparam("sealed"))
_SET_KEPT = EVIDENCE.update().where(*_IS_PIECE).values(kept_at=bindparam("kept", type_=EVIDENCE.c.kept_at.type))
_SET_COARSENED = (
    EVIDENCE.update().where(*_IS_PIECE).values(coarsened_at=bindparam("coarsened", type_=EVIDENCE.c.coarsened_at.type))
)
_ARRIVED = select(EVIDENCE.c.id).where(EVIDENCE.c.user_id == bindparam("account"))
_COPY_TO_ACCOUNT = EVIDENCE.insert().from_select(
    [column.name for column in EVIDENCE.columns],
    select(
        bindparam("account", type_=EVIDENCE.c.user_id.type), *(c for c in EVIDENCE.columns if c.name != "user_id")
    ).where(
        EVIDENCE.c.user_id == bindparam("guest"),
        or_(
            EVIDENCE.c.activity_id.is_(None),
            EVIDENCE.c.activity_id.in_(select(Activity.id).where(Activity.user_id == bindparam("account"))),
        ),
    ),
)
_REDIRECT = [
    table.update()
    .where(table.c.user_id == bindparam("guest"), table.c.evidence_id.in_(_ARRIVED))
    .values(user_id=bindparam("account"))
    for table in (REFERENCES, MARKS, SKETCHES, OUTLINES)
]
_PASS_REFERENCE = (
    REFERENCES.update()
    .where(REFERENCES.c.reference_hash == bindparam("passed"), REFERENCES.c.user_id == bindparam("owner"))
    .values(evidence_id=bindparam("wanted"))
)
_LEAVE_GUEST = EVIDENCE.delete().where(EVIDENCE.c.user_id == bindparam("guest"), EVIDENCE.c.id.in_(_ARRIVED))

read_piece: Callable[[Mapping[str, Any]], EvidencePiece] = read_as(EvidencePiece)


def piece_question(user_id: str, evidence_id: str) -> Question[EvidencePiece]:
    """One piece of evidence."""
    return Question(_PIECE, {"owner": user_id, "wanted": evidence_id}, read_piece)


def pieces_of_activity(user_id: str, activity_id: str) -> Question[EvidencePiece]:
    """What supports an activity."""
    return Question(_OF_ACTIVITY, {"owner": user_id, "wanted": activity_id}, read_piece)


def piece_of_content(user_id: str, content_hash: str) -> Question[EvidencePiece]:
    """The piece with the same content, where it was handed in before."""
    return Question(_OF_CONTENT, {"owner": user_id, "wanted": content_hash}, read_piece)


def used_meter_readings(user_id: str) -> Question[EvidencePiece]:
    """The meter readings that support something already, the newest first."""
    return Question(_METER_READINGS, {"owner": user_id}, read_piece)


def piece_to_coarsen(user_id: str, evidence_id: str) -> Question[EvidencePiece]:
    """A track whose positions nobody needs any more; none while somebody still decides, or when it is done."""
    return Question(_TO_COARSEN, {"owner": user_id, "wanted": evidence_id}, read_piece)


def kept_tracks(user_id: str) -> Question[EvidencePiece]:
    """Every track of a person whose positions are stored."""
    return Question(_KEPT_TRACKS, {"owner": user_id}, read_piece)


def pieces_of(user_id: str) -> Select[Any]:
    """Every piece of one person."""
    return select(EVIDENCE).where(EVIDENCE.c.user_id == user_id)


def pieces_with_kept_files(user_id: str) -> Select[Any]:
    """Those of one person whose file the storage has, by their ids."""
    return pieces_of(user_id).where(EVIDENCE.c.kept_at.is_not(None)).order_by(EVIDENCE.c.id)


def mark_holders(mark_hashes: Sequence[str]) -> Select[Any]:
    """The marks that somebody holds already."""
    return select(MARKS.c.mark_hash, MARKS.c.user_id, MARKS.c.evidence_id).where(MARKS.c.mark_hash.in_(mark_hashes))


def read_holder(row: Mapping[str, Any]) -> tuple[str, tuple[str | None, str | None]]:
    """The mark in a row of `mark_holders`, with its owner and piece."""
    return row["mark_hash"], (row["user_id"], row["evidence_id"])


def reference_holder(reference_hash: str) -> Select[Any]:
    """Who holds a reference, where anybody does."""
    columns = REFERENCES.c.user_id, REFERENCES.c.evidence_id
    return select(*columns).where(REFERENCES.c.reference_hash == reference_hash)


def read_reference_holder(row: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The owner and piece in a row of `reference_holder`; None once they were erased."""
    return row["user_id"], row["evidence_id"]


def sketches_in(cell_hashes: Sequence[str], most: int) -> Select[Any]:
    """The sketches kept under any of these cells, the newest first."""
    columns = SKETCHES.c.user_id, SKETCHES.c.evidence_id, SKETCHES.c.sketch
    query = select(*columns).where(SKETCHES.c.cell_hash.in_(cell_hashes))
    return query.order_by(SKETCHES.c.created_at.desc()).limit(most)


def keep_sketch(piece: EvidencePiece, cell_hash: str, slot: int, sketch: bytes) -> Write:
    """Keep the sketch of a track under a cell; the one that has the slot goes."""
    row = {"cell_hash": cell_hash, "slot": slot, "user_id": piece.user_id, "evidence_id": piece.id}
    return Write(_KEEP_SKETCH, row | {"sketch": sketch, "created_at": piece.created_at})


def outlines_in(band_hashes: Sequence[str], most: int) -> Select[Any]:
    """The outlines kept under any of these bands, the newest first."""
    columns = OUTLINES.c.user_id, OUTLINES.c.evidence_id, OUTLINES.c.fine
    query = select(*columns).where(OUTLINES.c.band_hash.in_(band_hashes))
    return query.order_by(OUTLINES.c.created_at.desc()).limit(most)


def keep_outline(piece: EvidencePiece, band_hash: str, slot: int, fine: bytes) -> Write:
    """Keep the outline of a picture under a band; the one that has the slot goes."""
    row = {"band_hash": band_hash, "slot": slot, "user_id": piece.user_id, "evidence_id": piece.id}
    return Write(_KEEP_OUTLINE, row | {"fine": fine, "created_at": piece.created_at})


def look_alikes_before(instant: datetime, limit: int) -> list[Delete]:
    """Drop up to so many sketches and outlines each that were kept before an instant."""
    return [
        table.delete().where(
            tuple_(*table.primary_key.columns).in_(
                select(*table.primary_key.columns).where(table.c.created_at < instant).limit(limit)
            )
        )
        for table in (SKETCHES, OUTLINES)
    ]


def insert_piece(piece: EvidencePiece) -> Write:
    """Store a piece."""
    return Write(_INSERT, vars(piece))


def reference_claim(piece: EvidencePiece, reference_hash: str) -> Question[str]:
    """Take a reference for a piece where nobody has it; the answer is empty where somebody does."""
    return Question(CLAIM_REFERENCE, _reference_row(piece, reference_hash), lambda row: str(row["reference_hash"]))


def holder_question(reference_hash: str) -> Question[str | None]:
    """The piece that has a reference; None in its place where its owner was erased."""
    return Question(_HOLDER, {"wanted": reference_hash}, lambda row: row["evidence_id"])


def claim_reference(piece: EvidencePiece, reference_hash: str) -> Write:
    """Take a reference for a piece; raise `evidence.known` where anybody has it."""
    row = _reference_row(piece, reference_hash)
    return Write(CLAIM_REFERENCE, row, rows=1, otherwise=lambda: Refusal("evidence.known"))


def _reference_row(piece: EvidencePiece, reference_hash: str) -> dict[str, str]:
    return {"reference_hash": reference_hash, "user_id": piece.user_id, "evidence_id": piece.id}


def pass_reference(reference_hash: str, piece: EvidencePiece) -> Write:
    """Let a reference of the same person lead to another of their pieces."""
    return Write(_PASS_REFERENCE, {"passed": reference_hash, "owner": piece.user_id, "wanted": piece.id}, rows=1)


def use_piece(user_id: str, evidence_id: str, activity_id: str) -> Write:
    """Bind a piece to the activity it supports; `service.busy` where it is bound already."""
    parameters = {"owner": user_id, "wanted": evidence_id, "used_for": activity_id}
    return Write(_USE, parameters, rows=1, otherwise=crossed)


def set_facts(piece: EvidencePiece, sealed: bytes) -> Write:
    """Keep what a piece shows, sealed."""
    return Write(_SET_FACTS, {"owner": piece.user_id, "wanted": piece.id, "sealed": sealed})


def set_kept(user_id: str, evidence_id: str, now: datetime) -> Write:
    """Note that the storage has the file of a piece."""
    return Write(_SET_KEPT, {"owner": user_id, "wanted": evidence_id, "kept": now})


def set_coarsened(piece: EvidencePiece, now: datetime) -> Write:
    """Note that the positions of a track are gone."""
    return Write(_SET_COARSENED, {"owner": piece.user_id, "wanted": piece.id, "coarsened": now})


def move_to_account(guest_id: str, user_id: str) -> list[Write]:
    """Give an account the evidence of those activities that have joined it under their id, and the unused."""
    # the directories refer to the evidence: the new rows come first, the old ones go last
    statements = (_COPY_TO_ACCOUNT, *_REDIRECT, _LEAVE_GUEST)
    return [Write(statement, {"guest": guest_id, "account": user_id}) for statement in statements]


def page_of_pieces(user_id: str, before: Sequence[Any] | None, most: int) -> Select[Any]:
    """At most `most` pieces of one person, the newest first: those before the id in `before`."""
    page = pieces_of(user_id).order_by(EVIDENCE.c.id.desc()).limit(most)
    return page if before is None else page.where(EVIDENCE.c.id < before[0])


# Forgetting a person's pieces: of what was used hashes stay that lead to nobody, so that nobody can use it again.
COUNT_FILES = select(func.count()).where(EVIDENCE.c.user_id == bindparam("owner"), EVIDENCE.c.media.is_not(None))
_USED_PIECES = select(EVIDENCE.c.id).where(
    EVIDENCE.c.user_id == bindparam("owner"), EVIDENCE.c.activity_id.is_not(None)
)
FORGET = (
    *(
        statement
        for table in (REFERENCES, MARKS)
        for statement in (
            table.delete().where(table.c.user_id == bindparam("owner"), table.c.evidence_id.not_in(_USED_PIECES)),
            table.update().where(table.c.user_id == bindparam("owner")).values(user_id=None, evidence_id=None),
        )
    ),
    *(table.delete().where(table.c.user_id == bindparam("owner")) for table in (SKETCHES, OUTLINES, EVIDENCE)),
)
