"""Do grants and ledger tell the same story? Queries that return no row."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from backend.ledger.service import Violation
from backend.points import sql


def verify(session: Session) -> Iterator[Violation]:
    """Every violation among all grants; nothing when they agree with the ledger."""
    for rule, query in sql.RULES.items():
        for row in session.execute(query).mappings():
            yield Violation(rule, dict(row))
