"""Books read again, a page of them at a time, in the order in which they were written.

One pass over the entries of a page recomputes the chain, the balances, the reversals and the sums of system accounts,
so that neither the time per entry nor the memory depends on how many entries there are: a page has at most
`BOOKS_AT_ONCE` books, and what is remembered of a book is its end and its few balances.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy.orm import Session

from backend.ledger import sql
from backend.ledger.domain import GENESIS, BookHead, Posting, find_account
from backend.ledger.service.chain_audit import Violation, verify_entry

BOOKS_AT_ONCE = 500
ENTRIES_AT_ONCE = 5_000  # a page ends with the book that reaches it
REVERSALS_AT_ONCE = 200
EMPTY = BookHead(0, GENESIS)


@dataclass(frozen=True)
class Page:
    """Some books: where each ends by its head row, and from where on each is to be read.

    `upto` is the last person of the page, None when the page holds everybody behind `after`.
    """

    after: str
    upto: str | None
    heads: Mapping[str, BookHead]
    starts: Mapping[str, BookHead] = field(default_factory=dict)
    start_balances: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass
class Audit:
    """What reading pages has added up: per book of the page its end and its balances, and the system accounts."""

    settled_before: datetime | None = None  # system accounts are added up of entries posted before it
    ends: dict[str, BookHead] = field(default_factory=dict)
    balances: dict[str, Counter[str]] = field(default_factory=dict)
    system_net: Counter[str] = field(default_factory=Counter)


def read_page(session: Session, after: str) -> Page:
    """The books of the next people behind `after`, to be read from their first entry."""
    rows = session.execute(sql.NEXT_HEADS, {"after": after, "most": BOOKS_AT_ONCE}).all()
    page = _cut(rows, [row.sequence for row in rows])
    upto = page[-1].user_id if page and (len(page) < len(rows) or len(rows) == BOOKS_AT_ONCE) else None
    return Page(after, upto, {row.user_id: BookHead(row.sequence, row.sha256) for row in page})


def read_changed_page(session: Session, after: str) -> Page:
    """The books behind `after` that have changed since their checkpoint, to be read from there."""
    rows = session.execute(sql.NEXT_CHANGED_HEADS, {"after": after, "most": BOOKS_AT_ONCE}).all()
    page = _cut(rows, [row.sequence - (row.from_sequence or 0) for row in rows])
    upto = page[-1].user_id if page and (len(page) < len(rows) or len(rows) == BOOKS_AT_ONCE) else None
    known = [row for row in page if row.from_sequence is not None]
    return Page(
        after,
        upto,
        {row.user_id: BookHead(row.sequence, row.sha256) for row in page},
        {row.user_id: BookHead(row.from_sequence, row.from_sha256) for row in known},
        {row.user_id: row.balances for row in known},
    )


def audit_all(session: Session, page: Page, audit: Audit) -> Iterator[Violation]:
    """Read every entry and balance of the people of `page`, those nobody should have too."""
    people = (page.after, page.upto)
    yield from _audit(
        session,
        page,
        audit,
        lambda: session.execute(sql.lines_between(*people)),
        lambda: session.execute(sql.balances_between(*people)),
    )


def audit_changed(session: Session, page: Page, audit: Audit) -> Iterator[Violation]:
    """Read what the books of `page` have gained since their checkpoints."""
    people = {"people": list(page.heads)}
    yield from _audit(
        session,
        page,
        audit,
        lambda: session.execute(sql.CHANGED_LINES, people),
        lambda: session.execute(sql.CHANGED_BALANCES, people),
    )


def _audit(
    session: Session,
    page: Page,
    audit: Audit,
    lines: Callable[[], Iterable[Any]],
    balances: Callable[[], Iterable[Any]],
) -> Iterator[Violation]:
    audit.ends = dict(page.starts)
    audit.balances = {user_id: Counter(sums) for user_id, sums in page.start_balances.items()}
    reversals: list[tuple[str, str, str, list[Posting]]] = []
    for (user_id, entry_id), group in groupby(lines(), key=lambda row: (row.user_id, row.id)):
        entry = list(group)
        postings = [Posting(line.source, line.destination, line.amount) for line in entry if line.source]
        previous = audit.ends.get(user_id, EMPTY)
        yield from verify_entry(entry, postings, previous)
        audit.ends[user_id] = BookHead(previous.sequence + 1, entry[0].sha256)
        _add_up(audit, user_id, entry[0].posted_at, postings)
        if entry[0].reverses:
            reversals.append((user_id, entry_id, entry[0].reverses, postings))
        if len(reversals) == REVERSALS_AT_ONCE:
            yield from _inexact_reversals(session, reversals)
            reversals = []
    yield from _inexact_reversals(session, reversals)
    yield from _heads_beside_their_chains(page, audit)
    yield from _wrong_balances(audit, balances())


def _add_up(audit: Audit, user_id: str, posted_at: datetime, postings: Iterable[Posting]) -> None:
    sums = audit.balances.setdefault(user_id, Counter())
    is_settled = audit.settled_before is not None and posted_at < audit.settled_before
    for posting in postings:
        for name, change in ((posting.source, -posting.amount), (posting.destination, posting.amount)):
            if name.startswith("user:"):
                sums[name] += change
            elif is_settled and not name.startswith("transit:"):
                audit.system_net[name] += change


def _heads_beside_their_chains(page: Page, audit: Audit) -> Iterator[Violation]:
    for user_id in sorted(page.heads.keys() | audit.ends.keys()):
        end = audit.ends.get(user_id, EMPTY)
        head = page.heads.get(user_id)
        if (head or EMPTY) != end and (end.sequence or (head and head.sequence)):
            yield Violation("the head is the end of its chain", {"user_id": user_id, "sequence": end.sequence})


def _wrong_balances(audit: Audit, balances: Iterable[Any]) -> Iterator[Violation]:
    stored: dict[tuple[str, str], int] = {}
    for row in balances:
        stored[row.user_id, row.account] = row.balance
        account = find_account(row.account)
        if account is None or account.owner != row.user_id or not account.allows(row.balance):
            yield Violation("a balance stays within the bounds of its account", dict(row._mapping))
    summed = {(user_id, name): total for user_id, sums in audit.balances.items() for name, total in sums.items()}
    for key in sorted(stored.keys() | summed.keys()):
        if difference := summed.get(key, 0) - stored.get(key, 0):
            named = {"user_id": key[0], "account": key[1], "difference": difference}
            yield Violation("a balance is the sum of its postings", named)


def _inexact_reversals(
    session: Session, reversals: Sequence[tuple[str, str, str, list[Posting]]]
) -> Iterator[Violation]:
    """Reversals after which a system account that the original touched is not as if it had never been."""
    if not reversals:
        return
    originals: dict[tuple[str, str], list[Posting]] = {}
    keys = [(user_id, original) for user_id, _, original, _ in reversals]
    for row in session.execute(sql.POSTINGS_OF_MANY, {"entries": keys}):
        originals.setdefault((row.user_id, row.entry_id), []).append(Posting(row.source, row.destination, row.amount))
    for user_id, entry_id, original, postings in reversals:
        taken_back = originals.get((user_id, original), [])
        touched = _system_net(taken_back).keys()
        for name, left in sorted(_system_net([*taken_back, *postings]).items()):
            if left and name in touched:
                named = {"user_id": user_id, "id": entry_id, "account": name, "left": left}
                yield Violation("a reversal takes back exactly what was posted", named)


def _system_net(postings: Iterable[Posting]) -> Counter[str]:
    net: Counter[str] = Counter()
    for posting in postings:
        for name, change in ((posting.source, -posting.amount), (posting.destination, posting.amount)):
            if not name.startswith("user:"):
                net[name] += change
    return net


def _cut(rows: Sequence[Any], sizes: Sequence[int]) -> Sequence[Any]:
    """The first of `rows` up to the one with which their sizes reach `ENTRIES_AT_ONCE`."""
    total = 0
    for index, size in enumerate(sizes):
        total += size
        if total >= ENTRIES_AT_ONCE:
            return rows[: index + 1]
    return rows
