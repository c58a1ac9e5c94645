"""What an entry claims and how it is chained to the one before, as bytes that are the same for ever.

    content_sha256 = SHA-256 of the canonical JSON of {facts, kind, postings, reverses}
    sha256         = SHA-256 of the canonical JSON of everything else in the entry, with `content_sha256` and
                     the `sha256` of the entry before

Canonical JSON: sorted keys, no spaces, UTF-8. No database, no clock. Changing anything here breaks every chain that
was ever written: `docs/` promises the form to those who verify a statement.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

# What the first entry of a book follows.
GENESIS = "0" * 64


@dataclass(frozen=True)
class Posting:
    """Points out of one account into another; `amount` is a whole number above zero."""

    source: str
    destination: str
    amount: int


def content_sha256(kind: str, postings: Sequence[Posting], facts: Mapping[str, Any], reverses: str | None) -> str:
    """The hash of what an entry claims. When it happened is not part of it: a fact told again is the same fact."""
    return _sha256(
        {
            "kind": kind,
            "postings": [[posting.source, posting.destination, posting.amount] for posting in postings],
            "facts": facts,
            "reverses": reverses,
        }
    )


def entry_sha256(
    *,
    user_id: str,
    entry_id: str,
    sequence: int,
    reference: str,
    occurred_at: datetime,
    posted_at: datetime,
    content: str,
    previous: str,
) -> str:
    """The hash of an entry that follows `previous` in the book of `user_id`."""
    return _sha256(
        {
            "user_id": user_id,
            "id": entry_id,
            "sequence": sequence,
            "reference": reference,
            "occurred_at": _written(occurred_at),
            "posted_at": _written(posted_at),
            "content_sha256": content,
            "previous_sha256": previous,
        }
    )


def _sha256(document: Mapping[str, Any]) -> str:
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _written(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="microseconds")
