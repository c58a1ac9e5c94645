"""What everybody may ask of us about themselves: all that is kept, and that it be erased."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from sqlalchemy.orm import Session

from backend.platform.core.actor import Actor
from backend.platform.privacy.personal_data import Record
from backend.platform.web.edge import reading
from backend.platform.web.limits import ACCOUNT, Limit
from backend.portfolio import service
from backend.portfolio.api.blueprint import edge
from backend.portfolio.domain import Departure
from backend.portfolio.schemas import DepartureOut

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
