"""Somebody else's program reaches every gram from the answer of one endpoint and the published arithmetic."""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from calculators import REDUCTION, Methodology, load_library
from calculators.methodology import Choice, Quantity

PROGRAM = Path(__file__).resolve().parents[2] / "stranger"
RULES = load_library().methodologies
PLACES = ("CN-BJ", "CN-GD/shenzhen", "CN-HB/wuhan", "CN-SH", "GB-ENG", "FR", "DE", "US", "JP", "IN", "KE")
DIETS = (None, "vegetarian", "vegan")
# what people type instead of the unit that is asked for
OTHER_UNITS = {"km": ("mile", "里", "m"), "kWh": ("度", "MJ"), "kg": ("斤", "g", "lb"), "L": ("ml",), "min": ("h",)}
SEED = 14
SAMPLE, ALL = 60, 300

pytestmark = [
    pytest.mark.timeout(1200),  # seconds; three hundred activities are logged and read
    pytest.mark.alike_on_both_engines("what a reduction says of itself is made above any database"),
]


def quantity(spec: Quantity, draw: random.Random) -> Any:
    """A possible value, mostly small, now and then in another unit and with more digits than are counted."""
    low, high = spec.minimum, min(spec.maximum, max(spec.minimum, Decimal(draw.choice((3, 30, 400)))))
    value = low + (high - low) * Decimal(draw.randrange(1, 1000)) / 1000
    units = OTHER_UNITS.get(spec.entered_as, ())
    if not units or draw.random() < 0.5:
        return f"{value:.5f}" if spec.step < 1 else f"{max(spec.minimum, value // 1)}"
    return {"value": f"{value:.5f}", "unit": draw.choice(units)}


def inputs_of(rule: Methodology, draw: random.Random, number: int) -> dict[str, Any]:
    """A worked example, or what anybody may type."""
    if number % 3 == 0:
        return dict(rule.examples[number // 3 % len(rule.examples)].inputs)
    given = {name: draw.choice(spec.options) for name, spec in rule.inputs.items() if isinstance(spec, Choice)}
    quantities = {name: spec for name, spec in rule.quantities.items() if spec.given_by == "person"}
    return given | {name: quantity(spec, draw) for name, spec in quantities.items()}


@pytest.fixture
def answers(new_beijinger, fare_record, request) -> list[dict[str, Any]]:
    """What the endpoint answers for activities under every rule, in places where it has figures and where not."""
    draw = random.Random(SEED)
    wanted = ALL if request.config.getoption("--long") else SAMPLE
    found: list[dict[str, Any]] = []
    for turn in itertools.count():
        # each rule once, then those that yield grams
        for rule in (rule for rule in RULES.values() if turn == 0 or rule.yields == REDUCTION):
            for number in itertools.count(turn):
                region = rule.examples[0].context["region"] if number % 2 == 0 else draw.choice(PLACES)
                household = {"household_size": draw.randrange(1, 6), "diet": draw.choice(DIETS)}
                person = new_beijinger(region=region, **household)
                logged = _logged(person, rule, inputs_of(rule, draw, number), draw, fare_record)
                if logged is not None:
                    break
            found.append(logged)
            if len(found) == wanted:
                return found
    raise AssertionError


def _logged(person: Any, rule: Methodology, inputs: dict[str, Any], draw: random.Random, attest: Any) -> Any:
    strongest = max(rule.evidence_weights, key=lambda tier: rule.evidence_weights[tier])
    is_attested = strongest != "self_declared" and draw.random() < 0.8
    body = {
        "methodology": rule.id,
        "occurred_at": f"2026-11-20T0{draw.randrange(1, 9)}:15:00+08:00",
        "inputs": inputs,
        "evidence": [attest(person, strongest)] if is_attested else [],
        "duration_s": draw.choice((None, 600, 4000)),
    }
    if rule.alternatives and draw.random() < 0.5:
        body["declared_alternative"] = next(iter(rule.alternatives))
    answer = person.post("/v1/activities", body)
    if answer.status_code == 422:  # what nobody could have done is drawn too
        return None
    assert answer.status_code == 201, answer.json
    read = person.get(f"/v1/reductions/{answer.json['reduction']['id']}")
    return json.loads(read.data)


@pytest.fixture
def recompute(tmp_path):
    """Run the program where it can reach nothing of the product, nor any package."""
    shutil.copytree(PROGRAM, tmp_path / "stranger", ignore=shutil.ignore_patterns("__pycache__"))

    def run(answers: list[dict[str, Any]]) -> subprocess.CompletedProcess[str]:
        names = [f"{number}.json" for number in range(len(answers))]
        for name, answer in zip(names, answers, strict=True):
            (tmp_path / name).write_text(json.dumps(answer), encoding="utf-8")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        command = [sys.executable, "-S", "-m", "stranger", *names]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)

    return run


def test_every_answer_comes_out_again(answers, recompute):
    done = recompute(answers)
    assert (done.stdout, done.stderr) == (f"{len(answers)} of {len(answers)}\n", "")
    assert {answer["methodology"]["id"] for answer in answers} == set(RULES)
    results = [answer["working"]["results"] for answer in answers]
    assert sum(result["reduction_g"] != 0 for result in results) > len(results) / 3
    assert len({result["reason"] for result in results}) >= 6
    converted = [ratio for answer in answers for ratio in answer["conversions"]["inputs"].values() if ratio != "1"]
    assert len(converted) >= len(answers) / 20


def test_a_gram_a_figure_and_a_ratio_that_were_changed_are_found(answers, recompute):
    ride = next(answer for answer in answers if answer["credited_g"] and answer["conversions"]["inputs"])
    name = next(iter(ride["conversions"]["inputs"]))
    figure = next(name for name, entry in ride["working"]["parameters"].items() if "table" in entry)
    changes = (
        ("credited_g", lambda answer: answer.update(credited_g=answer["credited_g"] + 1)),
        (name, lambda answer: answer["conversions"]["inputs"].update({name: "7/3"})),
        (figure, lambda answer: answer["working"]["parameters"][figure].update(value="1")),
        ("hash", lambda answer: answer["methodology"].update(document=answer["methodology"]["document"] + "#\n")),
    )
    for told, change in changes:
        changed = json.loads(json.dumps(ride))
        change(changed)
        done = recompute([changed])
        assert done.returncode == 1
        assert told in done.stdout
