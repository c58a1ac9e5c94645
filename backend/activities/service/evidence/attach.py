"""What supports a person's word: attested by somebody else or handed in, once by anyone, and used for one activity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.activities.service.evidence.kinds import (
    GPS_TRACE,
    METER_READING,
    ODOMETER_PAIR,
    ODOMETER_READING,
    READINGS,
)
from backend.activities.service.evidence.upload import CLAIM, EVIDENCE, PURPOSE, read_facts
from backend.platform.core import clock
from backend.platform.core.errors import InvalidFields, Refusal
from backend.platform.data import ids
from backend.platform.data.batch import Batch, Question
from backend.platform.data.transactions import enqueue_write
from backend.platform.privacy.vault import the_vault
from calculators import Methodology

_ATTESTED = ("user_id", "id", "tier", "attested_by", "created_at", "activity_id")
_INSERT = EVIDENCE.insert().values({name: bindparam(name) for name in _ATTESTED})
_FIND = select(EVIDENCE).where(EVIDENCE.c.user_id == bindparam("owner"), EVIDENCE.c.id == bindparam("wanted"))
_USE = (
    EVIDENCE.update()
    .where(
        EVIDENCE.c.user_id == bindparam("owner"),
        EVIDENCE.c.id == bindparam("wanted"),
        EVIDENCE.c.activity_id.is_(None),
    )
    .values(activity_id=bindparam("used_for"))
)
# A household reads its meter once a week or a month: so many reach back far enough.
_MOST_BEFORE = 60
_METER_READINGS = (
    select(EVIDENCE)
    .where(
        EVIDENCE.c.user_id == bindparam("owner"),
        EVIDENCE.c.tier == METER_READING,
        EVIDENCE.c.activity_id.is_not(None),
        EVIDENCE.c.sealed_facts.is_not(None),
    )
    .order_by(EVIDENCE.c.created_at.desc())
    .limit(_MOST_BEFORE)
)


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
        "created_at": clock.database_now(session),
        "activity_id": None,
    }
    enqueue_write(session, _INSERT, row)
    hashed = the_vault().keyed_hash(PURPOSE, f"{tier}:{reference}")
    enqueue_write(
        session,
        CLAIM,
        {"reference_hash": hashed, "user_id": user_id, "evidence_id": row["id"]},
        rows=1,
        otherwise=lambda: Refusal("evidence.known"),
    )
    return row


def question(user_id: str, evidence_id: str) -> Question[dict[str, Any]]:
    """What to ask about a piece named in a request, together with other questions; see `read_pieces`."""
    return Question(_FIND, {"owner": user_id, "wanted": evidence_id}, dict)


def fetch_pieces(session: Session, user_id: str, evidence_ids: Sequence[str]) -> list[Mapping[str, Any]]:
    """The rows of the pieces named in a request, in one round trip; raises as `read_pieces` does."""
    batch = Batch(session)
    handles = [batch.fetch(question(user_id, evidence_id)) for evidence_id in evidence_ids]
    batch.run()
    return read_pieces([handle.all() for handle in handles])


def read_pieces(answers: Sequence[Sequence[Mapping[str, Any]]]) -> list[Mapping[str, Any]]:
    """The rows of the pieces that `question` asked for; raise `request.invalid` for one that cannot be used."""
    errors = []
    for position, rows in enumerate(answers):
        if not rows:
            errors.append({"field": f"evidence.{position}", "code": "unknown_evidence"})
        elif rows[0]["activity_id"] is not None:
            errors.append({"field": f"evidence.{position}", "code": "evidence_used"})
        elif rows[0]["media"] is not None and rows[0]["kept_at"] is None:
            errors.append({"field": f"evidence.{position}", "code": "evidence_not_kept"})
    if errors:
        raise InvalidFields(errors)
    return [rows[0] for rows in answers]


def tiers_of(pieces: Sequence[Mapping[str, Any]], shown: Sequence[Mapping[str, Any]]) -> list[str]:
    """What the pieces, of which `shown` are the `readings`, amount to: each its own tier, two of one odometer a pair.

    A single reading that somebody took of a meter shows nothing yet: the next one shows what ran through between.
    """
    taken = {piece["tier"] for piece in pieces if piece["tier"] in READINGS and piece["media"]}
    tiers = [piece["tier"] for piece in pieces if not (piece["tier"] == METER_READING and piece["media"])]
    if taken and len(shown) > 1:
        tiers += [ODOMETER_PAIR if tier == ODOMETER_READING else tier for tier in taken]
    return tiers


def is_track(piece: Mapping[str, Any]) -> bool:
    """Whether a piece is a recorded track, and not only attested as one."""
    return piece["tier"] == GPS_TRACE and piece["media"] is not None


def readings(session: Session, pieces: Sequence[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], bool]:
    """What the readings of one device say that a person handed in, the earliest first.

    Of a single reading of a meter, the one before it that supported something else comes first, and True says so.
    """
    read = [read_facts(session, piece) for piece in pieces if piece["tier"] in READINGS and piece["media"]]
    if not read:
        return [], False
    device, count = Counter(reading["device"] for reading in read).most_common(1)[0]
    of_one = sorted((one for one in read if one["device"] == device), key=_when_read)
    if count > 1:
        return of_one, False
    before = _read_before(session, pieces[0]["user_id"], of_one[0])
    return [*before, *of_one], bool(before)


def _read_before(session: Session, user_id: str, reading: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = session.execute(_METER_READINGS, {"owner": user_id}).mappings()
    earlier = [
        facts
        for facts in (read_facts(session, row) for row in rows)
        if facts["device"] == reading["device"] and _when_read(facts) < _when_read(reading)
    ]
    return [max(earlier, key=_when_read)] if earlier else []


def _when_read(reading: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(reading["read_at"])


def unattested(pieces: Sequence[Mapping[str, Any]]) -> list[str]:
    """The tiers for which only the person vouches, and nobody beside them."""
    attested = {piece["tier"] for piece in pieces if piece["attested_by"] != piece["user_id"]}
    own = {piece["tier"] for piece in pieces if piece["attested_by"] == piece["user_id"]} - attested
    return sorted({ODOMETER_PAIR if tier == ODOMETER_READING else tier for tier in own})


def strongest(methodology: Methodology, tiers: Sequence[str], otherwise: str) -> str:
    """The tier to which the methodology gives most weight; `otherwise` where it gives none of them any."""
    known = [tier for tier in tiers if tier in methodology.evidence_weights]
    return max(known, key=lambda tier: methodology.evidence_weights[tier], default=otherwise)


def use(session: Session, user_id: str, evidence: Sequence[str], activity_id: str) -> None:
    """Bind pieces of evidence to the activity they support, queued; nobody can use them again."""
    for evidence_id in evidence:
        named = {"owner": user_id, "wanted": evidence_id, "used_for": activity_id}
        enqueue_write(session, _USE, named, rows=1, otherwise=lambda: Refusal("service.busy", retry_after_s=1))
