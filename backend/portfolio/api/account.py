"""One's own account: the first screen, points and reductions, the household's month, the export, and leaving."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from backend.platform.core.actor import Actor
from backend.platform.core.i18n import Language
from backend.platform.core.roles import ANYONE
from backend.platform.privacy.personal_data import Record
from backend.platform.web.edge import reading
from backend.platform.web.limits import ACCOUNT, Limit
from backend.portfolio import service
from backend.portfolio.api.blueprint import edge
from backend.portfolio.domain import Account, ClientConfiguration, Departure, HouseholdMonth, ReductionsInRange
from backend.portfolio.schemas import (
    AccountOut,
    AccountQuery,
    ClientOut,
    DepartureOut,
    HomeOut,
    RangeQuery,
    ReductionsInRangeOut,
    TogetherOut,
    TogetherQuery,
)


@edge.get("/account", query=AccountQuery, answer=AccountOut)
def get_account(session: Session, actor: Actor, query: dict[str, Any], language: Language) -> Account:
    """My points, what I reduced and how that compares; with `at`, my balances at a past instant"""
    return service.get_account(session, actor.user_id, language, **query)


RANGES = Limit("range", "60 per hour", ACCOUNT)


@edge.get("/account/range", query=RangeQuery, answer=ReductionsInRangeOut, limits=(RANGES,))
def get_range(session: Session, actor: Actor, query: dict[str, Any], language: Language) -> ReductionsInRange:
    """The range of what I reduced: a figure that several reductions share is one uncertainty of their sum

    By category, and apart by the gases counted: carbon dioxide alone, or all greenhouse gases.
    """
    return service.get_range(session, actor.user_id, language, **query)


@edge.get("/home", answer=HomeOut, etag=True)
def get_home(session: Session, actor: Actor, language: Language) -> service.Home:
    """All that my first screen needs, in one call; with the ETag of the last one, only what is new."""
    return service.get_home(session, actor.user_id, language)


@edge.get("/client", answer=ClientOut, etag=True, who=ANYONE)
def get_client(session: Session, actor: Actor, language: Language) -> ClientConfiguration:
    """What an app must know: the oldest build that still works, what is switched off, and the words for it."""
    return service.get_client(session, language)


@edge.get("/household/together", query=TogetherQuery, answer=TogetherOut)
def get_together(session: Session, actor: Actor, query: dict[str, Any], language: Language) -> HouseholdMonth:
    """How my household did in a month: mine, and in bands, without names, the others' who show it as I do"""
    return service.get_together(session, actor.user_id, query["month"], language)


EXPORTS = Limit("export", "20 per hour", ACCOUNT)


@edge.get("/me/export", stream=True, limits=(EXPORTS,))
def export_me(actor: Actor) -> Iterator[Sequence[Record]]:
    """Everything that is kept of me, one JSON document a line; the last line counts the records

    A copy without that last line is not whole: ask again.
    """
    return service.list_kept(partial(reading, actor), actor.user_id)


@edge.delete("/me", answer=DepartureOut, status=202)
def erase_me(session: Session, actor: Actor) -> Departure:
    """Erase me: every device is signed out now, and everything personal goes when no money is on its way

    Asks for a recent sign-in (`auth.sign_in_again`). Sums, the ledger and certificates stay, without a name.
    """
    return service.leave(session, actor)
