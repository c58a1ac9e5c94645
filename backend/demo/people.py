"""The people of a fresh installation: someone to sign in as, and two named people who answer for the rule book.

Made once, through the same verbs every registration and every approval goes through; a database with people in it is
left alone.
"""

from __future__ import annotations

from decimal import Decimal

from flask import Flask
from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.auth import METHODOLOGIST, NOBODY, REVIEWER
from backend.db import in_transaction
from backend.methodology import service as methodology
from backend.profiles import service as profiles

DEMO_EMAIL = "lin@example.org"
DEMO_PASSWORD = "walk-more-2026"
METHODOLOGIST_EMAIL = "chen@example.org"
REVIEWER_EMAIL = "zhao@example.org"
WHO = "demo data"


def settle_in(app: Flask) -> bool:
    """Make the demo people and adopt the shipped rule book; say whether anything was made."""
    with app.app_context():
        if in_transaction(_has_settled_in, read_only=True):
            return False
        # slow on purpose, so before the transaction and only when it is needed
        password_hash = accounts.hash_password(DEMO_PASSWORD)
        return in_transaction(lambda session: _settle_in(session, password_hash))


def _has_settled_in(session: Session) -> bool:
    return accounts.find_user_id(session, DEMO_EMAIL) is not None


def _settle_in(session: Session, password_hash: str) -> bool:
    if _has_settled_in(session):
        return False
    lin = _person(session, DEMO_EMAIL, "Lin 林", 1992, password_hash)
    profiles.change_profile(session, lin, {"region": "CN-BJ", "zone": "Asia/Shanghai", "household_size": Decimal("2.5")})
    chen = _person(session, METHODOLOGIST_EMAIL, "Chen Yu 陈宇", 1980, password_hash)
    accounts.grant_role(session, chen, METHODOLOGIST, who=WHO, reason="writes methodologies")
    zhao = _person(session, REVIEWER_EMAIL, "Zhao Min 赵敏", 1975, password_hash)
    accounts.grant_role(session, zhao, REVIEWER, who=WHO, reason="approves methodologies")
    methodology.adopt_library(session, zhao)
    return True


def _person(session: Session, email: str, name: str, born: int, password_hash: str) -> str:
    agreed = {text.kind: text.version for text in accounts.list_texts() if text.required}
    registration = accounts.Registration(str(born), None, agreed, WHO)
    tokens = accounts.register(session, NOBODY, email, password_hash, registration)
    profiles.change_profile(session, tokens.user_id, {"display_name": name})
    return tokens.user_id
