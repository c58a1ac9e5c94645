"""Is every book still right? Every entry read again, or only what is new since the last look.

One report for everyone who asks: `flask ledger verify`, the nightly job, and every test of state. Both need a session
that reads one snapshot: beside writes, a balance would otherwise be held against postings of another moment.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from backend.ledger import sql
from backend.ledger.domain import BookHead
from backend.ledger.service.book_audit import Audit, Page, audit_all, audit_changed, read_changed_page, read_page
from backend.ledger.service.chain_audit import Violation
from backend.ledger.service.system_accounts import (
    differing_sums,
    find_rolled_until,
    verify_new_days,
)
from backend.platform.core import clock
from backend.platform.ops.invariants import Step


def verify(session: Session) -> Iterator[Violation]:
    """Every violation in every book from its first entry on; nothing when the ledger is right. Reads only."""
    for rule, query in sql.RULES.items():
        for row in session.execute(query).mappings():
            yield Violation(rule, dict(row))
    audit = Audit(settled_before=find_rolled_until(session))
    after: str | None = ""
    while after is not None:
        page = read_page(session, after)
        yield from audit_all(session, page, audit)
        after = page.upto
    for sums in differing_sums(session, audit.system_net):
        yield Violation("a rolled-up sum is the sum of its postings", sums)


def verify_latest(session: Session, after: str) -> Step:
    """One step of a look at what is new: the next books behind `after` that have changed since they were verified.

    Where a book ends and what lies on its accounts is written down, so that the next look begins there; a book with a
    violation is looked at again from where it was right. The last step compares the days added up since the last look.
    """
    page = read_changed_page(session, after)
    audit = Audit()
    found = list(audit_changed(session, page, audit))
    wrong = {violation.row["user_id"] for violation in found}
    _keep_checkpoints(session, page, audit, wrong)
    if page.upto is None:
        found += [Violation(rule, row) for rule, row in verify_new_days(session)]
    return Step(found, page.upto)


def _keep_checkpoints(session: Session, page: Page, audit: Audit, wrong: set[str]) -> None:
    now = clock.database_now(session)
    rows = [
        _checkpoint(user_id, audit.ends[user_id]) | {"balances": dict(audit.balances[user_id]), "verified_at": now}
        for user_id in page.heads
        if user_id not in wrong
    ]
    if rows:
        session.execute(sql.KEEP_CHECKPOINT, rows)


def _checkpoint(user_id: str, end: BookHead) -> dict[str, object]:
    return {"user_id": user_id, "sequence": end.sequence, "sha256": end.sha256}
