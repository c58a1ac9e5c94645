"""What speaks for a project: authenticity, proximity and influence with their working, and which mistakes it invites.

Promise: points are the sum of criteria that are met, each told with its reason; the same document and reader always
get the same. Nothing is held against a project for what its document does not say, and nothing is given for it. The
criteria, the mistakes and the questions for a first buyer are data (`library/principles.toml`). Touches that file once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

from offsets.catalogue import Project
from offsets.documents import Document, Table
from offsets.qualities import Qualities
from offsets.serials import get_registry
from offsets.sources import Source, read_source

_FILE = Path(__file__).parent / "library" / "principles.toml"
_SEVERAL = 3
# what a buyer's answers may ask of the list of projects
_PARAMETERS = ("principle", "type", "without_warnings")
_TOLD_BY_READER = ("near_country", "near_city", "near_community")


class Principle(StrEnum):
    """By what a project can be chosen."""

    AUTHENTICITY = "authenticity"
    PROXIMITY = "proximity"
    INFLUENCE = "influence"


class Mistake(StrEnum):
    """What goes wrong when people offset; the first is the buyer's own, the others are a project's."""

    OFFSETTING_WITHOUT_REDUCING = "offsetting_without_reducing"
    SIDE_EFFECTS = "side_effects"
    POWER_NOBODY_CHOOSES = "power_nobody_chooses"
    UNSCIENTIFIC_BASELINE = "unscientific_baseline"


@dataclass(frozen=True, slots=True)
class Reader:
    """Where somebody who chooses is at home, as far as they say: ISO 3166 country, city, community."""

    country: str | None = None
    city: str | None = None
    community: str | None = None


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that speaks for a project, and how much."""

    criterion_id: str
    principle: Principle
    points: int
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a project meets a criterion."""

    criterion: Criterion
    is_met: bool

    @property
    def points(self) -> int:
        """What it adds."""
        return self.criterion.points if self.is_met else 0


@dataclass(frozen=True, slots=True)
class Standing:
    """How a project stands by one principle: `points` of `most`, and the working of every criterion."""

    principle: Principle
    working: tuple[Finding, ...]

    @property
    def points(self) -> int:
        """The sum of what is met."""
        return sum(finding.points for finding in self.working)

    @property
    def most(self) -> int:
        """What a project that meets every criterion would have."""
        return sum(finding.criterion.points for finding in self.working)


@dataclass(frozen=True, slots=True)
class Caution:
    """A mistake that a project invites: in general words, and in those of its document with the source."""

    mistake: Mistake
    words: Mapping[str, str]
    because: Mapping[str, str] | None = None
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Appraisal:
    """What speaks for a project to one reader, and what to look out for."""

    standings: tuple[Standing, ...]
    cautions: tuple[Caution, ...]

    def standing(self, principle: Principle) -> Standing:
        """How the project stands by one principle."""
        return next(standing for standing in self.standings if standing.principle is principle)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: `query` is what it asks of the list of projects, `ask` what the reader must say beside it."""

    answer_id: str
    words: Mapping[str, str]
    query: Mapping[str, str]
    ask: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A question for somebody who has never bought."""

    question_id: str
    words: Mapping[str, str]
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Principles:
    """The document: criteria by id, the words of the mistakes, the questions and the limits."""

    criteria: Mapping[str, Criterion]
    mistakes: Mapping[Mistake, Mapping[str, str]]
    questions: tuple[Question, ...]
    durable_years: int
    many_participants: int
    review_by: date
    sources: tuple[Source, ...]

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """The general words of each mistake, where no project is spoken of."""
        return tuple(Caution(mistake, words) for mistake, words in self.mistakes.items())


Meets = Callable[[Project, Qualities, Reader], bool]


def appraise(project: Project, reader: Reader) -> Appraisal:
    """How a project stands by each principle for a reader, with its cautions."""
    rules = list_principles()
    return Appraisal(
        standings=tuple(_standing(rules, principle, project, reader) for principle in Principle),
        cautions=() if project.qualities is None else tuple(_cautions(rules, project.qualities)),
    )


def is_durable(project: Project) -> bool:
    """Whether what the project stores is watched over for as long as the document of principles asks."""
    return project.qualities is not None and project.qualities.durability.years >= list_principles().durable_years


def _standing(rules: Principles, principle: Principle, project: Project, reader: Reader) -> Standing:
    findings = [
        Finding(criterion, project.qualities is not None and _MEETS[name](project, project.qualities, reader))
        for name, criterion in rules.criteria.items()
        if criterion.principle is principle
    ]
    return Standing(principle, tuple(findings))


def _cautions(rules: Principles, qualities: Qualities) -> list[Caution]:
    def warn(mistake: Mistake, because: Mapping[str, str] | None, source: Source | None) -> Caution:
        return Caution(mistake, rules.mistakes[mistake], because, source)

    cautions = [warn(Mistake.SIDE_EFFECTS, effect.text, effect.source) for effect in qualities.side_effects]
    if qualities.activity == "grid_power":
        evidence = qualities.additionality
        cautions.append(warn(Mistake.POWER_NOBODY_CHOOSES, evidence.text, evidence.source))
    if qualities.baseline.kind in ("surveyed", "projected"):
        cautions.append(warn(Mistake.UNSCIENTIFIC_BASELINE, qualities.baseline.text, qualities.baseline.source))
    return cautions


def _is_same(left: str | None, right: str | None) -> bool:
    return left is not None and right is not None and left.casefold() == right.casefold()


def _is_by_many(qualities: Qualities) -> bool:
    return (qualities.participants or 0) >= list_principles().many_participants


# By the criterion's id: whether a project meets it. The document gives words and points to each of these and no other.
_MEETS: Mapping[str, Meets] = {
    "numbered_units": lambda project, _q, _reader: not get_registry(project.registry_id).counted,
    "verifier_named": lambda _project, qualities, _reader: qualities.verifier is not None,
    "additionality_shown": lambda _project, qualities, _reader: qualities.additionality.kind != "none",
    "baseline_measured": lambda _project, qualities, _reader: qualities.baseline.kind in ("metered", "sampled_plots"),
    "core_carbon_principles": lambda _project, qualities, _reader: qualities.label("ccp") == "yes",
    "corsia_eligible": lambda _project, qualities, _reader: qualities.label("corsia") == "yes",
    "loss_covered": lambda project, qualities, _reader: (
        qualities.durability.store == "none"
        or (is_durable(project) and qualities.durability.store != "biological")
        or bool(qualities.durability.buffer_percent)
    ),
    "rated": lambda _project, qualities, _reader: bool(qualities.ratings),
    "same_country": lambda project, _q, reader: _is_same(project.country, reader.country),
    "same_city": lambda project, qualities, reader: (
        _is_same(project.country, reader.country) and _is_same(qualities.place.city, reader.city)
    ),
    "same_community": lambda _project, qualities, reader: any(
        _is_same(community.community_id, reader.community) for community in qualities.communities
    ),
    "one_co_benefit": lambda _project, qualities, _reader: bool(qualities.co_benefits),
    "several_co_benefits": lambda _project, qualities, _reader: (
        len({benefit.kind for benefit in qualities.co_benefits}) >= _SEVERAL
    ),
    "many_take_part": lambda _project, qualities, _reader: _is_by_many(qualities),
}


@cache
def list_principles() -> Principles:
    """The principles, mistakes and questions of the library."""
    return read_principles(_FILE.name, _FILE.read_text(encoding="utf-8"))


def read_principles(name: str, text: str) -> Principles:
    """What a document of principles holds; raises DocumentRefused with every problem and its line."""
    document = Document(name, text)
    root = document.root
    criteria = [_criterion(table) for table in root.tables("criterion")]
    mistakes = {Mistake(table.one_of("id", tuple(Mistake))): _worded(table) for table in root.tables("mistake")}
    if sorted(one.criterion_id for one in criteria) != sorted(_MEETS):
        root.note("criterion", f"must be one for each of {', '.join(_MEETS)}")
    if mistakes.keys() != set(Mistake):
        root.note("mistake", f"must be one for each of {', '.join(Mistake)}")
    principles = Principles(
        criteria={one.criterion_id: one for one in criteria},
        mistakes=mistakes,
        questions=tuple(_question(table) for table in root.tables("question")),
        durable_years=root.whole("durable_years"),
        many_participants=root.whole("many_participants"),
        review_by=root.day("review_by"),
        sources=tuple(read_source(table) for table in root.tables("source")),
    )
    root.done()
    document.finish()
    return principles


def _criterion(table: Table) -> Criterion:
    criterion = Criterion(
        criterion_id=table.one_of("id", tuple(_MEETS)),
        principle=Principle(table.one_of("principle", tuple(Principle))),
        points=table.whole("points", most=10),
        words=table.texts("words"),
    )
    table.done()
    return criterion


def _worded(table: Table) -> Mapping[str, str]:
    words = table.texts("words")
    table.done()
    return words


def _question(table: Table) -> Question:
    question = Question(table.slug("id"), table.texts("words"), tuple(map(_answer, table.tables("answer", least=2))))
    table.done()
    return question


def _answer(table: Table) -> Answer:
    asked = table.table("query")
    query = {name: asked.text(name) for name in _PARAMETERS if asked.has(name)}
    asked.done()
    answer = Answer(table.slug("id"), table.texts("words"), query, table.names("ask", _TOLD_BY_READER))
    table.done()
    return answer
