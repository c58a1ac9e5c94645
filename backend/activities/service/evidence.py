"""What supports a person's word: attested by somebody else, handed in once by anyone, used for one activity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, or_, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from backend import clock, ids, personal
from backend.accounts import service as accounts
from backend.activities.models import Activity, Evidence, EvidenceReference
from backend.db import write_later
from backend.errors import InvalidFields, Refusal
from backend.vault import the_vault
from calculators import Methodology

PURPOSE = "activities.evidence"

_EVIDENCE = Evidence.__table__
_REFERENCES = EvidenceReference.__table__
_INSERT = _EVIDENCE.insert()
_CLAIM = {
    "postgresql": postgresql_insert(_REFERENCES).on_conflict_do_nothing(),
    "sqlite": sqlite_insert(_REFERENCES).on_conflict_do_nothing(),
}
_FIND = select(_EVIDENCE.c.id, _EVIDENCE.c.tier, _EVIDENCE.c.activity_id).where(
    _EVIDENCE.c.user_id == bindparam("owner"), _EVIDENCE.c.id == bindparam("wanted")
)
_USE = (
    _EVIDENCE.update()
    .where(
        _EVIDENCE.c.user_id == bindparam("owner"),
        _EVIDENCE.c.id == bindparam("wanted"),
        _EVIDENCE.c.activity_id.is_(None),
    )
    .values(activity_id=bindparam("used_for"))
)
_ARRIVED = select(_EVIDENCE.c.id).where(_EVIDENCE.c.user_id == bindparam("account"))
_BRING = _EVIDENCE.insert().from_select(
    [column.name for column in _EVIDENCE.columns],
    select(
        bindparam("account", type_=_EVIDENCE.c.user_id.type), *(c for c in _EVIDENCE.columns if c.name != "user_id")
    ).where(
        _EVIDENCE.c.user_id == bindparam("guest"),
        or_(
            _EVIDENCE.c.activity_id.is_(None),
            _EVIDENCE.c.activity_id.in_(select(Activity.id).where(Activity.user_id == bindparam("account"))),
        ),
    ),
)
_REDIRECT = (
    _REFERENCES.update()
    .where(_REFERENCES.c.user_id == bindparam("guest"), _REFERENCES.c.evidence_id.in_(_ARRIVED))
    .values(user_id=bindparam("account"))
)
_LEAVE = _EVIDENCE.delete().where(_EVIDENCE.c.user_id == bindparam("guest"), _EVIDENCE.c.id.in_(_ARRIVED))


def attest(session: Session, attested_by: str, user_id: str, tier: str, reference: str) -> dict[str, Any]:
    """Put a piece of evidence into a person's hands; `reference` is its number outside (a ticket, a reading).

    Raises `not_found` for a person nobody knows, and `evidence.known` when the reference was handed in before, by
    anyone.
    """
    accounts.get_account(session, user_id)
    row = {
        "user_id": user_id,
        "id": ids.new_id("evidence"),
        "tier": tier,
        "attested_by": attested_by,
        "created_at": clock.now(),
        "activity_id": None,
    }
    write_later(session, _INSERT, row)
    hashed = the_vault().keyed_hash(PURPOSE, f"{tier}:{reference}")
    write_later(
        session,
        _CLAIM[session.get_bind().dialect.name],
        {"reference_hash": hashed, "user_id": user_id, "evidence_id": row["id"]},
        rows=1,
        otherwise=lambda: Refusal("evidence.known"),
    )
    return row


def export(session: Session, user_id: str, after: str = "") -> Iterator[personal.Record]:
    """Every piece of evidence of one person behind the id `after`."""
    of_person = select(_EVIDENCE).where(_EVIDENCE.c.user_id == user_id)
    return personal.by_key(session, of_person, _EVIDENCE.c.id, after)


def forget(session: Session, user_id: str) -> None:
    """Drop a person's evidence. Of what was used a hash stays that leads to nobody, so that nobody can use it again."""
    owned = _REFERENCES.c.user_id == user_id
    used = select(_EVIDENCE.c.id).where(_EVIDENCE.c.user_id == user_id, _EVIDENCE.c.activity_id.is_not(None))
    session.execute(_REFERENCES.delete().where(owned, _REFERENCES.c.evidence_id.not_in(used)))
    session.execute(_REFERENCES.update().where(owned).values(user_id=None, evidence_id=None))
    session.execute(_EVIDENCE.delete().where(_EVIDENCE.c.user_id == user_id))


def questions(user_id: str, evidence: Sequence[str]) -> list[tuple[Any, dict[str, Any]]]:
    """What to ask about the pieces named in a request, together with other questions; see `read_tiers`."""
    return [(_FIND, {"owner": user_id, "wanted": evidence_id}) for evidence_id in evidence]


def read_tiers(answers: Sequence[Sequence[Mapping[str, Any]]]) -> list[str]:
    """The tiers of the pieces that `questions` asked for; raise `request.invalid` for one unknown or used."""
    errors = []
    for position, rows in enumerate(answers):
        if not rows:
            errors.append({"field": f"evidence.{position}", "code": "unknown_evidence"})
        elif rows[0]["activity_id"] is not None:
            errors.append({"field": f"evidence.{position}", "code": "evidence_used"})
    if errors:
        raise InvalidFields(errors)
    return [rows[0]["tier"] for rows in answers]


def strongest(methodology: Methodology, tiers: Sequence[str], otherwise: str) -> str:
    """The tier to which the methodology gives most weight; `otherwise` where it gives none of them any."""
    known = [tier for tier in tiers if tier in methodology.evidence_weights]
    return max(known, key=lambda tier: methodology.evidence_weights[tier], default=otherwise)


def use(session: Session, user_id: str, evidence: Sequence[str], activity_id: str) -> None:
    """Bind pieces of evidence to the activity they support, queued; nobody can use them again."""
    for evidence_id in evidence:
        named = {"owner": user_id, "wanted": evidence_id, "used_for": activity_id}
        write_later(session, _USE, named, rows=1, otherwise=lambda: Refusal("service.busy", retry_after_s=1))


def bring(session: Session, guest_id: str, user_id: str) -> None:
    """Give an account the evidence of those activities that have joined it under their id, and the unused; queued."""
    # the directory refers to the evidence: the new rows come first, the old ones go last
    for statement in (_BRING, _REDIRECT, _LEAVE):
        write_later(session, statement, {"guest": guest_id, "account": user_id})
