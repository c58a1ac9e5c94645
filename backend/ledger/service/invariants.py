"""Is every book still right? Queries that return no row, and every chain recomputed.

One report for everyone who asks: `flask ledger verify`, the nightly job, and every test of state. Reads only.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, func, select, text
from sqlalchemy.orm import Session

from backend.ledger.domain import find_account
from backend.ledger.service.chain_audit import AT_ONCE, Violation, verify_chains
from backend.ledger.service.system_accounts import differing_sums
from backend.ledger.sql import ENTRIES, movements

# Each is a sentence that must hold and the rows for which it does not, in SQL that both engines read.
RULES = {
    "every entry has a posting": """
        SELECT e.user_id, e.id FROM ledger_entries e
        WHERE NOT EXISTS (SELECT 1 FROM ledger_postings p WHERE p.user_id = e.user_id AND p.entry_id = e.id)""",
    "every posting moves a positive amount between two accounts": """
        SELECT user_id, entry_id, position FROM ledger_postings WHERE amount <= 0 OR source = destination""",
    "every posting belongs to an entry": """
        SELECT p.user_id, p.entry_id FROM ledger_postings p
        WHERE NOT EXISTS (SELECT 1 FROM ledger_entries e WHERE e.user_id = p.user_id AND e.id = p.entry_id)""",
    "a balance is the sum of its postings": """
        SELECT user_id, account, SUM(change) AS difference FROM (
            SELECT user_id, destination AS account, amount AS change FROM ledger_postings
            WHERE destination LIKE 'user:%'
            UNION ALL SELECT user_id, source, -amount FROM ledger_postings WHERE source LIKE 'user:%'
            UNION ALL SELECT user_id, account, -balance FROM ledger_balances
        ) AS both_sides GROUP BY user_id, account HAVING SUM(change) <> 0""",
    "one reference names one entry": """
        SELECT user_id, reference FROM ledger_entries GROUP BY user_id, reference HAVING COUNT(*) > 1""",
    "an entry is taken back at most once": """
        SELECT user_id, reverses FROM ledger_entries WHERE reverses IS NOT NULL
        GROUP BY user_id, reverses HAVING COUNT(*) > 1""",
    "a gift that left one book arrived in the other": """
        SELECT account, SUM(change) AS difference FROM (
            SELECT destination AS account, amount AS change FROM ledger_postings WHERE destination LIKE 'transit:%'
            UNION ALL SELECT source, -amount FROM ledger_postings WHERE source LIKE 'transit:%'
        ) AS gifts GROUP BY account HAVING SUM(change) <> 0""",
}


def verify(session: Session) -> Iterator[Violation]:
    """Every violation in every book; nothing when the ledger is right. Memory stays bounded."""
    for rule, query in RULES.items():
        for row in session.execute(text(query)).mappings():
            yield Violation(rule, dict(row))
    yield from _beyond_their_bounds(session)
    yield from _reversals_that_miss(session)
    for sums in differing_sums(session):
        yield Violation("a rolled-up sum is the sum of its postings", sums)
    yield from verify_chains(session)


def _beyond_their_bounds(session: Session) -> Iterator[Violation]:
    balances = text("SELECT user_id, account, balance FROM ledger_balances")
    for row in session.execute(balances, execution_options={"yield_per": AT_ONCE}).mappings():
        known = find_account(row["account"])
        if known is None or known.owner != row["user_id"] or not known.allows(row["balance"]):
            yield Violation("a balance stays within the bounds of its account", dict(row))


def _reversals_that_miss(session: Session) -> Iterator[Violation]:
    all_moves = movements().alias("of_both")
    touched = movements().alias("touched")
    by_original = select(touched.c.account).where(
        touched.c.user_id == ENTRIES.c.user_id, touched.c.entry_id == ENTRIES.c.reverses
    )
    left = (
        select(ENTRIES.c.user_id, ENTRIES.c.id, all_moves.c.account, func.sum(all_moves.c.change).label("left"))
        .join(
            all_moves,
            and_(
                all_moves.c.user_id == ENTRIES.c.user_id,
                all_moves.c.entry_id.in_((ENTRIES.c.id, ENTRIES.c.reverses)),
            ),
        )
        .where(all_moves.c.account.not_like("user:%"), all_moves.c.account.in_(by_original))
        .group_by(ENTRIES.c.user_id, ENTRIES.c.id, all_moves.c.account)
        .having(func.sum(all_moves.c.change) != 0)
    )
    for row in session.execute(left).mappings():
        yield Violation("a reversal takes back exactly what was posted", dict(row))
