"""The chains: where they end, and whether each entry is what was written.

A chain shows a changed byte anywhere in an entry or its postings, a missing entry and a moved one. Rewriting a whole
book shows against the heads that were exported before (`list_heads`, `verify_heads`). Reads only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backend.ledger import sql
from backend.ledger.domain import GENESIS, BookHead, Link, Posting, content_sha256, find_account


@dataclass(frozen=True)
class Violation:
    """A broken rule, and the row that breaks it."""

    rule: str
    row: Mapping[str, Any]


@dataclass(frozen=True)
class Head:
    """Where one person's chain ended when it was looked at."""

    user_id: str
    sequence: int
    sha256: str


def list_heads(session: Session) -> Iterator[Head]:
    """Where every chain ends now, for a daily export that is kept where this database cannot reach it."""
    for row in session.execute(sql.ALL_HEADS):
        yield Head(row.user_id, row.sequence, row.sha256)


def get_head(session: Session, user_id: str) -> Head:
    """Where one person's chain ends now; an empty book ends where every chain begins."""
    row = session.execute(sql.HEAD, {"owner": user_id}).one_or_none()
    return Head(user_id, row.sequence, row.sha256) if row else Head(user_id, 0, GENESIS)


def verify_heads(session: Session, exported: Iterable[Head]) -> Iterator[Violation]:
    """The exported heads that are no longer in their chains: something written before the export has changed."""
    for head in exported:
        if head.sequence == 0:
            continue
        now = session.scalar(sql.SHA256_AT, {"owner": head.user_id, "at_sequence": head.sequence})
        if now != head.sha256:
            row = {"user_id": head.user_id, "sequence": head.sequence, "exported": head.sha256, "now": now}
            yield Violation("an exported head stays in its chain", row)


def verify_entry(lines: Sequence[Any], postings: Sequence[Posting], previous: BookHead) -> Iterator[Violation]:
    """What is wrong with one entry that follows `previous`: `lines` are its columns, once for each of `postings`."""
    row = lines[0]
    name = {"user_id": row.user_id, "id": row.id, "sequence": row.sequence}
    content = content_sha256(row.kind, postings, row.facts, row.reverses)
    expected = Link(
        user_id=row.user_id,
        entry_id=row.id,
        sequence=previous.sequence + 1,
        reference=row.reference,
        occurred_at=row.occurred_at,
        posted_at=row.posted_at,
        content_sha256=content,
        previous_sha256=previous.sha256,
    ).sha256()
    stored = (row.sequence, row.content_sha256, row.previous_sha256, row.sha256)
    if stored != (previous.sequence + 1, content, previous.sha256, expected):
        yield Violation("the chain verifies", name)
    if not postings:
        yield Violation("every entry has a posting", name)
    if [line.position for line in lines if line.source] != list(range(len(postings))):
        yield Violation("postings are numbered without a gap", name)
    for posting in postings:
        if posting.amount <= 0 or posting.source == posting.destination:
            yield Violation("every posting moves a positive amount between two accounts", name)
    for account_name in {name for posting in postings for name in (posting.source, posting.destination)}:
        account = find_account(account_name)
        if account is None or account.owner not in (None, row.user_id):
            yield Violation("an entry touches the accounts of one person", name | {"account": account_name})
