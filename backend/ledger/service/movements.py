"""Postings seen from the accounts: each posting is two moves, out of one account and into another."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Subquery, and_, literal, select, union_all

from backend.ledger.models import EntryRow, PostingRow

ENTRIES = EntryRow.__table__
POSTINGS = PostingRow.__table__

_SIDES = ((POSTINGS.c.source, literal(-1)), (POSTINGS.c.destination, literal(1)))
_OF_ONE_ENTRY = and_(ENTRIES.c.user_id == POSTINGS.c.user_id, ENTRIES.c.id == POSTINGS.c.entry_id)


def moves(*conditions: ColumnElement[bool]) -> Subquery:
    """Every move as `user_id, entry_id, account, change`, of the entries and postings that fit `conditions`."""
    return union_all(
        *(
            select(
                POSTINGS.c.user_id,
                POSTINGS.c.entry_id,
                column.label("account"),
                (POSTINGS.c.amount * sign).label("change"),
            )
            .join(ENTRIES, _OF_ONE_ENTRY)
            .where(*conditions)
            for column, sign in _SIDES
        )
    ).subquery("moves")
