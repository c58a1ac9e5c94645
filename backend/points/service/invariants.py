"""Do grants and ledger tell the same story? Queries that return no row, in SQL that both engines read."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.ledger.service import Violation

RULES = {
    "what lies on an account is what its grants still hold": """
        SELECT user_id, state, SUM(part) AS difference FROM (
            SELECT user_id, CASE state WHEN 'held' THEN 'pending' ELSE state END AS state, remaining AS part FROM grants
            UNION ALL SELECT user_id, CASE WHEN account LIKE '%pending' THEN 'pending' ELSE 'collected' END, -balance
                FROM ledger_balances WHERE account NOT LIKE '%owed'
        ) AS both_sides GROUP BY user_id, state HAVING SUM(part) <> 0""",
    "a grant holds what it was granted, less what left it": """
        SELECT g.user_id, g.id, g.amount, g.remaining FROM grants g
        WHERE g.remaining <> g.amount - COALESCE(
            (SELECT SUM(m.amount) FROM grant_movements m WHERE m.user_id = g.user_id AND m.grant_id = g.id), 0)""",
    "whoever owes has no points": """
        SELECT debt.user_id, debt.balance, other.account FROM ledger_balances debt
        JOIN ledger_balances other ON other.user_id = debt.user_id AND other.account NOT LIKE '%owed'
        LEFT JOIN (SELECT user_id, SUM(remaining) AS held FROM grants WHERE state = 'held' GROUP BY user_id) waiting
            ON waiting.user_id = debt.user_id AND other.account LIKE '%pending'
        WHERE debt.account LIKE '%owed' AND debt.balance < 0 AND other.balance > COALESCE(waiting.held, 0)""",
    "what an activity stands for is what its methodology issued for it": """
        SELECT g.user_id, g.methodology_id, SUM(g.part) AS difference FROM (
            SELECT user_id, methodology_id, amount - taken_back AS part FROM grants WHERE methodology_id IS NOT NULL
            UNION ALL SELECT user_id, SUBSTR(source, 10), -amount FROM ledger_postings WHERE source LIKE 'issuance:%'
            UNION ALL SELECT user_id, SUBSTR(destination, 10), amount FROM ledger_postings
                WHERE destination LIKE 'issuance:%'
        ) AS g GROUP BY g.user_id, g.methodology_id HAVING SUM(g.part) <> 0""",
}


def verify(session: Session) -> Iterator[Violation]:
    """Every violation among all grants; nothing when they agree with the ledger."""
    for rule, query in RULES.items():
        for row in session.execute(text(query)).mappings():
            yield Violation(rule, dict(row))
