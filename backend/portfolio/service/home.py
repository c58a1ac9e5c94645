"""The first screen in one call: what one has, what waits, what happened lately. A few rows, whatever the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.activities import service as activities
from backend.activities.domain.views import LoggedActivity
from backend.inbox import service as inbox
from backend.platform.core import clock, i18n
from backend.platform.core.context import policy
from backend.platform.core.i18n import Language
from backend.platform.data.batch import Batch
from backend.platform.ops import switches
from backend.points import service as points
from backend.points.domain import Balances, Bubble
from backend.portfolio.domain import ClientConfiguration, Gases, Sum
from backend.portfolio.service.sums import by_methodology, reached_gases, total
from backend.profiles import service as profiles

BUBBLES, DAYS_DUE, ACTIVITIES = 12, 10, 5
CLIENT_TEXTS = ("update_needed", "read_only", "checkout_paused", "crediting_paused", "offline")


@dataclass(frozen=True)
class Home:
    """Lists are cut to what a first screen shows, each with how many there are where more may wait."""

    display_name: str | None
    balances: Balances
    bubbles: Sequence[Bubble]
    has_more_bubbles: bool
    month: Sum
    month_gases: Gases
    unread: int
    due: Sequence[activities.Due]
    due_count: int
    activities: Sequence[LoggedActivity]
    client: ClientConfiguration


def get_home(session: Session, user_id: str, language: Language) -> Home:
    """The first screen of `user_id`, in words of `language`."""
    batch = Batch(session)
    profile = batch.fetch(profiles.question(user_id))
    sealed_name = batch.fetch(profiles.sealed_name_question(user_id))
    unread = batch.fetch(inbox.unread_question(user_id))
    batch.run()  # which tells the instant as well: the rest is asked at once
    now, zone = clock.database_now(session), profile.one().zone
    today = clock.local_day(now, zone)
    months = batch.fetch(activities.months_question(user_id, today, today))
    balances = batch.fetch(points.balances_question(user_id, now))
    pending = batch.fetch(points.bubbles_question(user_id, now, BUBBLES + 1))
    waiting = batch.fetch(activities.due_question(user_id, now, zone))
    latest = batch.fetch(activities.latest_question(user_id, ACTIVITIES))
    batch.run()
    month = months.all()
    bubbles, due = pending.one(), waiting.one()
    return Home(
        display_name=profiles.read_display_name(session, user_id, sealed_name.one_or_none()),
        balances=balances.one(),
        bubbles=bubbles[:BUBBLES],
        has_more_bubbles=len(bubbles) > BUBBLES,
        month=total(month),
        month_gases=reached_gases(by_methodology(session, month), language),
        unread=unread.one(),
        due=due[:DAYS_DUE],
        due_count=len(due),
        activities=activities.view_latest(session, latest.one(), language),
        client=get_client(session, language),
    )


def get_client(session: Session, language: Language) -> ClientConfiguration:
    """The configuration as it stands, at most two seconds old."""
    on = switches.list_on(session)
    prefix = switches.PAUSE_CREDITING
    paused = sorted(name.removeprefix(prefix) for name in on if name.startswith(prefix))
    return ClientConfiguration(
        oldest_build=policy().client.oldest_build,
        oldest_days=policy().activities.oldest_days,
        is_read_only=switches.READ_ONLY in on,
        is_checkout_paused=switches.PAUSE_CHECKOUT in on,
        crediting_paused=tuple(paused),
        languages=tuple(language.tag for language in i18n.list_offered()),
        texts={code: i18n.text("client", code, language=language) for code in CLIENT_TEXTS},
    )
