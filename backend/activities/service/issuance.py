"""What the platform has credited, by rule and in all: gross, and net of what people would be credited for no change.

Points are not net of it; tonnes that somebody claims are. Of a rule whose mix nobody knows there is no net figure, and
nothing of it goes into the net total. Months do not know the region, so the largest share of the rule's regions counts:
the net figure is never too large for the mix of places.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from backend.activities.domain import IssuedUnder
from backend.activities.sql.activities import issued_question
from backend.methodology import service as methodology
from backend.platform.core.errors import invalid_field
from backend.platform.data.batch import fetch
from calculators import gases_reached, load_library, no_change_shares

PERMILLE = 1000


@dataclass(frozen=True)
class Issued:
    """Grams credited under one rule; `no_change_permille` and `net_g` are None where nobody knows the mix.

    `baseline_g` is that of the credited activities, `net_g` what is credited beyond `no_change_permille` of it, and
    `scopes` are the gases that the rule may count, by place.
    """

    methodology_id: str
    activities: int
    baseline_g: int
    credited_g: int
    no_change_permille: int | None
    net_g: int | None
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class Issuance:
    """What was credited in whole months; `net_g` counts those rules alone that have a no-change share.

    `scopes` are the gases that its grams may count: `CO2` alone, `GHG`, or both, added up as they are.
    """

    first: date
    last: date
    rules: Sequence[Issued]
    credited_g: int
    net_g: int
    without_share_g: int
    scopes: tuple[str, ...]


def get_issuance(session: Session, first: date, last: date) -> Issuance:
    """What everybody was credited in the months from that of `first` to that of `last`; raise `request.invalid`."""
    if first > last:
        raise invalid_field("to", "before_from")
    from_on, to_on = first.replace(day=1), last.replace(day=1)
    by_rule: defaultdict[str, list[IssuedUnder]] = defaultdict(list)
    for row in fetch(session, issued_question(from_on, to_on)).all():
        by_rule[row.methodology_id].append(row)
    rules = [_issued(session, versions, last) for versions in by_rule.values()]
    return Issuance(
        first=from_on,
        last=to_on,
        rules=rules,
        credited_g=sum(one.credited_g for one in rules),
        net_g=sum(one.net_g or 0 for one in rules),
        without_share_g=sum(one.credited_g for one in rules if one.net_g is None),
        scopes=tuple(sorted({scope for one in rules if one.credited_g for scope in one.scopes})),
    )


def compute_net_g(credited_g: int, baseline_g: int, permille: int) -> int:
    """What is credited beyond the share of the baseline that no change earns; never below nothing, rounded down."""
    return max(0, credited_g - -(-baseline_g * permille // PERMILLE))


def _issued(session: Session, versions: Sequence[IssuedUnder], on: date) -> Issued:
    activities = sum(int(one.activities) for one in versions)
    baseline_g, credited_g = (sum(int(getattr(one, name)) for one in versions) for name in ("baseline_g", "credited_g"))
    newest = versions[-1]
    rule = methodology.get_pinned(session, newest.version_id, newest.content_sha256).methodology
    permille = max((one.permille for one in no_change_shares(rule, load_library().tables, on)), default=None)
    net_g = None if permille is None else compute_net_g(credited_g, baseline_g, permille)
    reached = (methodology.get_pinned(session, one.version_id, one.content_sha256) for one in versions)
    scopes = sorted({str(gas) for content in reached for gas in gases_reached(*content)})
    return Issued(rule.id, activities, baseline_g, credited_g, permille, net_g, tuple(scopes))
