"""Telling a person what happened, in the transaction in which it happens: no fact without its note, no note without
its fact. Costs no round trip of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from backend.inbox import sql
from backend.inbox.domain import StoredNote
from backend.inbox.service.kinds import get_kind
from backend.platform.core import clock
from backend.platform.data import ids
from backend.platform.data.transactions import enqueue_write
from backend.platform.ops import outbox
from backend.platform.privacy.vault import the_vault

TOPIC = "inbox.deliver"
PURPOSE = "inbox.note"


def notify(
    session: Session,
    user_id: str,
    kind: str,
    facts: Mapping[str, Any],
    *,
    personal: Mapping[str, str] | None = None,
    reference: str | None = None,
) -> None:
    """Leave a note of `kind` for `user_id`, queued.

    `facts` and `personal` together are exactly the facts of the kind; what stands in `personal` is sealed under the
    person's key (`KeyErased` when that is gone). The same `reference` is told once: jobs may run again. `ValueError`
    for a kind or facts that nobody declared.
    """
    declared, sealed = get_kind(kind), dict(personal or {})
    if sealed.keys() != declared.personal or facts.keys() | sealed.keys() != declared.facts.keys():
        raise ValueError(
            f"a note {kind!r} has the facts {sorted(declared.facts)}, personal: {sorted(declared.personal)}"
        )
    note_id = ids.new_id("note")
    note = StoredNote(
        user_id,
        note_id,
        reference or note_id,
        kind,
        dict(facts),
        the_vault().seal(session, user_id, PURPOSE, json.dumps(sealed).encode()) if sealed else None,
        created_at=clock.database_now(session),
        read_at=None,
    )
    enqueue_write(session, sql.INSERT_NOTE, vars(note))
    if declared.may_be_mailed or declared.may_be_pushed:
        outbox.enqueue(session, user_id, TOPIC, {"note_id": note_id})
