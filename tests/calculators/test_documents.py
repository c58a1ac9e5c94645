"""A document that must not be used is refused with the line and the remedy."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from calculators import (
    DocumentProblem,
    DocumentRefused,
    check_methodology,
    compute_estimate,
    describe_methodology,
    parse_methodology,
    run_examples,
)
from tests.calculators.shipped_library import CUP, LIBRARY, TABLES, TRIP, context

DOCUMENT = TRIP.text


def edited(*changes: tuple[str, str]) -> str:
    """The trip's document with some texts replaced; each must be there."""
    text = DOCUMENT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def line_with(text: str, piece: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if piece in line)


def problems_of(text: str) -> list[DocumentProblem]:
    """What parsing, or else the tables, have against a document."""
    try:
        methodology = parse_methodology(text)
    except DocumentRefused as refused:
        return list(refused.problems)
    return check_methodology(methodology, TABLES)


def without_tables(text: str, header: str) -> str:
    """The document without any table under this header."""
    blocks = text.split("\n[")
    return "\n[".join(block for block in blocks if not block.startswith(header))


SOURCE = next(line for line in DOCUMENT.splitlines() if line.startswith("url = "))
REFUSED = {
    "an unbounded input": (('maximum = "500"\n', ""), "inputs.distance", "unbounded"),
    "a unit nobody knows": (('unit = "passenger-km"\nentered', 'unit = "parsec"\nentered'), "unit = ", "unknown unit"),
    "a unit that does not come out in grams": (
        ('baseline = "distance * baseline_factor"', 'baseline = "distance * baseline_factor * distance"'),
        "baseline = ",
        "does not come out in grams",
    ),
    "vehicles taken for passengers": (
        ("distance / occupancy * car_factor, distance * mode_factor)\"\n\n", "distance * car_factor, distance)\"\n\n"),
        "project = ",
        "two different units|not come out in grams",
    ),
    "a figure of another family": (
        ('from = "baselines.trip_mix"\nitem = "all_modes"', 'from = "factors.transport"\nitem = "cpcd_metro"'),
        "from = \"factors.transport\"",
        "mixed families",
    ),
    "a table that does not exist": (
        ('from = "baselines.trip_mix"', 'from = "baselines.no_such"'), "from = ", "there is no table",
    ),
    "a title for an option that is none": (
        ('walk = { en = ', 'sled = { en = "x", zh = "x" }\nwalk = { en = '), "sled", "unknown key",
    ),
    "an option without a figure": (
        ('when = { mode = ["walk", "cycle"', 'when = { mode = ["car", "walk", "cycle"'), "by = ", "'car': no figure",
    ),
    "a misspelt key": (("[formula]\nfamily", "[formula]\nfamliy"), "famliy", "did you mean 'family'"),
    "a number written as a float": (('maximum = "500"', "maximum = 500.5"), "maximum = ", "written as text"),
    "a self-declaration at full weight": (
        ('self_declared = "0.5"', 'self_declared = "1.0"'), "self_declared", "at most 0.5",
    ),
    "no conservativeness": (
        ('conservativeness = "lower_bound"', 'conservativeness = "none"'), "conservativeness", "not one of",
    ),
    "no cap per day": ((", per_day_g = 40000", ""), "caps", "cap per activity and per day"),
    "one language only": ((', zh = "低碳出行"', ""), "title", "incomplete"),
    "a formula that calls Python": (
        ('baseline = "distance * baseline_factor"', "baseline = 'open(1)'"), "baseline", "not allowed",
    ),
    "a divisor that may be zero": (
        ('minimum = "1"\nmaximum = "9"', 'minimum = "0"\nmaximum = "9"'), "project", "may be zero",
    ),
    "a step that is no part of ten": (('step = "0.001"', 'step = "0.25"'), "step", "part of ten"),
    "a step of nothing": (('step = "0.001"', 'step = "0"'), "step", "above zero"),
    "a step backwards": (('step = "0.001"', 'step = "-0.1"'), "step", "above zero"),
    "a source that runs a script": ((SOURCE, 'url = "javascript:alert(1)"'), "url", "no address of the web"),
    "a source that hides its scheme": ((SOURCE, 'url = " JavaScript :alert(1)"'), "url", "no address of the web"),
    "a source that carries its page": ((SOURCE, 'url = "data:text/html,x"'), "url", "no address of the web"),
    "a control character in a title": (('zh = "低碳出行"', 'zh = "低碳\\u0007出行"'), "title", "not shown"),
    "a title that turns its direction": (('zh = "低碳出行"', 'zh = "低碳\u202e出行"'), "title", "not shown"),
    "a wrong worked example": (("credited_g = 641", "credited_g = 642"), "[[example]]", "credited_g is 641, not 642"),
    "an identity of another category": (('id = "transport.', 'id = "food.'), "id = ", "begin with its category"),
    "a review day that is none": (("review_by = 2027-06-30", 'review_by = "soon"'), "review_by", "not a day"),
}  # fmt: skip


@pytest.mark.parametrize("fault", REFUSED)
def test_the_document_is_refused_at_the_line_of(fault: str) -> None:
    change, where, why = REFUSED[fault]
    text = edited(change)
    problems = problems_of(text)
    assert problems, "nothing was found"
    matching = [problem for problem in problems if re.search(why, problem.message)]
    assert matching, [str(problem) for problem in problems]
    if where in text:
        assert any(where in text.splitlines()[problem.line - 1] for problem in matching), [str(p) for p in matching]
    else:
        assert any(problem.path.startswith(where) for problem in matching)


def test_a_document_without_sources_is_refused() -> None:
    problems = problems_of(without_tables(DOCUMENT, "[source]]"))
    assert [problem.path for problem in problems] == ["source"]
    assert "missing" in problems[0].message


def test_a_document_with_two_examples_is_refused() -> None:
    head, *examples = DOCUMENT.split("[[example]]")
    problems = problems_of(head + "[[example]]" + "[[example]]".join(examples[:2]))
    assert any("at least 3 worked examples" in problem.message for problem in problems)


def test_a_document_whose_examples_all_earn_is_refused() -> None:
    head, *examples = DOCUMENT.split("[[example]]")
    problems = problems_of(head + "".join(f"[[example]]{example}" for example in examples[:3]))
    assert any("must earn nothing" in problem.message for problem in problems)


def test_a_table_of_recalled_figures_only_is_refused() -> None:
    table = TABLES.tables["baselines.trip_mix"]
    recalled = {item: tuple(replace(row, mark="recalled") for row in rows) for item, rows in table.by_item.items()}
    tables = replace(TABLES, tables={**TABLES.tables, table.name: replace(table, by_item=recalled)})
    problems = check_methodology(TRIP, tables)
    assert ["only recalled figures" in problem.message for problem in problems] == [True]
    found = compute_estimate(TRIP, tables, {"mode": "walk", "distance": "5"}, context())
    assert (found.status, found.reason, found.credited_g) == ("uncredited", "no_factor", 0)


def test_all_faults_are_reported_at_once_in_the_order_of_their_lines() -> None:
    text = edited(('maximum = "500"\n', ""), ("review_by = 2027-06-30", "review_by = 1"), (', zh = "低碳出行"', ""))
    with pytest.raises(DocumentRefused) as refused:
        parse_methodology(text)
    lines = [problem.line for problem in refused.value.problems]
    assert len(lines) == 3
    assert lines == sorted(lines)


def test_what_is_not_toml_is_refused_at_its_line() -> None:
    with pytest.raises(DocumentRefused) as refused:
        parse_methodology('id = "a.b"\nthis is not toml\n')
    assert refused.value.problems[0].line == 2


def test_the_hash_does_not_depend_on_line_ends() -> None:
    assert parse_methodology(DOCUMENT.replace("\n", "\r\n")).sha256 == TRIP.sha256


def test_the_hash_changes_with_any_word() -> None:
    assert parse_methodology(edited(("never a petrol car", "never a diesel car"))).sha256 != TRIP.sha256


def test_a_description_holds_what_a_reader_needs() -> None:
    for methodology in LIBRARY.methodologies.values():
        described = json.loads(json.dumps(describe_methodology(methodology)))
        assert described["sources"]
        assert described["caps"]
        assert {"en", "zh"} <= set(described["title"])
    distance = next(one for one in describe_methodology(TRIP)["inputs"] if one["name"] == "distance")
    assert (distance["entered_as"], distance["maximum"], distance["step"]) == ("km", "500", "0.001")


POINTS = """
id = "digital.paperless_bill"
category = "digital"
title = { en = "Paperless bill", zh = "电子账单" }
explanation = { en = "Points only.", zh = "只有积分。" }
yields = "behaviour_points"
review_by = 2027-06-30
[inputs.bills]
title = { en = "Bills", zh = "账单数" }
unit = "document"
step = "1"
minimum = "1"
maximum = "5"
[parameters.per_bill]
value = "5"
unit = "1/document"
reason = { en = "house policy", zh = "平台规则" }
[formula]
points = "min(bills * per_bill, 20)"
[crediting]
caps = { per_activity_points = 20, per_day_points = 20 }
[crediting.evidence]
partner_record = "1.0"
[[source]]
publisher = "this house"
document = "points policy"
year = 2026
mark = "official"
[[example]]
name = "two bills"
inputs = { bills = 2 }
context = { region = "CN-BJ", on = 2026-11-20, evidence = "partner_record" }
expected = { behaviour_points = 10, reduction_g = 0, credited_g = 0 }
[[example]]
name = "five bills"
inputs = { bills = 5 }
context = { region = "CN-BJ", on = 2026-11-20, evidence = "partner_record" }
expected = { behaviour_points = 20 }
[[example]]
name = "without a record"
inputs = { bills = 2 }
context = { region = "CN-BJ", on = 2026-11-20 }
expected = { behaviour_points = 0, reason = "evidence_missing" }
"""


def test_behaviours_nobody_can_compare_earn_points_and_no_grams() -> None:
    methodology = parse_methodology(POINTS)
    assert check_methodology(methodology, TABLES) == []
    assert all(outcome.passed for outcome in run_examples(methodology, TABLES))


PETROL_CAR = """
[alternatives.petrol_car]
title = { en = "a petrol car alone", zh = "独自驾驶燃油车" }
baseline = "distance / driving_alone * car_factor"
"""


def test_a_declared_alternative_counts_only_where_a_document_allows_it_and_is_named() -> None:
    allowing = parse_methodology(edited(("[contrast]", f"{PETROL_CAR}\n[contrast]")))
    found = compute_estimate(
        allowing, TABLES, {"mode": "metro", "distance": "10"}, context(declared_alternative="petrol_car")
    )
    assert found.baseline_g == 2500
    assert found.basis == "declared by the person: a petrol car alone"


def test_constants_need_a_reason() -> None:
    text = CUP.text.replace("[parameters.cup_mass.reason]", "[parameters.cup_mass.raison]")
    assert any("reason" in problem.message or "reason" in problem.path for problem in problems_of(text))
