"""Evidence as somebody's own: in an export, on erasure, and when a guest becomes an account.

After erasure nothing is left of it but the keyed hashes of the directories, without an owner: the same receipt is still
refused, and nobody can say whose it was.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from backend.activities.domain import EvidencePiece
from backend.activities.service.evidence.facts import of_the_owner, read_facts
from backend.activities.sql import evidence as sql
from backend.platform.data import ids
from backend.platform.data.batch import read_rows
from backend.platform.data.transactions import enqueue_writes
from backend.platform.ops import outbox
from backend.platform.privacy import personal_data

TOPIC_ERASED = "evidence.files_erased"
_SEALED = ("sealed_for", "sealed_facts", "content_hash")


def transfer(session: Session, guest_id: str, user_id: str) -> None:
    """Give an account the evidence of those activities that have joined it under their id, and the unused; queued."""
    enqueue_writes(session, sql.move_to_account(guest_id, user_id))


def export(session: Session, user_id: str, after: str = "") -> Iterator[personal_data.Record]:
    """Every piece of evidence of one person behind the id `after`, with what it shows in the clear."""
    for row in personal_data.by_key(session, sql.pieces_of(user_id), sql.EVIDENCE.c.id, after):
        plain = {name: value for name, value in row.items() if name not in _SEALED}
        yield plain | {"shows": of_the_owner(read_facts(session, sql.read_piece(row)))}


def list_kept_files(session: Session, user_id: str) -> list[EvidencePiece]:
    """The pieces of one person whose file the storage has, in the order of their ids."""
    return read_rows(session, sql.pieces_with_kept_files(user_id), sql.read_piece)


def forget(session: Session, user_id: str) -> None:
    """Drop a person's evidence and have its files removed from the storage.

    Of what was used hashes stay that lead to nobody, so that nobody can use it again.
    """
    owner = {"owner": user_id}
    has_files = session.scalar(sql.COUNT_FILES, owner)
    for statement in sql.FORGET:
        session.execute(statement, owner)
    if has_files:
        # in nobody's name: what is still to be done for the person is dropped with them
        outbox.enqueue(session, ids.new_id("evidence"), TOPIC_ERASED, {"folder": f"{user_id}/"})
