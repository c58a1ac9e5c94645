"""Whether what a paper states is what a person claims: what agrees, what cannot be read, and what is something else.

Promise: pure; a statement that is missing never agrees, and of several readings the one counts that earns least. A
number is compared elsewhere: it is only asked here that there is one. Touches the file of words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from calculators.papers.facts import PaperFacts, day_in_number, fold_number, read_facts
from calculators.papers.states import says_of_paper, says_state, says_used
from calculators.papers.things import count_of
from calculators.papers.vocabulary import (
    AMOUNT,
    DAY,
    METER,
    NUMBER,
    PERIOD,
    THING,
    Bought,
    Vocabulary,
    load_vocabulary,
)
from calculators.rounding import short_text

AGREES, UNREAD, DIFFERS = "agrees", "unread", "differs"
_PERCENT = Decimal(100)
PICTURE = "picture"
_YEAR = 366  # days
_LABEL_UNIT = "kWh"


@dataclass(frozen=True, slots=True)
class PaperClaim:
    """What an activity says that a paper may state.

    `used` earns the more the less it is, `made` the more it is; both in `unit`, over the `days` that end `on`. `thing`
    and the `words` of the document name what was bought, `items` how many, `label` the yearly use it declares, `states`
    of which its paper must say one of the thing, `unless` what it must not say instead.
    """

    kind: str
    on: date
    days: int | None = None
    unit: str = ""
    used: Decimal | None = None
    made: Decimal | None = None
    least: Decimal = Decimal(1)
    thing: str | None = None
    words: tuple[str, ...] = ()
    items: int = 1
    label: Decimal | None = None
    states: tuple[str, ...] = ()
    unless: str | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """How one statement of a paper compares with the claim, with both as they can be shown."""

    name: str
    outcome: str
    read: str = ""
    claimed: str = ""


@dataclass(frozen=True, slots=True)
class Examined:
    """A paper beside a claim; `attests` where everything its kind needs was read and agrees, and it is nobody else's.

    `used_by` says whose other paper has its number: "own" or "another's".
    """

    statements: tuple[Statement, ...]
    used_by: str | None = None

    @property
    def attests(self) -> bool:
        return bool(self.statements) and self.used_by is None and all(one.outcome == AGREES for one in self.statements)

    @property
    def differing(self) -> Statement | None:
        """The first statement that is something else than what is claimed."""
        return next((one for one in self.statements if one.outcome == DIFFERS), None)

    @property
    def unread(self) -> tuple[str, ...]:
        """What could not be read."""
        return tuple(one.name for one in self.statements if one.outcome == UNREAD)


def bought_by(methodology_id: str, words: Vocabulary | None = None) -> Bought | None:
    """Which inputs of a methodology say what was bought; None where nothing was."""
    return (words or load_vocabulary()).bought.get(methodology_id)


def examine_paper(paper: PaperFacts, claim: PaperClaim, words: Vocabulary | None = None) -> Examined:
    """`paper` beside `claim`; without statements where papers of this kind attest nothing by themselves."""
    words = words or load_vocabulary()
    asked = tuple(_compare(name, paper, claim, words) for name in words.needs.get(claim.kind, ()))
    if paper.shown is None:
        return Examined(asked)
    page = read_facts(paper.shown, PICTURE, words)
    return Examined(tuple(_as_shown(one, page, claim, words) for one in asked))


def names_of(thing: str, labels: Sequence[str], words: Vocabulary | None = None) -> tuple[str, ...]:
    """The words by which a paper may name a thing: its own, those of the document, and what shops say."""
    spelled = thing.replace("_", " ")
    given = (thing, spelled, *labels, *(words or load_vocabulary()).things.get(thing, ()))
    return tuple(dict.fromkeys(one.casefold() for one in given))


def _as_shown(one: Statement, page: PaperFacts, claim: PaperClaim, words: Vocabulary) -> Statement:
    """A statement of a file as far as its page shows it too: what nobody can see on the page agrees with nothing."""
    if one.outcome != AGREES:
        return one
    on_page = _compare(one.name, page, claim, words)
    if one.name not in (NUMBER, METER):
        return one if on_page.outcome == AGREES else replace(on_page, claimed=one.claimed)
    # the same whole number: of a part of it the next file could show another part
    is_shown = fold_number(on_page.read) == fold_number(one.read)
    return one if is_shown else replace(one, outcome=UNREAD)


def _compare(name: str, paper: PaperFacts, claim: PaperClaim, words: Vocabulary) -> Statement:
    if name in (NUMBER, METER):  # a claim names neither: whose they are is for the directories to say
        printed = paper.number if name == NUMBER else paper.meter
        return Statement(name, AGREES if printed else UNREAD, printed or "")
    return _COMPARE[name](paper, claim, words)


def _period(paper: PaperFacts, claim: PaperClaim, words: Vocabulary) -> Statement:
    if paper.period is None:
        return Statement(PERIOD, UNREAD)
    first, last = paper.period
    shown = f"{first.isoformat()}/{last.isoformat()}"
    if claim.days is None:
        return Statement(PERIOD, UNREAD, shown)
    apart = abs((last - first).days - claim.days)
    late = abs((claim.on - last).days)
    fits = apart <= words.agreement["days_apart"] and late <= words.agreement["ends_within_days"]
    began = claim.on - timedelta(days=claim.days)
    return Statement(PERIOD, AGREES if fits else DIFFERS, shown, f"{began.isoformat()}/{claim.on.isoformat()}")


def _amount(paper: PaperFacts, claim: PaperClaim, words: Vocabulary) -> Statement:
    printed = [one.value for one in paper.amounts if one.unit == claim.unit]
    claimed = claim.made if claim.used is None else claim.used
    if not printed or claimed is None:
        return Statement(AMOUNT, UNREAD)
    # of several figures the one that earns least: nobody chooses a part of what they used
    read = min(printed) if claim.used is None else max(printed)
    allowed = max(claim.least, read * words.agreement["percent"] / _PERCENT)
    outcome = AGREES if abs(read - claimed) <= allowed else DIFFERS
    return Statement(AMOUNT, outcome, f"{short_text(read)} {claim.unit}", f"{short_text(claimed)} {claim.unit}")


def _day(paper: PaperFacts, claim: PaperClaim, words: Vocabulary) -> Statement:
    if not paper.days:
        return Statement(DAY, UNREAD)
    within, after = words.agreement["bought_within_days"], words.agreement["bought_after_days"]
    # a paper prints other days too: until when it may be returned, when it was delivered
    bought_on = min(paper.days)
    if day_in_number(paper) and abs((claim.on - bought_on).days) > _YEAR:
        return Statement(DAY, UNREAD)  # any six digits look like some day
    fits = -after <= (claim.on - bought_on).days <= within
    return Statement(DAY, AGREES if fits else DIFFERS, bought_on.isoformat(), claim.on.isoformat())


def _thing(paper: PaperFacts, claim: PaperClaim, words: Vocabulary) -> Statement:
    if claim.thing is None:
        return Statement(THING, UNREAD)
    names = names_of(claim.thing, claim.words, words)
    lines = list(dict.fromkeys(line.casefold() for line in paper.lines))
    counts = [count for line in lines if (count := count_of(line, names, words, claim.states)) is not None]
    claimed = f"{claim.items} {claim.thing}"
    if not counts or not _is_of_state(lines, names, claim, words):
        return Statement(THING, UNREAD, "", claimed)
    # a title, a total and each source name the same things again, so lines are never added up
    read = f"{max(counts)} {claim.thing}"
    if max(counts) >= claim.items:
        return _label(paper, claim, claimed)
    return Statement(THING, UNREAD if sum(counts) >= claim.items else DIFFERS, read, claimed)


def _is_of_state(lines: Sequence[str], names: Sequence[str], claim: PaperClaim, words: Vocabulary) -> bool:
    """Whether a paper says that what it names was used, rented or repaired, where its rule wants that said.

    A new thing is bought with such a paper too. Where a paper says that a thing is new, it is no used one, unless it
    says that it is; and a repaired one it is not, whatever else its shop sells.
    """
    is_other = claim.unless is not None and says_of_paper(lines, claim.unless, words)
    if is_other and (claim.states or not says_used(lines, words)):
        return False
    return not claim.states or says_state(lines, names, claim.states, words)


def _label(paper: PaperFacts, claim: PaperClaim, claimed: str) -> Statement:
    """What a thing declares to use in a year must stand beside it where the claim names it."""
    if claim.label is None:
        return Statement(THING, AGREES, claimed, claimed)
    declared = [one.value for one in paper.amounts if one.unit == _LABEL_UNIT]
    wanted = f"{claimed} {short_text(claim.label)} {_LABEL_UNIT}"
    if not declared:
        return Statement(THING, UNREAD, claimed, wanted)
    read = f"{claimed} {short_text(max(declared))} {_LABEL_UNIT}"
    return Statement(THING, AGREES if max(declared) <= claim.label else DIFFERS, read, wanted)


_COMPARE: Mapping[str, Callable[[PaperFacts, PaperClaim, Vocabulary], Statement]] = {
    PERIOD: _period,
    AMOUNT: _amount,
    DAY: _day,
    THING: _thing,
}
