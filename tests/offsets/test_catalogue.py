"""Projects as documents: accepted whole, or refused with every problem and its line."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

import offsets
from offsets import DocumentRefused, OffsetRefused, list_projects, read_project

LIBRARY = Path(offsets.__file__).parent / "library" / "projects"
KATINGAN = (LIBRARY / "katingan-peatland.toml").read_text(encoding="utf-8")


def refusal(old: str, new: str) -> list[str]:
    assert old in KATINGAN
    with pytest.raises(DocumentRefused) as refused:
        read_project("katingan.toml", KATINGAN.replace(old, new, 1))
    return [str(problem) for problem in refused.value.problems]


def test_the_library_holds_a_reduction_and_a_removal_with_sourced_prices():
    projects = list_projects()
    assert {project.credit_type for project in projects.values()} == {"reduction", "removal"}
    for project in projects.values():
        assert project.title["en"]
        assert project.title["zh"]
        assert project.sources
        assert all(price.source.publisher and price.basis["en"] for price in project.prices)


def test_nothing_invented_passes_for_real():
    for project in list_projects().values():
        for lot in project.lots:
            assert lot.demonstration
            assert lot.block.is_demonstration


def test_a_price_holds_from_its_day_on():
    project = list_projects()["katingan-peatland"]
    assert project.get_price("USD", date(2025, 9, 30)).per_tonne == Decimal("8.90")
    for currency, on in (("USD", date(2025, 9, 29)), ("CNY", date(2026, 1, 1))):
        with pytest.raises(OffsetRefused, match=r"catalogue\.no_price"):
            project.get_price(currency, on)


def test_the_latest_price_wins():
    later = KATINGAN + KATINGAN[KATINGAN.index("[[price]]") : KATINGAN.index("[[source]]")]
    later = later[::-1].replace("8.90"[::-1], "9.10"[::-1], 1).replace("2025-09-30"[::-1], "2026-03-31"[::-1], 1)[::-1]
    project = read_project("katingan.toml", later)
    assert project.get_price("USD", date(2026, 3, 30)).per_tonne == Decimal("8.90")
    assert project.get_price("USD", date(2026, 4, 1)).per_tonne == Decimal("9.10")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('country = "ID"', 'country = "Indonesia"', 'country: must be an ISO 3166 code such as "ID"'),
        ('type = "reduction"', 'type = "offset"', "type: must be one of reduction, removal"),
        ('type = "reduction"', 'typ = "reduction"', "typ: is not a key of this table"),
        ("minimum_g = 1000", "minimum_g = 0", "minimum_g: must be a whole number from 1 to 1000000000000"),
        ("minimum_g = 1000", "minimum_g = true", "minimum_g: must be a whole number from 1 to 1000000000000"),
        ('per_tonne = "8.90"', "per_tonne = 8.90", 'price[0].per_tonne: must be a number in quotes such as "21.30"'),
        ('per_tonne = "8.90"', 'per_tonne = "0"', "price[0].per_tonne: must be more than zero"),
        ("quantity_t = 1000", "quantity_t = 999", "lot[0].quantity_t: is 999, but the serials hold 1000 units"),
        (
            "demonstration = true",
            "demonstration = false",
            'lot[0].demonstration: an invented block starts with "DEMO-" and says so; a real one does neither',
        ),
        ('url = "https://scribd.com', 'url = "ftp://scribd.com', "source[0].url: must be a public https address"),
    ],
)
def test_a_problem_names_its_line_and_the_remedy(old, new, problem):
    line = KATINGAN[: KATINGAN.index(old)].count("\n") + 1
    assert f"line {line}, {problem}" in refusal(old, new)


def test_a_missing_field_is_told_by_name():
    problems = refusal("corresponding_adjustment = false", "")
    assert "line 1, corresponding_adjustment: is missing: must be true or false" in problems


def test_every_problem_is_told_at_once_in_the_order_of_its_line():
    broken = KATINGAN.replace('"ID"', '"X"').replace("vintage = 2019", 'vintage = "2019"').replace("en =", "fr =", 1)
    with pytest.raises(DocumentRefused) as refused:
        read_project("katingan.toml", broken)
    lines = [problem.line for problem in refused.value.problems]
    assert lines == sorted(lines)
    assert len(lines) == 4  # country, vintage, the title's fr, and the title's missing en


def of_registry(registry_id: str, serials: str, quantity_t: int) -> str:
    old = 'serials = "' + KATINGAN.split('serials = "')[1].split("\n")[0]
    changed = KATINGAN.replace('registry = "verra"', f'registry = "{registry_id}"').replace(
        old, f'serials = "{serials}"'
    )
    return re.sub(r"quantity_t = \d+", f"quantity_t = {quantity_t}", changed)


@pytest.mark.parametrize(
    ("registry_id", "serials", "units"),
    [
        ("ccer", "DEMO-CCER-2024/0007 (海上风电)", 500),
        ("other", "DEMO-ISO:77 ; A/B", 7),
        ("gold-standard", "DEMO-GS1-1-TR-GS512-12-2010-209-1-9000", 9000),
        ("cdm", "DEMO-CN-5-401000100-1-1-0-3120 - CN-5-401000299-1-1-0-3120", 200),
    ],
)
def test_a_project_of_every_registry_is_read_with_its_block(registry_id, serials, units):
    (lot,) = read_project("any.toml", of_registry(registry_id, serials, units)).lots
    assert (lot.block.registry_id, lot.block.units, lot.issued_g) == (registry_id, units, units * 1_000_000)


def test_a_document_may_not_name_a_part_of_a_block_or_hide_a_registry_that_is_read():
    for serials in ("DEMO-CCER-7#1-200", "DEMO-GS1-1-TR-GS512-12-2010-209-1-200"):
        with pytest.raises(DocumentRefused, match=r"serials\.(not_a_block|other_registry)"):
            read_project("any.toml", of_registry("ccer", serials, 200))


def test_two_lots_that_share_a_unit_are_refused():
    lot = KATINGAN[KATINGAN.index("[[lot]]") : KATINGAN.index("[[price]]")]
    twin = lot.replace("katingan-2019-demo", "twin").replace("DEMO-0000", "demo-0001").replace("000001000", "1000")
    problems = refusal("[[price]]", f"{twin}\n[[price]]")
    assert any("shares units with DEMO-0000" in problem for problem in problems)


def test_a_text_that_is_not_toml_is_refused_with_its_line():
    with pytest.raises(DocumentRefused) as refused:
        read_project("broken.toml", 'id = "a"\ntitle = {\n')
    assert refused.value.problems[0].line >= 1
    assert "broken.toml: line" in str(refused.value)


def test_one_changed_character_is_another_document():
    changed = read_project("katingan.toml", KATINGAN + "\n")
    assert changed.sha256 != list_projects()["katingan-peatland"].sha256
