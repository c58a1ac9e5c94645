"""Every text of the rule book in every language it has: what a new language must bring.

Promise: each text of the shipped library is here by the catalogue and the place it stands in. Touches what the readers
of the documents touch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from offsets.catalogue import list_projects
from offsets.claim_subjects import subject_rules
from offsets.claims import list_rules
from offsets.planting import list_pool_documents, list_species, read_pool
from offsets.principles import list_principles
from offsets.qualities import Qualities
from offsets.terms import current_terms

Words = Mapping[str, str]  # one text, by language


@cache
def list_texts() -> Mapping[str, Mapping[str, Words]]:
    """The texts by catalogue (`claims`, `pools`, `principles`, `projects`, `species`) and place."""
    claims = {**dict(_of_claims()), **dict(_of_subjects()), "terms": current_terms().text}
    return {
        "claims": claims,
        "principles": dict(_of_principles()),
        "projects": dict(_of_projects()),
        "species": dict(_of_species()),
        "pools": dict(_of_pools()),
    }


def _of_claims() -> Iterator[tuple[str, Words]]:
    for code, rules in list_rules().items():
        for kind, sentences in rules.sentences.items():
            yield f"{code}: sentence.{kind}", sentences
        yield f"{code}: note", rules.note
        yield f"{code}: never_say", {language: "; ".join(said) for language, said in rules.never_say.items()}
        yield f"{code}: demonstration", rules.demonstration
        yield f"{code}: kilograms", rules.kilograms


def _of_subjects() -> Iterator[tuple[str, Words]]:
    yield "plain", subject_rules().plain
    for subject, sentences in subject_rules().sentences.items():
        yield f"subject: {subject}", sentences


def _of_projects() -> Iterator[tuple[str, Words]]:
    for project in list_projects().values():
        for name, words in (("title", project.title), ("summary", project.summary), ("permanence", project.permanence)):
            yield f"{project.project_id}: {name}", words
        for price in project.prices:
            yield f"{project.project_id}: {price.currency} price since {price.since_on.isoformat()}", price.basis
        if project.qualities is not None:
            yield from ((f"{project.project_id}: {name}", words) for name, words in _of_qualities(project.qualities))


def _of_qualities(qualities: Qualities) -> Iterator[tuple[str, Words]]:
    yield "place", qualities.place.name
    yield "additionality", qualities.additionality.text
    yield "baseline", qualities.baseline.text
    for community in qualities.communities:
        yield f"community {community.community_id}", community.name
    for statement in (*qualities.co_benefits, *qualities.side_effects):
        yield statement.kind, statement.text


def _of_principles() -> Iterator[tuple[str, Words]]:
    principles = list_principles()
    for criterion in principles.criteria.values():
        yield f"criterion: {criterion.criterion_id}", criterion.words
    for mistake, words in principles.mistakes.items():
        yield f"mistake: {mistake}", words
    for question in principles.questions:
        yield f"question: {question.question_id}", question.words
        for answer in question.answers:
            yield f"question: {question.question_id}: {answer.answer_id}", answer.words


def _of_species() -> Iterator[tuple[str, Words]]:
    for species in list_species().values():
        yield f"{species.species_id}: title", species.title


def _of_pools() -> Iterator[tuple[str, Words]]:
    for name, document in list_pool_documents().items():
        pool = read_pool(name, document)
        named = {"title": pool.title, "site": pool.site.name, "partner": pool.partner.name}
        for place, words in (named if pool.sponsor is None else {**named, "sponsor": pool.sponsor}).items():
            yield f"{pool.pool_id}: {place}", words
        for price in pool.prices:
            yield f"{pool.pool_id}: price since {price.since_on.isoformat()}", price.basis
