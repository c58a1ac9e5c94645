"""Nobody decides about themselves: one guard for every decision of an operator, at the API and on the command line.

An endpoint and a command declare whom they decide about, `About`, or why it is nobody, `AboutNobody`; without either
they cannot be declared at all. The guard looks in the transaction of the decision itself:

    @edge.post("/operator/held/<user_id>/<activity_id>/accept", decides_about=about("user_id"), who=DECIDERS)

Whoever decides is neither the person it is about, nor an author of what is decided, nor has shared a household with
one of them. Who shares a household is answered by the slice that knows, see `declare_households`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app
from sqlalchemy.orm import Session

from backend.platform.core.errors import Refusal

OWN = "decision.own"

# find(session, values): user ids; `values` are those of the path, or a command's arguments, and `body`
Find = Callable[[Session, Mapping[str, Any]], Iterable[str]]
# shares_household(session, user_id, others): whether that person shares, or ever shared, a household with one of them
SharesHousehold = Callable[[Session, str, Collection[str]], bool]


@dataclass(frozen=True)
class About:
    """A decision about people or what they wrote: `find` says who they are, `code` is what they are refused with."""

    find: Find
    code: str = OWN


@dataclass(frozen=True)
class AboutNobody:
    """An act of an operator that decides about nobody, and why that is so."""

    because: str


Subject = About | AboutNobody


def about(name: str) -> About:
    """A decision about the person whose id stands under `name` in the path, the arguments or the body."""

    def find(_session: Session, values: Mapping[str, Any]) -> list[str]:
        body = values.get("body") or {}
        return [values[name] if name in values else body[name]]

    return About(find)


def check(session: Session, decider_id: str, subject: Subject, values: Mapping[str, Any]) -> None:
    """Refuse a decision about oneself, one's own work or one's household; call it in the decision's transaction.

    Raises the subject's code, `decision.own` unless it says otherwise.
    """
    if isinstance(subject, AboutNobody):
        return
    people = frozenset(subject.find(session, values))
    if decider_id in people or (people and _shares_household(session, decider_id, people)):
        raise Refusal(subject.code)


def declare_households(app: Flask, shares_household: SharesHousehold) -> None:
    """Let the guard ask `shares_household`. Without it nothing about a person can be decided."""
    app.extensions["carbon.shares_household"] = shares_household


def _shares_household(session: Session, user_id: str, others: Collection[str]) -> bool:
    asked: SharesHousehold = current_app.extensions["carbon.shares_household"]
    return asked(session, user_id, others)
