"""The project keeps every rule of the house, and every rule has been seen to fail."""

from __future__ import annotations

import pytest

from tests.house import circles, files, four_eyes, layers, names, rooms, signatures, single_doors, slices
from tests.house.source import RULES, House, project
from tests.house.violations import PLANTED, SOUND

assert {
    circles,
    files,
    four_eyes,
    layers,
    names,
    rooms,
    signatures,
    single_doors,
    slices,
}  # importing them registers their rules


@pytest.fixture(scope="session")
def house() -> House:
    return project()


@pytest.mark.parametrize("name", RULES)
def test_the_house_keeps_the_rule(name, house):
    violations = list(RULES[name](house))
    assert not violations, "\n".join(["", *violations])


PLANTS = [(name, *(*plant, {})[:3]) for name, plants in PLANTED.items() for plant in plants]


@pytest.mark.parametrize("name, path, source, more", PLANTS)
def test_a_planted_violation_is_found(name, path, source, more, tmp_path):
    for other in ({path: source} | more).items():
        plant(tmp_path, *other)
    found = list(RULES[name](House(tmp_path)))
    assert any(line.startswith(path) for line in found), f"{name} did not see {source!r} in {path}"


@pytest.mark.parametrize("path, source", SOUND)
def test_sound_code_breaks_no_rule(path, source, tmp_path):
    plant(tmp_path, path, source)
    rules = {name: check for name, check in RULES.items() if name != "no_python_file_is_too_short_to_stand_alone"}
    broken = {name: list(check(House(tmp_path))) for name, check in rules.items()}
    assert not [line for lines in broken.values() for line in lines if line.startswith(path)]


def test_every_rule_has_a_planted_violation():
    assert set(PLANTED) == set(RULES)


EXCUSES = [
    files.SHORT,
    signatures.PASSED_ON,
    signatures.UNTYPED_ALIASES,
    files.CHINESE_IN_CODE,
]


@pytest.mark.parametrize("excused", EXCUSES)
def test_every_excuse_is_of_something_that_is_there(excused, house):
    present = {str(module.path) for module in house.modules}
    present |= {f"{module.path} {function.name}" for module, function in signatures.functions(house)}
    present |= {f"{module.path} {name}" for module, name in signatures.module_names(house)}
    assert set(excused) <= present


def plant(root, path, source):
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(source, encoding="utf-8")
    face = root / "calculators" / "formula.py"
    face.parent.mkdir(exist_ok=True)
    face.touch()
