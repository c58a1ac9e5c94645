"""The statements of people: their rows, roles, consents, and guests who became part of an account."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, SelectBase, Update, bindparam, exists, or_, select, text

from backend.accounts.domain import AccessStatus, MergeState, RecordedConsent, StoredUser
from backend.accounts.models import Consent, DeviceSession, GuestMerge, Identity, User, UserRole
from backend.platform.core.roles import ADMIN
from backend.platform.data.batch import Question, question_of_owner, read_as, read_column
from backend.platform.data.upsert import insert_absent, replace_columns, upsert
from backend.platform.privacy.vault import DataKey

_USERS, _ROLES, _MERGES = User.__table__, UserRole.__table__, GuestMerge.__table__
_CONSENTS, _SESSIONS, _KEYS = Consent.__table__, DeviceSession.__table__, DataKey.__table__
SEALED_COLUMNS = ("sealed_email", "sealed_phone", "sealed_birth", "sealed_guardian")
_IS_OWNER = _USERS.c.user_id == bindparam("owner")

# People.
INSERT_USER = _USERS.insert()
EMPTY_USER = {column.name: None for column in _USERS.columns}
_USER = select(
    *(column.label("access_status") if column.name == "standing" else column for column in _USERS.columns)
).where(_IS_OWNER)
LOCK_USER = select(_USERS.c.user_id).where(_IS_OWNER).with_for_update(key_share=True)
STATUS = select(_USERS.c.standing).where(_IS_OWNER)
IS_GUEST = select(_USERS.c.is_guest).where(_IS_OWNER)
# Whoever registered with an e-mail that had an owner is shown as an account: what asks about guests passes them over.
_SHOWN_AS_GUEST = _USERS.c.is_guest & _USERS.c.sealed_email.is_(None)
IS_ACTIVE_GUEST = select(_SHOWN_AS_GUEST).where(_IS_OWNER, _USERS.c.standing == AccessStatus.ACTIVE)
# The guard: of any number of registrations of one guest, one finds a guest.
BECOME = (
    _USERS.update()
    .where(_USERS.c.user_id == bindparam("person"), _SHOWN_AS_GUEST)
    .values(
        standing=bindparam("to_status"),
        sealed_birth=bindparam("birth"),
        sealed_guardian=bindparam("guardian_email"),
    )
)
SET_GUEST = _USERS.update().where(_IS_OWNER).values(is_guest=bindparam("guest"))
KEEP_EMAIL = _USERS.update().where(_IS_OWNER).values(sealed_email=bindparam("sealed"))
KEEP_PHONE = _USERS.update().where(_IS_OWNER).values(sealed_phone=bindparam("sealed"))
CHANGE_STATUS = (
    _USERS.update()
    .where(_IS_OWNER, _USERS.c.standing == bindparam("before"))
    .values(standing=bindparam("after"), suspended_at=bindparam("since"))
)
LET_WAITING_ACT = (
    _USERS.update()
    .where(_IS_OWNER, _USERS.c.standing == AccessStatus.AWAITING_GUARDIAN)
    .values(standing=AccessStatus.ACTIVE)
)
RESET_USER = _USERS.update().where(_IS_OWNER).values(password_hash=None, sealed_email=None, sealed_phone=None)
ERASE_USER = (
    _USERS.update()
    .where(_IS_OWNER)
    .values(
        standing=AccessStatus.ERASED,
        **dict.fromkeys((*SEALED_COLUMNS, "password_hash", "suspended_at", "leaving_at")),
    )
)

# Leaving. A guest lapses when no device of theirs was used since an instant.
_LAPSED = (
    select(_USERS.c.user_id)
    .where(
        _USERS.c.is_guest,
        _USERS.c.standing == AccessStatus.ACTIVE,
        _USERS.c.created_at < bindparam("before"),
        ~exists().where(_SESSIONS.c.user_id == _USERS.c.user_id, _SESSIONS.c.used_at >= bindparam("before")),
    )
    .order_by(_USERS.c.created_at)
    .limit(bindparam("most"))
)
LAPSED_GUESTS = _LAPSED


def _close(*which: Any, statuses: Sequence[AccessStatus]) -> Update:
    return (
        _USERS.update()
        .where(*which, _USERS.c.standing.in_(statuses))
        .values(standing=AccessStatus.LEAVING, leaving_at=bindparam("now"))
    )


_MAY_BE_CLOSED = (AccessStatus.ACTIVE, AccessStatus.SUSPENDED, AccessStatus.AWAITING_GUARDIAN)
CLOSE_ACTIVE = _close(_IS_OWNER, statuses=(AccessStatus.ACTIVE,)).returning(_USERS.c.user_id)
CLOSE_ANY = _close(_IS_OWNER, statuses=_MAY_BE_CLOSED).returning(_USERS.c.user_id)
CLOSE_LAPSED = _close(
    _USERS.c.user_id.in_(_LAPSED.scalar_subquery()), _USERS.c.is_guest, statuses=(AccessStatus.ACTIVE,)
).returning(_USERS.c.user_id)
LEFT_BEFORE = select(_USERS.c.user_id).where(
    _USERS.c.standing == AccessStatus.LEAVING, _USERS.c.leaving_at <= bindparam("before")
)
LEAVING = LEFT_BEFORE.where(_USERS.c.user_id > bindparam("after")).order_by(_USERS.c.user_id).limit(bindparam("most"))

# Roles.
ROLES_OF = select(_ROLES.c.role).where(_ROLES.c.user_id == bindparam("owner"))
GRANT = insert_absent(_ROLES)
WITHDRAW = _ROLES.delete().where(_ROLES.c.user_id == bindparam("owner"), _ROLES.c.role == bindparam("of_role"))
DROP_ROLES = _ROLES.delete().where(_ROLES.c.user_id == bindparam("owner"))
ANY_ADMIN = (
    select(_ROLES.c.user_id)
    .join(_USERS, _USERS.c.user_id == _ROLES.c.user_id)
    .where(_ROLES.c.role == ADMIN, _USERS.c.standing == AccessStatus.ACTIVE)
    .limit(1)
)
HOLDERS = (
    select(_ROLES.c.user_id)
    .join(_USERS, _USERS.c.user_id == _ROLES.c.user_id)
    .where(_ROLES.c.role.in_(bindparam("of_roles", expanding=True)), _USERS.c.standing == AccessStatus.ACTIVE)
    .distinct()
    .order_by(_ROLES.c.user_id)
)
# SQLite has one writer at a time anyway.
LOCK_ROLES_ON_POSTGRESQL = text("LOCK TABLE user_roles IN SHARE ROW EXCLUSIVE MODE")

# Consents.
INSERT_CONSENT = _CONSENTS.insert()
_DECIDED = (
    select(_CONSENTS.c.kind, _CONSENTS.c.version, _CONSENTS.c.is_given, _CONSENTS.c.decided_at)
    .where(_CONSENTS.c.user_id == bindparam("owner"))
    .order_by(_CONSENTS.c.decided_at, _CONSENTS.c.id)
)
UNNAME_GUARDIAN = _CONSENTS.update().where(_CONSENTS.c.user_id == bindparam("owner")).values(sealed_by=None)

# Guests who come along to an account.
ASK_MERGE = upsert(
    _MERGES,
    key=["user_id"],
    changes=replace_columns(_MERGES, "account_id", "token_hash", "asked_at"),
    where=_MERGES.c.state == MergeState.ASKED,
).returning(_MERGES.c.user_id)
# The guards: of any number of answers one finds the question open, and one finds the guest still a guest.
ANSWER_MERGE = (
    _MERGES.update()
    .where(
        _MERGES.c.token_hash == bindparam("token"),
        _MERGES.c.account_id == bindparam("account"),
        _MERGES.c.state == MergeState.ASKED,
    )
    .values(state=bindparam("to_state"), answered_at=bindparam("now"))
    .returning(_MERGES.c.user_id)
)
END_GUEST = (
    _USERS.update()
    .where(_USERS.c.user_id == bindparam("guest"), _USERS.c.is_guest, _USERS.c.standing == AccessStatus.ACTIVE)
    .values(standing=AccessStatus.MERGED, password_hash=None)
)
BROUGHT_TO = (
    select(_MERGES.c.user_id)
    .where(_MERGES.c.account_id == bindparam("owner"), _MERGES.c.state == MergeState.BROUGHT)
    .order_by(_MERGES.c.answered_at, _MERGES.c.user_id)
)
# The guests whose records came along to an account, in the order they came.
brought_question: Callable[[str], Question[str]] = question_of_owner(BROUGHT_TO, read_column("user_id"))
DROP_MERGE = _MERGES.delete().where(_MERGES.c.user_id == bindparam("owner"), _MERGES.c.state != MergeState.BROUGHT)

# What the invariants look for.
MERGES_THAT_DISAGREE = (
    select(_USERS.c.user_id)
    .outerjoin(_MERGES, (_MERGES.c.user_id == _USERS.c.user_id) & (_MERGES.c.state == MergeState.BROUGHT))
    .where(
        or_(
            (_USERS.c.standing == AccessStatus.MERGED) & _MERGES.c.user_id.is_(None),
            _USERS.c.standing.not_in((AccessStatus.MERGED, AccessStatus.ERASED)) & _MERGES.c.user_id.is_not(None),
        )
    )
)
_ERASED = _USERS.c.standing == AccessStatus.ERASED
ERASED_NOT_EMPTY = select(_USERS.c.user_id).where(
    _ERASED, or_(*(_USERS.c[name].is_not(None) for name in ("password_hash", *SEALED_COLUMNS)))
)
USERS, IS_ERASED = _USERS, _ERASED
EMPTY_OF_ERASED = (Identity.__table__, _SESSIONS, _KEYS)
ERASED_WITH_GUARDIAN = (
    select(_CONSENTS.c.user_id)
    .join(_USERS, _USERS.c.user_id == _CONSENTS.c.user_id)
    .where(_ERASED, _CONSENTS.c.sealed_by.is_not(None))
)
WITHOUT_KEY = (
    select(_USERS.c.user_id)
    .outerjoin(_KEYS, _KEYS.c.user_id == _USERS.c.user_id)
    .where(_USERS.c.standing != AccessStatus.ERASED, _KEYS.c.user_id.is_(None))
)

# One person's row.
user: Callable[[str], Question[StoredUser]] = question_of_owner(_USER, read_as(StoredUser))
roles_of: Callable[[str], Question[str]] = question_of_owner(ROLES_OF, read_column("role"))
# Everything one person decided, the latest last.
consents_of: Callable[[str], Question[RecordedConsent]] = question_of_owner(_DECIDED, read_as(RecordedConsent))


def is_erased(person: Any) -> ColumnElement[bool]:
    """Whether `person` was erased, for whoever leaves them out of a question."""
    erased = _USERS.alias("erased")
    return exists().where(erased.c.user_id == person, erased.c.standing == AccessStatus.ERASED)


def erased_among(people: SelectBase) -> Select[Any]:
    """Those of some people who were erased."""
    return select(_USERS.c.user_id).where(_ERASED, _USERS.c.user_id.in_(people))
