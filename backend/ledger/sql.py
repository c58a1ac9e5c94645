"""The statements of the ledger, built once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    text,
    tuple_,
    union_all,
)

from backend.ledger.domain import Entry, Filter, Posting
from backend.ledger.models import (
    BalanceRow,
    CheckpointRow,
    DaySumRow,
    EntryRow,
    HeadRow,
    PostingRow,
    RolledDayRow,
)
from backend.platform.data.upsert import insert_absent, offered, replace_columns, upsert

ENTRIES = EntryRow.__table__
POSTINGS = PostingRow.__table__
BALANCES = BalanceRow.__table__
HEADS = HeadRow.__table__
CHECKPOINTS = CheckpointRow.__table__
_SUMS, _DAYS = DaySumRow.__table__, RolledDayRow.__table__

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

# Reading a book.
SUMS_BY_KIND = (
    select(ENTRIES.c.kind, func.sum(POSTINGS.c.amount).label("amount"))
    .join(POSTINGS, _OF_ONE_ENTRY)
    .where(
        ENTRIES.c.user_id == bindparam("owner"),
        ENTRIES.c.posted_at >= bindparam("since"),
        ENTRIES.c.posted_at < bindparam("until"),
    )
    .group_by(ENTRIES.c.kind)
    .order_by(ENTRIES.c.kind)
)
POSTINGS_OF_ENTRIES = (
    select(POSTINGS)
    .where(POSTINGS.c.user_id == bindparam("owner"), POSTINGS.c.entry_id.in_(bindparam("entry_ids", expanding=True)))
    .order_by(POSTINGS.c.entry_id, POSTINGS.c.position)
)
_OF_OWNER = select(ENTRIES).where(ENTRIES.c.user_id == bindparam("owner"))
ENTRY = _OF_OWNER.where(ENTRIES.c.id == bindparam("of_entry"))
ENTRY_BEHIND = _OF_OWNER.where(ENTRIES.c.reference == bindparam("wanted_reference"))
ENTRIES_AFTER = (
    _OF_OWNER.where(ENTRIES.c.sequence > bindparam("after")).order_by(ENTRIES.c.sequence).limit(bindparam("most"))
)


# Where the chains end, and books read again from a checkpoint on or from their first entry.
READ_AT_ONCE = 1_000
HEADS_BY_PERSON = select(HEADS.c.user_id, HEADS.c.sequence, HEADS.c.sha256).order_by(HEADS.c.user_id)
ALL_HEADS = HEADS_BY_PERSON.execution_options(yield_per=READ_AT_ONCE)
NEXT_HEADS = HEADS_BY_PERSON.where(HEADS.c.user_id > bindparam("after")).limit(bindparam("most"))
NEXT_CHANGED_HEADS = (
    NEXT_HEADS.add_columns(
        CHECKPOINTS.c.sequence.label("from_sequence"), CHECKPOINTS.c.sha256.label("from_sha256"), CHECKPOINTS.c.balances
    )
    .outerjoin(CHECKPOINTS, CHECKPOINTS.c.user_id == HEADS.c.user_id)
    .where(
        or_(
            and_(CHECKPOINTS.c.user_id.is_(None), HEADS.c.sequence > 0),
            CHECKPOINTS.c.sequence != HEADS.c.sequence,
            CHECKPOINTS.c.sha256 != HEADS.c.sha256,
        )
    )
)
SHA256_AT = select(ENTRIES.c.sha256).where(
    ENTRIES.c.user_id == bindparam("owner"), ENTRIES.c.sequence == bindparam("at_sequence")
)
KEEP_CHECKPOINT = upsert(
    CHECKPOINTS,
    key=["user_id"],
    changes=replace_columns(CHECKPOINTS, "sequence", "sha256", "balances", "verified_at"),
)
_LINES = (
    select(ENTRIES, POSTINGS.c.position, POSTINGS.c.source, POSTINGS.c.destination, POSTINGS.c.amount)
    .outerjoin(POSTINGS, and_(POSTINGS.c.user_id == ENTRIES.c.user_id, POSTINGS.c.entry_id == ENTRIES.c.id))
    .order_by(ENTRIES.c.user_id, ENTRIES.c.sequence, ENTRIES.c.id, POSTINGS.c.position)
    .execution_options(yield_per=READ_AT_ONCE)
)
_PEOPLE: Any = bindparam("people", expanding=True)
CHANGED_LINES = (
    _LINES.join(HEADS, HEADS.c.user_id == ENTRIES.c.user_id)
    .outerjoin(CHECKPOINTS, CHECKPOINTS.c.user_id == HEADS.c.user_id)
    .where(HEADS.c.user_id.in_(_PEOPLE), ENTRIES.c.sequence > func.coalesce(CHECKPOINTS.c.sequence, 0))
)
CHANGED_BALANCES = select(BALANCES).where(BALANCES.c.user_id.in_(_PEOPLE))
POSTINGS_OF_MANY = select(
    POSTINGS.c.user_id, POSTINGS.c.entry_id, POSTINGS.c.source, POSTINGS.c.destination, POSTINGS.c.amount
).where(tuple_(POSTINGS.c.user_id, POSTINGS.c.entry_id).in_(bindparam("entries", expanding=True)))

# System accounts: days that are over, added up once.
LAST_DAY = select(func.max(_DAYS.c.posted_on))
COUNT_DAYS = select(func.count()).select_from(_DAYS)
FIRST_POSTED = select(func.min(ENTRIES.c.posted_at))
ROLLED_OF_ACCOUNT = select(func.sum(_SUMS.c.change)).where(_SUMS.c.account == bindparam("of_account"))
ROLLED = select(_SUMS.c.account, func.sum(_SUMS.c.change)).group_by(_SUMS.c.account)
SUMS_OF_DAY = select(_SUMS.c.account, _SUMS.c.change).where(_SUMS.c.posted_on == bindparam("of_day"))
UNVERIFIED_DAYS = (
    select(_DAYS.c.posted_on).where(_DAYS.c.verified_at.is_(None)).order_by(_DAYS.c.posted_on).limit(bindparam("most"))
)
MARK_VERIFIED = _DAYS.update().where(_DAYS.c.posted_on == bindparam("of_day")).values(verified_at=bindparam("now"))
INSERT_DAY = _DAYS.insert()
INSERT_SUM = _SUMS.insert()

# Each is a sentence that must hold and the rows for which it does not, in SQL that both engines read.
_SENTENCES = {
    "every posting belongs to an entry": """
        SELECT p.user_id, p.entry_id FROM ledger_postings p
        WHERE NOT EXISTS (SELECT 1 FROM ledger_entries e WHERE e.user_id = p.user_id AND e.id = p.entry_id)""",
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
RULES = {sentence: text(query) for sentence, query in _SENTENCES.items()}


def lines_between(after: str, upto: str | None) -> Select[Any]:
    """Every line of the books of those behind `after`, up to `upto` where there is an end."""
    return _LINES.where(*_between(ENTRIES.c.user_id, after, upto))


def balances_between(after: str, upto: str | None) -> Select[Any]:
    """Every balance of the same people."""
    return select(BALANCES).where(*_between(BALANCES.c.user_id, after, upto))


def count_posted(since: datetime | None, until: datetime | None) -> Select[int]:
    """How many entries were posted from `since` on and before `until`."""
    return select(func.count()).select_from(ENTRIES).where(*_posted(since, until))


def change_of_account(since: datetime | None) -> Select[Any]:
    """What the account `of_account` has changed by since an instant."""
    moves = movements(*_posted(since, None))
    return select(func.sum(moves.c.change)).where(moves.c.account == bindparam("of_account"))


def changes_of_system_accounts(since: datetime | None, until: datetime | None) -> Select[Any]:
    """What every account that is nobody's has changed by from `since` on and before `until`."""
    moves = movements(*_posted(since, until))
    return (
        select(moves.c.account, func.sum(moves.c.change))
        .where(moves.c.account.not_like("user:%"))
        .group_by(moves.c.account)
    )


def _between(user_id: ColumnElement[str], after: str, upto: str | None) -> Iterator[ColumnElement[bool]]:
    yield user_id > after
    if upto is not None:
        yield user_id <= upto


def _posted(since: datetime | None, until: datetime | None) -> Iterator[ColumnElement[bool]]:
    if since:
        yield ENTRIES.c.posted_at >= since
    if until:
        yield ENTRIES.c.posted_at < until


def page_of_entries(wanted: Filter, before: Sequence[Any] | None, most: int) -> Select[Any]:
    """At most `most` entries of `owner` that fit, newest first: those before the sequence in `before`."""
    page = _OF_OWNER.where(*_fitting(wanted)).order_by(ENTRIES.c.sequence.desc()).limit(most)
    return page if before is None else page.where(ENTRIES.c.sequence < before[0])


def _fitting(wanted: Filter) -> Iterator[ColumnElement[bool]]:
    if wanted.kind:
        yield ENTRIES.c.kind == wanted.kind
    if wanted.reference:
        yield ENTRIES.c.reference.startswith(wanted.reference, autoescape=True)
    if wanted.since:
        yield ENTRIES.c.posted_at >= wanted.since
    if wanted.until:
        yield ENTRIES.c.posted_at < wanted.until
    if wanted.account:
        touches = or_(POSTINGS.c.source == wanted.account, POSTINGS.c.destination == wanted.account)
        touching = select(POSTINGS.c.entry_id).where(POSTINGS.c.user_id == bindparam("owner"), touches)
        yield ENTRIES.c.id.in_(touching)


def read_entry(row: Mapping[str, Any], postings: Sequence[Posting]) -> Entry:
    """The entry in a row of `ENTRIES`, with its postings."""
    columns = {name: row[name] for name in Entry.__dataclass_fields__ if name != "postings"}
    return Entry(**columns, postings=tuple(postings))


def read_posting(row: Mapping[str, Any]) -> Posting:
    """The posting in a row of `POSTINGS`."""
    return Posting(row["source"], row["destination"], row["amount"])
