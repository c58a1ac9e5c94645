"""Exchanging the master: every wrapped key is wrapped again by the current one, step by step, while others write.

Where it is stands in the rows themselves, so whoever was interrupted begins again and finds what is left. A step only
changes a row that is still as it was read: a key that was erased meanwhile stays erased, one that was made anew stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from backend.platform.data.transactions import batch_equal_writes, enqueue_write, touched
from backend.platform.privacy.master_keys import UNNAMED, MasterKeys, MasterMissing, WrappedKey
from backend.platform.privacy.vault import DIRECTORY, DataKey, DirectoryKey, the_vault

_KEYS, _DIRECTORY = DataKey.__table__, DirectoryKey.__table__
_NEXT_NAME = select(func.min(_KEYS.c.wrapped_by)).where(_KEYS.c.wrapped_by > bindparam("after"))
_LEAST_NAME = select(func.min(_KEYS.c.wrapped_by))
_COUNTS = select(_KEYS.c.wrapped_by, func.count()).group_by(_KEYS.c.wrapped_by)
_UNDER_OTHERS = (
    select(_KEYS.c.user_id, _KEYS.c.wrapped, _KEYS.c.wrapped_by)
    .where(_KEYS.c.wrapped_by != bindparam("current"), _KEYS.c.user_id > bindparam("after"))
    .order_by(_KEYS.c.user_id)
    .limit(bindparam("most"))
)
_OF_MASTER = select(_KEYS.c.user_id, _KEYS.c.wrapped, _KEYS.c.wrapped_by).where(
    _KEYS.c.wrapped_by == bindparam("master")
)
REWRAP = (
    _KEYS.update()
    .where(_KEYS.c.user_id == bindparam("owner"), _KEYS.c.wrapped == bindparam("before"))
    .values(wrapped=bindparam("new"), wrapped_by=bindparam("by"))
)
_REWRAP_DIRECTORY = (
    _DIRECTORY.update()
    .where(_DIRECTORY.c.wrapped == bindparam("before"))
    .values(wrapped=bindparam("new"), wrapped_by=bindparam("by"))
)


@dataclass(frozen=True)
class Rewrapped:
    """What one step did: how many keys it wrapped again and could not open, and the id behind which the next begins."""

    wrapped: int
    unopened: int
    after: str | None


def count_by_master(session: Session) -> dict[str, int]:
    """How many keys each master has wrapped, by its name; those of the directories count too."""
    counts = {name: int(count) for name, count in session.execute(_COUNTS)}
    for name in session.scalars(select(_DIRECTORY.c.wrapped_by)):
        counts[name] = counts.get(name, 0) + 1
    return counts


def count_left(session: Session) -> int:
    """How many keys another master than the current one has wrapped."""
    current = the_vault().masters.current.name
    return sum(count for name, count in count_by_master(session).items() if name != current)


def rewrap_directory(session: Session) -> int:
    """Wrap the key of the directories by the current master; return how many rows that changed."""
    masters, changed = the_vault().masters, 0
    for row in session.execute(select(_DIRECTORY.c.wrapped, _DIRECTORY.c.wrapped_by)).all():
        key = WrappedKey(row.wrapped, row.wrapped_by)
        if key.wrapped_by not in (masters.current.name, *find_missing(session)):
            changed += touched(session, _REWRAP_DIRECTORY, _again(masters, DIRECTORY, key))
    return changed


def rewrap_some(session: Session, after: str, most: int) -> Rewrapped:
    """Wrap up to `most` keys of other masters, of the owners behind the id `after`, by the current one."""
    masters = the_vault().masters
    asked = {"current": masters.current.name, "after": after, "most": most}
    rows = session.execute(_UNDER_OTHERS, asked).all()
    opened = []
    for row in rows:
        with suppress(MasterMissing, ValueError):
            opened.append(_again(masters, row.user_id, WrappedKey(row.wrapped, row.wrapped_by)))
    batch_equal_writes(session)
    for again in opened:
        enqueue_write(session, REWRAP, again)
    return Rewrapped(len(opened), len(rows) - len(opened), rows[-1].user_id if rows else None)


def find_missing(session: Session) -> list[str]:
    """The names of masters that wrapped some key and are not configured."""
    masters = the_vault().masters
    named = {*_names_in_use(session), *session.scalars(select(_DIRECTORY.c.wrapped_by))}
    return sorted(name for name in named if not _is_there(session, masters, name))


def _again(masters: MasterKeys, owner: str, key: WrappedKey) -> dict[str, object]:
    again = masters.current.wrap(owner, masters.unwrap(owner, key))
    return {"owner": owner, "before": key.wrapped, "new": again.wrapped, "by": again.wrapped_by}


def _names_in_use(session: Session) -> Iterator[str]:
    """Each name once: one look into the index for each, however many keys there are."""
    name = session.scalar(_LEAST_NAME)
    while name is not None:
        yield name
        name = session.scalar(_NEXT_NAME, {"after": name})


def _is_there(session: Session, masters: MasterKeys, name: str) -> bool:
    if name != UNNAMED:
        return name in masters.names
    # keys of before masters had names were all wrapped by one: any of them tells whether it is there
    some = session.execute(_OF_MASTER.limit(1), {"master": name}).first()
    return some is None or masters.find_master(some.user_id, WrappedKey(some.wrapped, some.wrapped_by)) is not None
