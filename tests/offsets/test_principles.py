"""What speaks for a project: points that explain themselves, warnings with their source, labels nobody looked up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from offsets import (
    DocumentRefused,
    Principle,
    Reader,
    appraise,
    is_durable,
    list_principles,
    list_projects,
    read_project,
)
from offsets.catalogue import list_project_documents
from offsets.principles import read_principles

CYCLING, DAM = "demo-guangdong-cycling", "demo-hydropower"
CANTON = Reader(country="cn", city="Guangzhou", community="cyclists")


def codes(project_id: str) -> list[str]:
    return [caution.mistake.value for caution in appraise(list_projects()[project_id], Reader()).cautions]


@pytest.mark.parametrize("project_id", list_projects())
@pytest.mark.parametrize("principle", list(Principle))
def test_points_are_the_sum_of_the_criteria_that_are_met(project_id, principle):
    standing = appraise(list_projects()[project_id], CANTON).standing(principle)
    assert standing.points == sum(one.criterion.points for one in standing.working if one.is_met)
    assert 0 <= standing.points <= standing.most == sum(one.criterion.points for one in standing.working)


def test_what_is_near_depends_on_the_reader_alone():
    project = list_projects()[CYCLING]
    near, far, unsaid = (
        appraise(project, reader).standing(Principle.PROXIMITY).points
        for reader in (CANTON, Reader(country="GB", city="Guangzhou"), Reader())
    )
    assert (near, far, unsaid) == (4, 0, 0)
    others = [Principle.AUTHENTICITY, Principle.INFLUENCE]
    assert [appraise(project, CANTON).standing(one) for one in others] == [
        appraise(project, Reader()).standing(one) for one in others
    ]


def test_a_dam_warns_of_its_side_effects_and_of_power_nobody_chooses():
    assert codes(DAM) == ["side_effects", "side_effects", "power_nobody_chooses", "unscientific_baseline"]
    warned = appraise(list_projects()[DAM], Reader()).cautions
    assert all(one.because and one.source and {"en", "zh"} <= one.because.keys() for one in warned)


def test_a_survey_warns_of_its_baseline_and_a_meter_does_not():
    assert codes("demo-cookstoves") == ["unscientific_baseline"]
    assert codes(CYCLING) == []


def test_a_document_that_says_nothing_to_those_who_choose_gets_no_points_and_no_warning():
    silent = appraise(replace(list_projects()[DAM], qualities=None), CANTON)
    assert [standing.points for standing in silent.standings] == [0, 0, 0]
    assert silent.cautions == ()


def test_only_what_is_watched_over_for_a_hundred_years_is_durable():
    durable = [project_id for project_id, project in list_projects().items() if is_durable(project)]
    assert durable == ["demo-mineral-storage", "demo-woodland"]


def test_a_label_nobody_looked_up_says_so():
    katingan = list_projects()["katingan-peatland"].qualities
    assert katingan is not None
    assert (katingan.label("ccp"), katingan.label("corsia")) == ("not_assessed", "not_assessed")


def test_the_answers_of_the_three_questions_are_parameters_of_the_list():
    questions = list_principles().questions
    assert len(questions) == 3
    asked = {name for question in questions for answer in question.answers for name in answer.query}
    assert asked == {"principle", "type", "without_warnings"}


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ('name = "corsia"', 'name = "ccp"', "qualities.label"),
        ("source = 1", "source = 9", "source"),
        ('kind = "none"', 'kind = "good will"', "qualities.additionality.kind"),
        ("years = 0", "years = 5", "qualities.durability.years"),
        ('en = "Demonstration: a large dam', 'en = "A large dam', "title"),
        ("demonstration = true\n\n[title]", "demonstration = false\nscore = 9\n\n[title]", "score"),
    ],
)
def test_a_document_with_a_fault_is_refused_at_its_line(old, new, path):
    text = list_project_documents()[DAM]
    assert old in text
    with pytest.raises(DocumentRefused) as refused:
        read_project("dam.toml", text.replace(old, new, 1))
    assert any(problem.path.endswith(path) or path in problem.path for problem in refused.value.problems)


def test_principles_that_miss_a_criterion_are_refused():
    with pytest.raises(DocumentRefused, match="criterion"):
        read_principles("principles.toml", "durable_years = 1\nmany_participants = 1\nreview_by = 2027-01-01\n")
