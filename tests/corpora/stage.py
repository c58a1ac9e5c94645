"""Playing a person of the corpora over HTTP, and what became of their grams two days later without an operator."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from backend.profiles import service as profiles
from calculators import Context, compute_estimate, load_library
from tests.backend.activities.guest_steps import renewed
from tests.backend.activities.test_evidence_upload import send
from tests.corpora.people import TODAY, Person, Piece, Post

ZONES = {"CN-BJ": "Asia/Shanghai", "FR": "Europe/Paris"}
TWO_DAYS = timedelta(days=2)


@dataclass(frozen=True)
class Fate:
    """What one post could earn, what is credited for it, and why not where it is not."""

    post: Post
    earned_g: int
    credited_g: int
    reason: str


@dataclass(frozen=True)
class Rate:
    """Grams credited of the grams in question."""

    earned_g: int
    credited_g: int

    @property
    def percent(self) -> float:
        return 100 * self.credited_g / self.earned_g if self.earned_g else 100.0


def earned_g(person: Person, post: Post) -> int:
    """The grams of the post by its rule, were its evidence believed."""
    library = load_library()
    tier = post.evidence[0].kind if post.evidence else "self_declared"
    size = Decimal(person.household_size)
    context = Context(post.region or person.region, (TODAY - post.before).date(), tier, household_size=size)
    rule = library.methodologies[post.methodology]
    if rule.yields != "reduction":
        return 0
    return compute_estimate(rule, library.tables, dict(post.inputs), context).credited_g


@dataclass(frozen=True)
class Stage:
    """Where people are played: the makers and the clock of the test."""

    new_person: Any
    in_transaction: Any
    clock: Any

    def play(self, person: Person) -> list[Fate]:
        """What became of everything the person posted."""
        self.clock.set(TODAY - timedelta(days=person.account_days))
        names = dict.fromkeys(post.who for post in person.posts)
        accounts = {name: self._account(person, name) for name in names}
        tellings = []
        for number, post in enumerate(person.posts):
            self.clock.set(TODAY - post.told_before)
            account = renewed(accounts[post.who])
            self._profile(account, {"zone": post.zone})
            tellings.append((post, account, _tell(account, post, number)))
        self.clock.set(TODAY + TWO_DAYS)
        return [_fate(person, post, renewed(account), answer) for post, account, answer in tellings]

    def _account(self, person: Person, name: str) -> Any:
        account = self.new_person(is_guest=name in person.guests, agrees=True)
        zone = ZONES[person.region]
        self._profile(account, {"region": person.region, "zone": zone, "household_size": person.household_size})
        return account

    def _profile(self, account: Any, stated: dict[str, Any]) -> None:
        self.in_transaction(lambda session: profiles.change_profile(session, account.user_id, stated))


def _tell(account: Any, post: Post, number: int) -> Any:
    """The answer to the post, or to the first piece of evidence that is refused."""
    ids = []
    for piece in post.evidence:
        sent = send(account, piece.sent, piece.kind, piece.media, **_read(piece))
        assert sent.status_code < 500, sent.json
        if sent.status_code != 201:
            return sent
        ids.append(sent.json["id"])
    body = {"methodology": post.methodology, "occurred_at": (TODAY - post.before).isoformat(), "evidence": ids}
    body |= {"inputs": dict(post.inputs), "client_id": f"a device's number {number}"}
    body |= {"region": post.region} if post.region else {}
    answer = account.post("/v1/activities", body)
    assert answer.status_code < 500, answer.json
    return answer


def _read(piece: Piece) -> dict[str, str]:
    reading = piece.reading
    if reading is None:
        return {}
    read_at = (TODAY - reading.before).isoformat()
    return {"value": reading.value, "unit": reading.unit, "device": reading.device, "read_at": read_at}


def _fate(person: Person, post: Post, account: Any, answer: Any) -> Fate:
    earned = earned_g(person, post)
    if answer.status_code != 201:
        return Fate(post, earned, 0, f"{answer.status_code} {answer.json['code']}")
    now = account.get(f"/v1/activities/{answer.json['id']}").json
    is_credited = now["status"] == "credited"
    reason = now["reason"]["code"] if now["reason"] else now["status"]
    return Fate(post, earned, now["reduction"]["credited_g"] if is_credited and now["reduction"] else 0, reason)


def rates(people: Iterable[tuple[Person, list[Fate]]], *, faked: bool) -> dict[str, Rate]:
    """The grams in question by category: those of faked posts, or of the others."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for person, fates in people:
        for fate in fates:
            if fate.post.faked is faked:
                sums[person.category][0] += fate.earned_g
                sums[person.category][1] += fate.credited_g
    return {category: Rate(*pair) for category, pair in sorted(sums.items())}
