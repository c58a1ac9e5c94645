"""Who acts: the caller of a request; the roles they may hold are listed in `roles`.

Promise: plain values, so that a service can ask who acts without knowing how they signed in. Touches nothing.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Actor:
    """The caller of a request. Anonymous callers have no `user_id` and no roles."""

    user_id: str
    session_id: str
    roles: frozenset[str]


NOBODY = Actor("", "", frozenset())


@dataclass(frozen=True)
class Visitor:
    """Who is signed in to the pages by a cookie; `awaits` names the step still asked of them, nothing where none is."""

    actor: Actor
    awaits: str = ""


@dataclass(frozen=True)
class OperatorAct:
    """Who acts for the installation, and why; with `is_trial` nothing is written."""

    who: str
    reason: str
    is_trial: bool = False
