"""The policy file as one frozen object: what an operator may tune, typed and checked at start."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

POLICY_FILE = Path(__file__).with_name("policy.toml")


@dataclass(frozen=True)
class PointsPolicy:
    """When points mature, lapse and expire."""

    matures_after_days: int
    lapses_after_days: int
    expires_after_days: int
    lapse_notice_days: int
    expiry_notice_days: int
    extension_days: int
    friend_share_percent: int


@dataclass(frozen=True)
class ActivitiesPolicy:
    """Which days may still be logged."""

    oldest_days: int
    settles_days: int
    future_tolerance_s: int
    coarsen_after_days: int
    look_alikes_kept_days: int


@dataclass(frozen=True)
class UnattestedPolicy:
    """What may count of what nobody attested: parts of a thousand of what a person of the region emits."""

    category_day_permille: int
    category_month_permille: int
    category_year_permille: int
    all_day_permille: int
    all_month_permille: int
    all_year_permille: int
    most_a_day: int
    most_a_month: int
    most_a_year: int
    unpublished_category_kg: int
    unpublished_whole_kg: int


@dataclass(frozen=True)
class PapersPolicy:
    """What may count of what papers attest that a machine read: parts of a thousand, as above."""

    category_month_permille: int
    category_year_permille: int


@dataclass(frozen=True)
class SecondApproverPolicy:
    """By how much more somebody could earn before a version needs a second approver: grams or points."""

    rise_a_day: int
    rise_a_year: int


@dataclass(frozen=True)
class SignInPolicy:
    """How long codes, links and guests live."""

    guest_lifetime_days: int
    code_lifetime_s: int
    code_attempts: int
    reset_lifetime_s: int
    verification_lifetime_s: int
    minimum_password_length: int
    minimum_age_years: int


@dataclass(frozen=True)
class JobsPolicy:
    """How long a job may hold its slot, when an item is put aside, and how many at once may talk to one system."""

    lease_s: int
    attempts_before_dead_letter: int
    trouble_before_dead_letter_s: int
    deliveries_at_once: int


@dataclass(frozen=True)
class IdempotencyPolicy:
    """How long an answer is kept for a retry."""

    kept_days: int


@dataclass(frozen=True)
class CheckoutPolicy:
    """How long prices and holds last, how much may be held, and when payments without a notice are fetched."""

    quote_valid_s: int
    quote_kept_s: int
    least_charge_minor: int
    hold_s: int
    sync_after_s: int
    settled_after_days: int
    notices_kept_days: int
    books_compared_days: int
    hold_most_g: int
    hold_share_percent: int
    guest_hold_most_g: int
    guest_hold_share_percent: int
    together_hold_share_percent: int


@dataclass(frozen=True)
class StockPolicy:
    """When whoever keeps the stock of credits is told that a project runs low."""

    low_g: int


@dataclass(frozen=True)
class InboxPolicy:
    """When people are left alone who have not said when, and on how many devices they are told."""

    quiet_from_hour: int
    quiet_until_hour: int
    most_devices: int


@dataclass(frozen=True)
class PrivacyPolicy:
    """What erasure asks for, and how long words about a person are kept."""

    recent_sign_in_s: int
    erased_within_days: int
    audit_words_kept_days: int


@dataclass(frozen=True)
class HouseholdsPolicy:
    """How long somebody may take to join."""

    invitation_valid_s: int


@dataclass(frozen=True)
class ClientPolicy:
    """Which apps still work."""

    oldest_build: int


@dataclass(frozen=True)
class Policy:
    """The whole policy file, section by section."""

    points: PointsPolicy
    activities: ActivitiesPolicy
    unattested: UnattestedPolicy
    papers: PapersPolicy
    second_approver: SecondApproverPolicy
    sign_in: SignInPolicy
    jobs: JobsPolicy
    idempotency: IdempotencyPolicy
    checkout: CheckoutPolicy
    stock: StockPolicy
    inbox: InboxPolicy
    privacy: PrivacyPolicy
    households: HouseholdsPolicy
    client: ClientPolicy


@cache
def load_policy(path: Path = POLICY_FILE) -> Policy:
    """Read the policy; raise `ValueError` naming the section and key that is missing, unknown or not a whole number."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    sections = {
        "points": PointsPolicy,
        "activities": ActivitiesPolicy,
        "unattested": UnattestedPolicy,
        "papers": PapersPolicy,
        "second_approver": SecondApproverPolicy,
        "sign_in": SignInPolicy,
        "jobs": JobsPolicy,
        "idempotency": IdempotencyPolicy,
        "checkout": CheckoutPolicy,
        "stock": StockPolicy,
        "inbox": InboxPolicy,
        "privacy": PrivacyPolicy,
        "households": HouseholdsPolicy,
        "client": ClientPolicy,
    }
    problems = [f"[{name}] is unknown" for name in document if name not in sections]
    read = {name: _section(name, kind, document.get(name, {}), problems) for name, kind in sections.items()}
    if problems:
        raise ValueError(f"{path.name}: " + "; ".join(problems))
    return Policy(**read)


def _section(name: str, kind: type[Any], given: Mapping[str, Any], problems: list[str]) -> Any:
    wanted = [field.name for field in fields(kind)]
    problems += [f"[{name}] {key} is unknown" for key in given if key not in wanted]
    for key in wanted:
        if type(given.get(key)) is not int or given[key] < 0:
            problems.append(f"[{name}] {key} must be a whole number of 0 or more")
    return kind(**{key: given.get(key, 0) for key in wanted})
