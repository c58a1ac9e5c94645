"""Bit for bit the same, wherever and whenever it is recomputed."""

from __future__ import annotations

import decimal
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from calculators import RecordMismatch, explain, recompute, sentences, verify
from tests.calculators.shipped_library import CUP, MEAL, TRIP, meal, trip
from tests.locales import decimal_comma

ROOT = Path(__file__).parents[3]

PROGRAM = """
import json, locale, sys, time
wanted = sys.argv[2]
if wanted != "C":
    locale.setlocale(locale.LC_ALL, wanted)
    assert locale.localeconv()["decimal_point"] == ",", "the decimal comma did not take"
stored = json.loads(open(sys.argv[1], encoding="utf-8").read())
from calculators import Context, compute_estimate, explain, load_library, parse_methodology, recompute
found = [recompute(one["working"], one["document"]) for one in stored]
fresh = compute_estimate(
    parse_methodology(stored[0]["document"]), load_library().tables, {"mode": "metro", "distance": "10"},
    Context(region="CN-BJ", on=__import__("datetime").date(2026, 11, 20), evidence="gps_trace"),
)
print(json.dumps([
    [one.results() for one in found], fresh.record(), [str(explain(one["working"], one["document"])) for one in stored],
], sort_keys=True))
"""


def stored_reductions() -> list[dict[str, object]]:
    return [
        {"working": trip("metro", "10").record(), "document": TRIP.text},
        {"working": trip("car", "3.21", region="CN-TJ").record(), "document": TRIP.text},
        {"working": meal("vegan").record(), "document": MEAL.text},
    ]


def elsewhere(tmp_path: Path, language: str = "C", **environment: str) -> str:
    """What another process says about the stored reductions."""
    file = tmp_path / "stored.json"
    file.write_text(json.dumps(stored_reductions()), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(file), language],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_hash_seeds_and_time_zones_change_nothing(tmp_path: Path) -> None:
    answers = {
        elsewhere(tmp_path, PYTHONHASHSEED=seed, TZ=zone)
        for seed, zone in (("0", "UTC"), ("1", "Asia/Shanghai"), ("4242", "America/St_Johns"))
    }
    assert len(answers) == 1
    results = json.loads(answers.pop())[0]
    assert [one["reduction_g"] for one in results] == [720, trip("car", "3.21", region="CN-TJ").reduction_g, 1520]


def test_a_locale_with_a_decimal_comma_changes_nothing(tmp_path: Path) -> None:
    german = decimal_comma(tmp_path)
    if not german:
        pytest.skip("no decimal-comma locale can be built here")
    assert elsewhere(tmp_path, german["LC_ALL"], **german) == elsewhere(tmp_path)


def test_the_ambient_decimal_context_changes_nothing() -> None:
    before = [trip("metro", "12.345").record(), trip("car", "7.7").record(), meal("vegan").record()]
    with decimal.localcontext() as ambient:
        ambient.prec = 2
        ambient.rounding = decimal.ROUND_UP
        ambient.Emax = 3
        ambient.Emin = -3
        ambient.capitals = 0
        ambient.traps[decimal.Inexact] = True
        ambient.traps[decimal.Rounded] = True
        after = [trip("metro", "12.345").record(), trip("car", "7.7").record(), meal("vegan").record()]
        again = [recompute(before[0], TRIP.text).results(), recompute(before[2], MEAL.text).results()]
        assert str(explain(before[0], TRIP.text))
    assert after == before
    assert again == [before[0]["results"], before[2]["results"]]


def test_another_document_is_refused() -> None:
    with pytest.raises(RecordMismatch, match="hash"):
        recompute(trip("metro", "10").record(), TRIP.text + "# one word more\n")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("results", "credited_g"), 642),
        (("parameters", "mode_factor", "value"), "0.031"),
        (("inputs", "distance", "value"), "11"),
        (("context", "evidence"), "self_declared"),
        (("conservativeness", "credit_quantile"), "0.5"),
        (("conservativeness", "range_quantile"), "1.9"),
    ],
)
def test_a_changed_working_is_found_out(path: tuple[str, ...], value: object) -> None:
    record = json.loads(json.dumps(trip("metro", "10").record()))
    part = record
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    with pytest.raises(RecordMismatch):
        verify(record, TRIP.text)


def test_a_working_of_another_schema_is_refused() -> None:
    with pytest.raises(RecordMismatch, match="schema"):
        recompute({**trip("metro", "10").record(), "schema": 99}, TRIP.text)


def test_an_explanation_names_every_figure_with_its_source_and_the_version() -> None:
    lines = explain(trip("metro", "10", "self_declared").record(), TRIP.text).lines
    text = "\n".join(lines)
    assert "Baseline: 10 passenger-km × 0.104 kgCO2/passenger-km = 1040 g" in lines
    assert "Project: 10 passenger-km × 0.032 kgCO2/passenger-km = 320 g" in lines
    assert "Reduction: 1040 g − 320 g = 720 g (95 % range 490 to 950 g)" in lines
    left_open = "78.8 g for what the figures leave open: with ±229.1 g, at least 641.2 g were avoided"
    assert f"Conservativeness: {left_open} with a chance of 75 %" in lines
    assert "That chance is from UNFCCC, Decision 20/CMP.1" in text
    assert "baseline_factor: 0.104 kgCO2/passenger-km ±20 % (that of its class, normal): Trips" in text
    assert "× 0.5: evidence (self-declared)" in lines
    assert "Credited: 320 g" in lines
    assert "DB11/T 3043-2024" in text
    assert "CN-BJ 2024" in text
    assert TRIP.sha256 in text
    assert "not credited: if everyone had driven a petrol car, 2180 g" in text


def test_an_explanation_speaks_chinese() -> None:
    text = str(explain(trip("metro", "10").record(), TRIP.text, "zh"))
    assert "减排量：1040 g − 320 g = 720 g（95 % 区间 490 至 950 g）" in text
    assert "DB11/T 3043-2024" in text


def test_the_short_sentences_follow_the_language() -> None:
    record = trip("walk", "0.1").record()
    assert sentences(record, TRIP.text, "en")["reason"] == "0.1 km is shorter than the 0.3 km from which a trip counts"
    assert sentences(record, TRIP.text, "zh")["reason"] == "0.1 km 短于计入所需的 0.3 km"
    assert sentences(meal("vegan", diet="vegan").record(), MEAL.text, "zh")["reason"].startswith("个人资料显示")


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "calculators", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def reduction_file(tmp_path: Path, **changes: object) -> str:
    found = trip("metro", "10")
    shown = {"id": "red_1", "credited_g": 641, "reduction_g": 720, "working": found.record()}
    body = {**shown, "methodology": {"id": TRIP.id, "document": TRIP.text}, **changes}
    file = tmp_path / "reduction.json"
    file.write_text(json.dumps(body), encoding="utf-8")
    return str(file)


def test_the_command_explains_a_reduction_without_a_server(tmp_path: Path) -> None:
    done = command("explain", reduction_file(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert "Credited: 641 g" in done.stdout
    assert "Methodology transport.low_carbon_trip" in command("explain", reduction_file(tmp_path)).stdout


def test_the_command_fails_when_the_integers_differ(tmp_path: Path) -> None:
    done = command("explain", reduction_file(tmp_path, credited_g=642))
    assert done.returncode == 1
    assert "credited_g is shown as 642, the working says 641" in done.stderr


def test_the_command_fails_when_the_document_is_another(tmp_path: Path) -> None:
    done = command("explain", reduction_file(tmp_path, methodology={"document": CUP.text}))
    assert done.returncode == 1
    assert "hash" in done.stderr


def test_the_command_fails_politely_on_a_file_that_is_no_reduction(tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    file.write_text("{}", encoding="utf-8")
    done = command("explain", str(file))
    assert (done.returncode, done.stderr) == (1, "not reproduced: the file has no 'working'\n")
