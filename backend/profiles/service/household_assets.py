"""Which meter, car or roof somebody's activity is about, on each of its days.

Their own, where they have declared its number; else the one that a member of their household has declared, the
longest ago; else the household's only one; else their own, of which nobody else knows. What is declared or taken back
holds from the next civil day on: the past stays as it was claimed.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.methodology import service as methodology
from backend.platform.core import clock
from backend.platform.core.errors import Refusal, invalid_field
from backend.platform.data.batch import Question, Questions, fetch, fetch_one
from backend.platform.privacy.vault import the_vault
from backend.profiles import sql
from backend.profiles.domain import Declaration, DeclaredAsset, MateDeclaration, Membership
from backend.profiles.service.households import tomorrow
from calculators import HOUSEHOLD_THINGS

PURPOSE = "profiles.thing"
COUNTRY_CODE = 2  # letters
SHORTEST_NUMBER, LONGEST_NUMBER = 4, 40


def declare_asset(session: Session, user_id: str, kind: str, country: str, number: str) -> DeclaredAsset:
    """Say which meter, car or roof is one's own, from tomorrow on; said again, the later word holds.

    Raises `not_found` for a kind nobody knows, and `request.invalid` for a country or number that cannot be.
    """
    _check_kind(kind)
    country = _country_of(country)
    written = _normalised(number)
    sealed = json.dumps({"country": country, "number": number}).encode()
    thing_hash = the_vault().keyed_hash(PURPOSE, f"{kind}:{country}:{written}")
    accounts.link(session, user_id, accounts.LinkKind.METER, thing_hash)
    from_on = _record_declaration(
        session,
        user_id,
        kind,
        thing_hash=thing_hash,
        sealed_number=the_vault().seal(session, user_id, PURPOSE, sealed),
    )
    return DeclaredAsset(kind, country, number, from_on)


def _country_of(asked: str) -> str:
    """The ISO 3166 code of the country of a place; raise `request.invalid` where it lies in none."""
    country = methodology.get_place(asked, "country").code.partition("-")[0]
    if len(country) != COUNTRY_CODE:
        raise invalid_field("country", "unknown_region")
    return country


def retract_asset(session: Session, user_id: str, kind: str) -> None:
    """Say from tomorrow on nothing of one's own; raise `not_found` where nothing was said."""
    _check_kind(kind)
    if kind not in {thing.kind for thing in list_assets(session, user_id)}:
        raise Refusal("not_found")
    _record_declaration(session, user_id, kind, thing_hash=None, sealed_number=None)


def list_assets(session: Session, user_id: str) -> list[DeclaredAsset]:
    """What somebody has declared and not taken back, by kind; the latest word, also where it holds from tomorrow."""
    latest = {asset.kind: asset for asset in fetch(session, sql.assets_of(user_id)).all()}
    return [
        DeclaredAsset(kind, from_on=asset.from_on, **_unsealed(session, user_id, asset.sealed_number))
        for kind, asset in sorted(latest.items())
        if asset.sealed_number is not None
    ]


@dataclass(frozen=True)
class HouseholdStatements:
    """What somebody and those they live with have declared, and when they lived where."""

    user_id: str
    own: Sequence[Declaration]
    memberships: Sequence[Membership]
    of_mates: Sequence[MateDeclaration]

    def household_on(self, day: date) -> str | None:
        """The household in which they lived on a day; None where they lived with nobody."""
        return next((one.household_id for one in self.memberships if one.holds_on(day)), None)

    def identify(self, kind: str, day: date) -> str:
        """The keyed hash of their thing of a kind on a day."""
        declared = _declared_on(self.own, kind, day)
        if declared is not None:
            return declared
        household = self.household_on(day)
        if household is None:
            return the_vault().keyed_hash(PURPOSE, f"{kind}:of:{self.user_id}")
        of_household = [one for one in self.of_mates if one.member.household_id == household]
        shared = _first_of_mates(of_household, kind, day)
        return shared or the_vault().keyed_hash(PURPOSE, f"{kind}:of:{household}")


def identify_assets(
    session: Session, user_id: str, kinds: Sequence[str], days: Sequence[date]
) -> dict[tuple[str, date], str]:
    """The keyed hash of the thing of each kind on each day: what somebody must claim to have it counted."""
    statements = fetch_one(session, statements_question(user_id))
    return {(kind, day): statements.identify(kind, day) for kind in kinds for day in days}


def statements_question(user_id: str) -> Questions[HouseholdStatements]:
    """What somebody and those they live with have declared, and when they lived where."""

    def read(
        own: Sequence[Declaration], memberships: Sequence[Membership], of_mates: Sequence[MateDeclaration]
    ) -> HouseholdStatements:
        return HouseholdStatements(user_id, own, memberships, of_mates)

    parts: dict[str, Question[Any] | Questions[Any]] = {
        "own": sql.declarations_of(user_id),
        "memberships": sql.memberships_of(user_id),
        "of_mates": sql.mate_declarations_of(user_id),
    }
    return Questions(parts, read)


def _first_of_mates(of_household: Sequence[MateDeclaration], kind: str, day: date) -> str | None:
    """What those who live there on `day` have declared; of several things the one declared the longest ago."""
    mates = {one.member.user_id for one in of_household if one.member.holds_on(day)}
    dated = []
    for mate in mates:
        theirs = [one.declaration for one in of_household if one.member.user_id == mate]
        declared = _declared_on(theirs, kind, day)
        if declared is not None:
            since = min(one.from_on for one in theirs if one.kind == kind and one.thing_hash == declared)
            dated.append((since, declared))
    return min(dated)[1] if dated else None


def _declared_on(declarations: Iterable[Declaration], kind: str, day: date) -> str | None:
    """The latest declaration of one kind that holds on `day`; None where there was none, or it was retracted."""
    begun = [one for one in declarations if one.kind == kind and one.from_on <= day]
    return max(begun, key=lambda one: one.from_on).thing_hash if begun else None


def _record_declaration(
    session: Session, user_id: str, kind: str, thing_hash: str | None, sealed_number: bytes | None
) -> date:
    from_on = tomorrow(session, user_id)
    declared = {
        "user_id": user_id,
        "kind": kind,
        "from_on": from_on,
        "thing_hash": thing_hash,
        "sealed_number": sealed_number,
        "declared_at": clock.database_now(session),
    }
    session.execute(sql.DECLARE, declared)
    return from_on


def _unsealed(session: Session, user_id: str, sealed: bytes) -> dict[str, str]:
    plain: dict[str, str] = json.loads(the_vault().unseal(session, user_id, PURPOSE, sealed))
    return plain


def _check_kind(kind: str) -> None:
    if kind not in HOUSEHOLD_THINGS:
        raise Refusal("not_found")


def _normalised(number: str) -> str:
    """The one spelling of a number: spaces, dashes and case do not make it another meter."""
    written = "".join(c for c in unicodedata.normalize("NFKC", number).upper() if c.isalnum())
    if not SHORTEST_NUMBER <= len(written) <= LONGEST_NUMBER:
        raise invalid_field("number", "not_a_number_plate", minimum=SHORTEST_NUMBER, maximum=LONGEST_NUMBER)
    return written
