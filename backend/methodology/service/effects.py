"""What a version would change: for reviewers, who sign effects and not only words.

The difference from the version that counts, line by line; the worked examples; a year of each typical person under
both; alarms where typical use goes beyond the published potential; what shares a flow with it; and the most that one
person could earn.
Reads, writes nothing.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from backend.methodology.domain import Content, ExposureReview, InForce
from backend.methodology.models import MethodologyVersion
from backend.methodology.service.exposure import review_exposure
from backend.methodology.service.in_force import get_in_force, list_in_force, read_content
from backend.methodology.service.reviews import get_version
from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from calculators import (
    Alarm,
    Change,
    ExampleOutcome,
    Methodology,
    compare_versions,
    find_alarms,
    flows_of,
    load_library,
    load_personas,
    run_examples,
)

CONTEXT_LINES = 2


@dataclass(frozen=True)
class Effects:
    """What a reviewer signs. `against` is the version it was compared with, None where nothing counted."""

    version: MethodologyVersion
    against: InForce | None
    difference: list[str]
    examples: list[ExampleOutcome]
    changes: list[Change]
    alarms: list[Alarm]
    shares_flows_with: list[str]
    exposure: ExposureReview


def get_effects(session: Session, methodology_id: str, version: int) -> Effects:
    """The effects of one version beside the one that counts today; raise `not_found.methodology_version`."""
    draft = get_version(session, methodology_id, version)
    content = read_content(draft.content_sha256, draft.document, draft.figures)
    today = clock.local_day(clock.database_now(session), "UTC")
    others = {one.methodology_id: one for one in list_in_force(session, today)}
    against = _other_version(session, draft, today)
    old = None if against is None else (against.methodology, against.tables)
    return Effects(
        version=draft,
        against=against,
        difference=_difference(against, content.methodology),
        examples=run_examples(*content),
        changes=list(compare_versions(load_personas(), old, content)),
        alarms=_alarms(others, content),
        shares_flows_with=_shares_flows(others, content.methodology),
        exposure=review_exposure(session, draft),
    )


def _other_version(session: Session, draft: MethodologyVersion, today: date) -> InForce | None:
    try:
        counting = get_in_force(session, draft.methodology_id, today)
    except Refusal:
        return None
    return None if counting.version == draft.version else counting


def _difference(against: InForce | None, methodology: Methodology) -> list[str]:
    before = [] if against is None else against.methodology.text.splitlines()
    lines = difflib.unified_diff(before, methodology.text.splitlines(), n=CONTEXT_LINES, lineterm="")
    return list(lines)[2:]  # without the names of two files that are none


def _alarms(others: Mapping[str, InForce], content: Content) -> list[Alarm]:
    """Those that concern the methodology or its class, with the shipped figures for what the others rest on."""
    rules = {name: one.methodology for name, one in others.items()} | {content.methodology.id: content.methodology}
    found = find_alarms(load_personas(), rules, load_library().tables)
    concerned = (content.methodology.id, None)
    return [
        alarm for alarm in found if alarm.category == content.methodology.category and alarm.methodology_id in concerned
    ]


def _shares_flows(others: Mapping[str, InForce], methodology: Methodology) -> list[str]:
    """Methodologies of which only one is paid where they claim the same instance of a flow."""
    own = {use.flow for use in flows_of(methodology)}
    return sorted(
        name
        for name, other in others.items()
        if name != methodology.id and own & {use.flow for use in flows_of(other.methodology)}
    )
