"""Taking an entry back: by another entry, exactly, once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from backend.ledger.models import EntryRow, PostingRow
from backend.ledger.service.books import open_book
from backend.ledger.service.chain import Posting
from backend.ledger.service.chart import account
from backend.ledger.service.posting import post
from backend.platform.core.errors import Refusal
from backend.platform.data.transactions import fetch_many

REVERSAL = "reversal"

_ENTRIES = EntryRow.__table__
_POSTINGS = PostingRow.__table__

_REVERSAL_OF = select(_ENTRIES.c.id, _ENTRIES.c.reference).where(
    _ENTRIES.c.user_id == bindparam("owner"), _ENTRIES.c.reverses == bindparam("reversed_id")
)
_POSTINGS_OF = (
    select(_POSTINGS.c.source, _POSTINGS.c.destination, _POSTINGS.c.amount)
    .where(_POSTINGS.c.user_id == bindparam("owner"), _POSTINGS.c.entry_id == bindparam("of_entry"))
    .order_by(_POSTINGS.c.position)
)


def reverse(
    session: Session,
    user_id: str,
    entry_id: str,
    reference: str,
    facts: Mapping[str, Any],
    occurred_at: datetime,
    *,
    postings: Sequence[Posting] | None = None,
) -> str:
    """Post the reversal of entry `entry_id` and return its id; called again with the same `reference`, the same id.

    `postings` say where the points are now, when they have moved on since; by default each goes back where it came
    from. Either way every system account that the entry touched is as if the entry had never been (`ValueError`
    otherwise). Raises `ledger.already_reversed` for a second reversal, `not_found.entry`, and what `post` raises.
    """
    open_book(session, user_id, reference)
    asked = {"owner": user_id}
    reversals, taken = fetch_many(
        session, [(_REVERSAL_OF, asked | {"reversed_id": entry_id}), (_POSTINGS_OF, asked | {"of_entry": entry_id})]
    )
    if not taken:
        raise Refusal("not_found.entry")
    if reversals:
        if reversals[0]["reference"] != reference:
            raise Refusal("ledger.already_reversed", entry_id=entry_id)
        return str(reversals[0]["id"])
    original = [Posting(**row) for row in taken]
    if postings is None:
        postings = [Posting(posting.destination, posting.source, posting.amount) for posting in reversed(original)]
    _check_exact(original, postings)
    return post(session, user_id, reference, REVERSAL, postings, facts, occurred_at, reverses=entry_id)


def _check_exact(original: Sequence[Posting], postings: Sequence[Posting]) -> None:
    net = _system_net([*original, *postings])
    left = {name: amount for name, amount in net.items() if amount and name in _system_net(original)}
    if left:
        raise ValueError(f"a reversal takes back exactly what was posted; left over: {left}")


def _system_net(postings: Sequence[Posting]) -> dict[str, int]:
    net: dict[str, int] = defaultdict(int)
    for posting in postings:
        for name, change in ((posting.source, -posting.amount), (posting.destination, posting.amount)):
            if account(name).owner is None:
                net[name] += change
    return net
