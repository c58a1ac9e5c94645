"""The people of a fresh installation: someone with a week behind them, and two who answer for the rule book.

Made once, through the same verbs every registration, approval and ride goes through, each on the day it happened; a
database with people in it is left alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from flask import Flask
from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.activities import service as activities
from backend.methodology import service as methodology
from backend.platform.core import clock, i18n
from backend.platform.core.actor import NOBODY
from backend.platform.core.context import policy
from backend.platform.core.errors import Refusal
from backend.platform.core.roles import METHODOLOGIST, REVIEWER
from backend.platform.data.transactions import in_transaction
from backend.profiles import service as profiles
from backend.registry import service as registry
from backend.trees import service as trees

DEMO_EMAIL = "lin@example.org"
DEMO_PASSWORD = "walk-more-2026"
METHODOLOGIST_EMAIL = "chen@example.org"
REVIEWER_EMAIL = "zhao@example.org"
SECOND_REVIEWER_EMAIL = "sun@example.org"
WHO = "demo data"

TRIP = "transport.low_carbon_trip"
# Lin's week: how many days ago, what, and with which activity data
WEEK = (
    (5, TRIP, {"mode": "metro", "distance": Decimal(13)}),
    (5, "consumables.own_cup", {"cups": 1}),
    (4, TRIP, {"mode": "walk", "distance": Decimal(3)}),
    (3, "food.meal", {"meal": "vegetarian"}),
    (2, TRIP, {"mode": "cycle", "distance": Decimal(6)}),
)


def settle_in(app: Flask) -> bool:
    """Make the demo people, adopt the shipped rule books and live Lin's week; say whether anything was made."""
    with app.app_context():
        if in_transaction(_has_settled_in, read_only=True):
            return False
        # slow on purpose, so before the transaction and only when it is needed
        password_hash = accounts.hash_password(DEMO_PASSWORD)
        now = clock.now()
        with clock.installed(lambda: now - timedelta(days=WEEK[0][0])):
            lin = in_transaction(lambda session: _settle_in(session, password_hash))
        if lin is None:
            return False
        for days, methodology_id, inputs in WEEK:
            _live(lin, now - timedelta(days=days), methodology_id, inputs)
        return True


def _has_settled_in(session: Session) -> bool:
    try:
        accounts.get_user_id(session, DEMO_EMAIL)
    except Refusal:
        return False
    return True


def _live(user_id: str, at: datetime, methodology_id: str, inputs: Mapping[str, object]) -> None:
    command = activities.LogActivity(methodology_id, at, inputs, duration_s=3600 if methodology_id == TRIP else None)
    with clock.installed(lambda: at + timedelta(hours=1)):
        in_transaction(lambda session: activities.log(session, user_id, command, i18n.ENGLISH, policy()))


def _settle_in(session: Session, password_hash: str) -> str | None:
    if _has_settled_in(session):
        return None
    lin = _person(session, DEMO_EMAIL, "Lin 林", 1992, password_hash)
    profiles.change_profile(
        session, lin, {"region": "CN-BJ", "zone": "Asia/Shanghai", "household_size": Decimal("2.5")}
    )
    chen = _person(session, METHODOLOGIST_EMAIL, "Chen Yu 陈宇", 1980, password_hash)
    accounts.grant_role(session, chen, METHODOLOGIST, who=WHO, reason="writes methodologies")
    zhao = _person(session, REVIEWER_EMAIL, "Zhao Min 赵敏", 1975, password_hash)
    accounts.grant_role(session, zhao, REVIEWER, who=WHO, reason="approves methodologies")
    sun = _person(session, SECOND_REVIEWER_EMAIL, "Sun Li 孙力", 1978, password_hash)
    accounts.grant_role(session, sun, REVIEWER, who=WHO, reason="approves methodologies that need two")
    for reviewer in (zhao, sun):
        methodology.adopt_library(session, reviewer)
    registry.import_library(session, who=WHO)
    trees.import_library(session, who=WHO)
    return lin


def _person(session: Session, email: str, name: str, born: int, password_hash: str) -> str:
    agreed = {text.kind: text.version for text in accounts.list_consent_texts() if text.required}
    registration = accounts.Registration(str(born), None, agreed, WHO)
    tokens = accounts.register_account(session, NOBODY, email, password_hash, registration)
    profiles.change_profile(session, tokens.user_id, {"display_name": name})
    return tokens.user_id
