"""Evidence as somebody's own: in an export, on erasure, and when a guest becomes an account.

After erasure nothing is left of it but the keyed hashes of the directories, without an owner: the same receipt is still
refused, and nobody can say whose it was.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session

from backend.activities.models import Activity
from backend.activities.service.evidence.upload import EVIDENCE, MARKS, REFERENCES, read_facts
from backend.platform.data import ids
from backend.platform.data.transactions import enqueue_write
from backend.platform.ops import outbox
from backend.platform.privacy import personal_data

TOPIC_ERASED = "evidence.files_erased"
_SEALED = ("sealed_for", "sealed_facts", "content_hash")
_ARRIVED = select(EVIDENCE.c.id).where(EVIDENCE.c.user_id == bindparam("account"))
_BRING = EVIDENCE.insert().from_select(
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
    for table in (REFERENCES, MARKS)
]
_LEAVE = EVIDENCE.delete().where(EVIDENCE.c.user_id == bindparam("guest"), EVIDENCE.c.id.in_(_ARRIVED))


def bring(session: Session, guest_id: str, user_id: str) -> None:
    """Give an account the evidence of those activities that have joined it under their id, and the unused; queued."""
    # the directories refer to the evidence: the new rows come first, the old ones go last
    for statement in (_BRING, *_REDIRECT, _LEAVE):
        enqueue_write(session, statement, {"guest": guest_id, "account": user_id})


def export(session: Session, user_id: str, after: str = "") -> Iterator[personal_data.Record]:
    """Every piece of evidence of one person behind the id `after`, with what it shows in the clear."""
    of_person = select(EVIDENCE).where(EVIDENCE.c.user_id == user_id)
    for row in personal_data.by_key(session, of_person, EVIDENCE.c.id, after):
        plain = {name: value for name, value in row.items() if name not in _SEALED}
        yield plain | {"shows": read_facts(session, row)}


def forget(session: Session, user_id: str) -> None:
    """Drop a person's evidence and have its files removed from the storage.

    Of what was used hashes stay that lead to nobody, so that nobody can use it again.
    """
    mine = EVIDENCE.c.user_id == user_id
    used = select(EVIDENCE.c.id).where(mine, EVIDENCE.c.activity_id.is_not(None))
    has_files = session.scalar(select(func.count()).where(mine, EVIDENCE.c.media.is_not(None)))
    for directory in (REFERENCES, MARKS):
        owned = directory.c.user_id == user_id
        session.execute(directory.delete().where(owned, directory.c.evidence_id.not_in(used)))
        session.execute(directory.update().where(owned).values(user_id=None, evidence_id=None))
    session.execute(EVIDENCE.delete().where(mine))
    if has_files:
        # in nobody's name: what is still to be done for the person is dropped with them
        outbox.enqueue(session, ids.new_id("evidence"), TOPIC_ERASED, {"folder": f"{user_id}/"})
