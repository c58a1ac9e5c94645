"""The statements of the ledger, built once."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Subquery, and_, bindparam, func, literal, select, union_all

from backend.ledger.models import BalanceRow, CheckpointRow, EntryRow, HeadRow, PostingRow
from backend.platform.data.upsert import insert_absent, offered, upsert

ENTRIES = EntryRow.__table__
POSTINGS = PostingRow.__table__
BALANCES = BalanceRow.__table__
HEADS = HeadRow.__table__
CHECKPOINTS = CheckpointRow.__table__

# A person's book: its head, and what stands behind a reference.
HEAD = select(HEADS.c.sequence, HEADS.c.sha256).where(HEADS.c.user_id == bindparam("owner"))
LOCK_HEAD = HEAD.with_for_update()
BY_REFERENCE = select(
    ENTRIES.c.id, ENTRIES.c.kind, ENTRIES.c.facts, ENTRIES.c.reverses, ENTRIES.c.content_sha256
).where(ENTRIES.c.user_id == bindparam("owner"), ENTRIES.c.reference == bindparam("wanted_reference"))
ENSURE_HEAD = insert_absent(HEADS)

# Writing an entry.
INSERT_ENTRY = ENTRIES.insert()
INSERT_POSTING = POSTINGS.insert()
ADD_TO_BALANCE = upsert(
    BALANCES,
    key=["user_id", "account"],
    changes={"balance": BALANCES.c.balance + offered(BALANCES).balance},
)
MOVE_BALANCE = (
    BALANCES.update()
    .where(BALANCES.c.user_id == bindparam("owner"), BALANCES.c.account == bindparam("touched_account"))
    .values(balance=BALANCES.c.balance + bindparam("change"))
)
LOWER_BALANCE = MOVE_BALANCE.where(BALANCES.c.balance + bindparam("change") >= bindparam("floor"))
RAISE_BALANCE = MOVE_BALANCE.where(BALANCES.c.balance + bindparam("change") <= bindparam("ceiling"))
MOVE_HEAD = (
    HEADS.update()
    .where(HEADS.c.user_id == bindparam("owner"), HEADS.c.sha256 == bindparam("seen_sha256"))
    .values(sequence=bindparam("next_sequence"), sha256=bindparam("next_sha256"))
)

# Taking an entry back.
REVERSAL_OF = select(ENTRIES.c.id, ENTRIES.c.reference).where(
    ENTRIES.c.user_id == bindparam("owner"), ENTRIES.c.reverses == bindparam("reversed_id")
)
POSTINGS_OF = (
    select(POSTINGS.c.source, POSTINGS.c.destination, POSTINGS.c.amount)
    .where(POSTINGS.c.user_id == bindparam("owner"), POSTINGS.c.entry_id == bindparam("of_entry"))
    .order_by(POSTINGS.c.position)
)

_SIDES = ((POSTINGS.c.source, literal(-1)), (POSTINGS.c.destination, literal(1)))
_OF_ONE_ENTRY = and_(ENTRIES.c.user_id == POSTINGS.c.user_id, ENTRIES.c.id == POSTINGS.c.entry_id)


def movements(*conditions: ColumnElement[bool]) -> Subquery:
    """Postings seen from the accounts, as `user_id, entry_id, account, change`, where entry and posting fit.

    Each posting is two movements, out of one account and into another.
    """
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


_POSTED_BY_THEN = movements(
    ENTRIES.c.user_id == bindparam("owner"),
    ENTRIES.c.posted_at <= bindparam("instant", type_=ENTRIES.c.posted_at.type),
)
BALANCES_OF = select(BALANCES.c.account, BALANCES.c.balance).where(BALANCES.c.user_id == bindparam("owner"))
BALANCES_AT = select(_POSTED_BY_THEN.c.account, func.sum(_POSTED_BY_THEN.c.change).label("balance")).group_by(
    _POSTED_BY_THEN.c.account
)
