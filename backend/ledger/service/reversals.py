"""Taking an entry back: by another entry, exactly, once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from backend.ledger.domain import NewEntry, Posting, get_account
from backend.ledger.service.posting import open_book, post
from backend.ledger.sql import POSTINGS_OF, REVERSAL_OF
from backend.platform.core.errors import Refusal
from backend.platform.data.batch import Batch, Question, read_as

REVERSAL = "reversal"


@dataclass(frozen=True)
class Reversal:
    """An entry to be taken back: `reference`, `facts` and `occurred_at` are those of the entry that does it.

    `postings` say where the points are now, when they have moved on since; None: each goes back where it came from.
    """

    entry_id: str
    reference: str
    facts: Mapping[str, Any]
    occurred_at: datetime
    postings: Sequence[Posting] | None = None


def reverse(session: Session, user_id: str, reversal: Reversal) -> str:
    """Post the reversal of an entry and return its id; called again with the same reference, the same id.

    Every system account that the entry touched is as if the entry had never been (`ValueError` otherwise). Raises
    `ledger.already_reversed` for a second reversal, `not_found.entry`, and what `post` raises.
    """
    entry_id, reference = reversal.entry_id, reversal.reference
    open_book(session, user_id, reference)
    batch = Batch(session)
    earlier = batch.fetch(Question(REVERSAL_OF, {"owner": user_id, "reversed_id": entry_id}, dict))
    postings_of = batch.fetch(Question(POSTINGS_OF, {"owner": user_id, "of_entry": entry_id}, read_as(Posting)))
    batch.run()
    original = postings_of.all()
    if not original:
        raise Refusal("not_found.entry")
    if first := earlier.one_or_none():
        if first["reference"] != reference:
            raise Refusal("ledger.already_reversed", entry_id=entry_id)
        return str(first["id"])
    back = [Posting(posting.destination, posting.source, posting.amount) for posting in reversed(original)]
    postings = back if reversal.postings is None else reversal.postings
    _check_exact(original, postings)
    entry = NewEntry(reference, REVERSAL, postings, reversal.facts, reversal.occurred_at, reverses=entry_id)
    return post(session, user_id, entry)


def _check_exact(original: Sequence[Posting], postings: Sequence[Posting]) -> None:
    net = _system_net([*original, *postings])
    left = {name: amount for name, amount in net.items() if amount and name in _system_net(original)}
    if left:
        raise ValueError(f"a reversal takes back exactly what was posted; left over: {left}")


def _system_net(postings: Sequence[Posting]) -> dict[str, int]:
    net: dict[str, int] = defaultdict(int)
    for posting in postings:
        for name, change in ((posting.source, -posting.amount), (posting.destination, posting.amount)):
            if get_account(name).owner is None:
                net[name] += change
    return net
