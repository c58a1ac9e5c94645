"""People in Beijing, the shipped rule book in force, and the fewest words to log what they did."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from backend.activities import service
from backend.ledger import service as ledger
from backend.ledger.service import posting
from backend.ledger.sql import HEAD
from backend.methodology import service as methodology
from backend.platform.core.roles import USER
from backend.platform.privacy.access_tokens import sign_access
from backend.points import service as points
from backend.points.domain import ActivityPoints, Worth
from backend.profiles import service as profiles
from calculators import load_library
from calculators.plausibility import claim_rules
from tests.backend.methodology.adoption import adopt_library
from tests.calculators.test_bundle import with_factor

TRIP = "transport.low_carbon_trip"
REVIEWER, SECOND_REVIEWER = "usr_reviewer", "usr_second_reviewer"
# The frozen clock stands at noon in Beijing on 2026-11-20.
THIS_MORNING = "2026-11-20T08:10:00+08:00"
NEXT_MONDAY = date(2026, 11, 23)
DAY_CAP_G = 40_000  # of the shipped trip methodology
LONG_RIDE_G = 16_030  # 500 km by metro in Beijing, self-declared: (36,000 − 0.344 × 11,454) × 0.5
BEIJING = {"region": "CN-BJ", "zone": "Asia/Shanghai"}


def trip(mode: str = "metro", distance: str = "10", **given: Any) -> dict[str, Any]:
    """The body of a logged trip."""
    inputs = {"mode": mode, "distance": {"value": distance, "unit": "km"}}
    return {"methodology": TRIP, "occurred_at": THIS_MORNING, "inputs": inputs, **given}


def log(person: Any, *, key: str | None = None, **given: Any) -> dict[str, Any]:
    """A logged trip, as it was answered."""
    answer = person.post("/v1/activities", trip(**given), key=key)
    assert answer.status_code == 201, answer.json
    return answer.json


def grams(reduction: dict[str, Any]) -> tuple[int, int, int, int]:
    """Baseline, project, reduction and credit."""
    return tuple(reduction[name] for name in ("baseline_g", "project_g", "reduction_g", "credited_g"))


def with_a_new_token(person: Any) -> Any:
    """The same person days later, when their access token would have run out."""
    with person.app.app_context():
        return replace(person, access_token=sign_access(person.user_id, person.session_id, frozenset({USER})))


@pytest.fixture(scope="session")
def paper_reader(request) -> Any:
    """The reader of papers that an installation has by default; of what it once read it reads a part anew."""
    from backend.ports.paper_reader.local import LocalReader
    from tests.corpora.readings import KeptReader

    renews = request.config.getoption("--renew-readings")
    machine = LocalReader(None)
    reader = KeptReader(machine, reads_all=renews or request.config.getoption("--long"))
    yield reader
    machine.close()
    if renews:
        reader.renew()


@pytest.fixture
def reads_papers(paper_reader, monkeypatch) -> None:
    """Papers are read by a machine, as they are outside of tests."""
    monkeypatch.setattr("backend.activities.service.evidence.inspect.the_paper_reader", lambda: paper_reader)


@pytest.fixture
def unlocked(in_transaction, monkeypatch) -> Callable[..., None]:
    """`unlocked(person, …)`: for controls. From now on their books are read without the lock.

    With `pays=False` nothing is posted either: the ledger has guards of its own, and controls of its own.
    """

    def unlock(*people: Any, pays: bool = True) -> None:
        for person in people:
            in_transaction(lambda session, person=person: ledger.open_book(session, person.user_id))
        monkeypatch.setattr(posting, "LOCK_HEAD", HEAD)
        if not pays:
            worth = ActivityPoints(0, Worth.NONE, None)
            monkeypatch.setattr(points, "set_activity_points", lambda *_: worth)

    return unlock


@pytest.fixture
def at_any_hour(monkeypatch) -> None:
    """Long rides told for the same hours are believed: for tests of what a day may earn, which fill it with a few."""
    monkeypatch.setitem(claim_rules.CLAIM_RULES, "trip.no_time_left", (1, lambda claim, limits: None))


@pytest.fixture
def rule_book(world, in_transaction, frozen_clock) -> None:
    """The shipped library, adopted."""
    at = f"{frozen_clock():%Y%m%d_%H%M%S}"  # from which day it counts depends on the instant
    world.begin_with(f"adopted_{at}", lambda: in_transaction(lambda s: adopt_library(s, REVIEWER)))


@pytest.fixture
def new_beijinger(new_person, in_transaction, rule_book) -> Callable[..., Any]:
    """Make somebody who lives in Beijing, or as the given profile says."""

    def make(**profile: Any) -> Any:
        made = new_person(agrees=True)
        stated = BEIJING | profile
        in_transaction(lambda session: profiles.change_profile(session, made.user_id, stated))
        return made

    return make


@pytest.fixture
def beijinger(new_beijinger) -> Any:
    return new_beijinger()


@pytest.fixture
def fare_record(new_person) -> Callable[..., str]:
    """`fare_record(person)`: the id of a fare record, or of another tier, that a partner has put into their hands."""
    partner, numbers = new_person(roles=("partner",)), itertools.count()

    def attest(person: Any, tier: str = "fare_record") -> str:
        body = {"user_id": person.user_id, "tier": tier, "reference": f"ticket {next(numbers)}"}
        answer = partner.post("/v1/operator/evidence", body)
        assert answer.status_code == 201, answer.json
        return answer.json["id"]

    return attest


@pytest.fixture
def has(in_transaction) -> Callable[[Any], tuple[int, int, int]]:
    """(points, pending, owed) of somebody."""

    def read(person: Any) -> tuple[int, int, int]:
        found = in_transaction(lambda session: points.get_balances(session, person.user_id), read_only=True)
        return found.points, found.pending, found.owed

    return read


@pytest.fixture
def guest(new_beijinger, new_person, in_transaction) -> Any:
    made = new_person(is_guest=True, agrees=True)
    in_transaction(lambda session: profiles.change_profile(session, made.user_id, BEIJING))
    return made


@pytest.fixture
def account(beijinger) -> Any:
    return beijinger


@pytest.fixture
def bring(in_transaction) -> Callable[[Any, Any], None]:
    """Adopt the guest's record as the outbox does."""

    def adopt(guest: Any, account: Any) -> None:
        in_transaction(lambda session: service.merge_guest(session, guest.user_id, account.user_id))

    return adopt


BEHAVIOUR = """
id = "digital.paperless_bill"
category = "digital"
title = { en = "Bill without paper", zh = "电子账单" }
yields = "behaviour_points"
review_by = 2027-06-30

[explanation]
en = "Nobody can see whether a paper bill would have come, so this earns points and no grams."
zh = "无法观察是否原本会寄送纸质账单，因此只得积分，不计克数。"

[inputs.bills]
title = { en = "Bills", zh = "账单数" }
unit = "document"
step = "1"
minimum = "1"
maximum = "10"

[parameters.points_each]
value = "6"
unit = "1/document"
reason = { en = "a small thank-you", zh = "小额致谢" }

[formula]
points = "bills * points_each"

[crediting]
caps = { per_activity_points = 30, per_day_points = 30 }

[crediting.evidence]
self_declared = "0.5"

[[source]]
publisher = "the tests"
document = "a methodology of behaviour points"
year = 2026
mark = "recalled"

[[example]]
name = "one bill"
inputs = { bills = "1" }
context = { region = "CN-BJ", on = 2026-11-20 }
expected = { behaviour_points = 3 }

[[example]]
name = "two bills"
inputs = { bills = "2" }
context = { region = "CN-BJ", on = 2026-11-20 }
expected = { behaviour_points = 6 }

[[example]]
name = "the day's cap is used up"
inputs = { bills = "2" }
context = { region = "CN-BJ", on = 2026-11-20, cap_room = { per_day_points = 0 } }
expected = { behaviour_points = 0 }
"""


@pytest.fixture
def with_behaviour_points(in_transaction, rule_book) -> str:
    """The id of a methodology of behaviour points that is in force."""

    def adopt(session: Any) -> str:
        draft = methodology.submit_draft(session, "usr_author", BEHAVIOUR)
        for approver in (REVIEWER, SECOND_REVIEWER):  # a new rule may pay much: two people look at it
            methodology.approve(
                session, approver, draft.methodology_id, draft.version, draft.content_sha256, date(2026, 11, 1)
            )
        return draft.methodology_id

    return in_transaction(adopt)


@pytest.fixture
def with_another_figure(in_transaction, rule_book) -> Callable[[str, str, str], datetime]:
    """`with_another_figure(key, region, value)`: the trip methodology's second version, with one figure changed.

    Returns an instant of next Monday, from which day on it counts.
    """

    def adopt(key: str, region: str, value: str) -> datetime:
        library = load_library()
        tables = with_factor(library.tables, key, region, value)

        def work(session: Any) -> None:
            draft = methodology.submit_draft(session, "usr_author", library.methodologies[TRIP].text, tables)
            methodology.approve(session, REVIEWER, TRIP, draft.version, draft.content_sha256, NEXT_MONDAY)

        in_transaction(work)
        return datetime(2026, 11, 23, 4, 0, tzinfo=UTC)

    return adopt
