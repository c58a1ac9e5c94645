"""The benchmark table tells what was measured and whether the aim was met; what is kept of it can be compared with."""

from __future__ import annotations

import ast
import json
import os
import platform
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks import __main__ as bench
from benchmarks import results
from benchmarks.measurement import Measurement, Unmeasured

ROW = Measurement("posting", 1234.5, 3000, "per s", 0.4115, ">= 0.4")


@pytest.mark.parametrize(
    "changes, met",
    [
        ({}, True),
        ({"ratio": 0.39}, False),
        ({"yardstick": None, "ratio": None, "measured": 80, "aim": "<= 100"}, True),
        ({"yardstick": None, "ratio": None, "measured": 180, "aim": "<= 100"}, False),
        ({"aim": None}, None),
    ],
)
def test_an_aim_is_about_the_ratio_or_without_a_yardstick_about_the_measure(changes, met):
    assert bench.meets(replace(ROW, **changes)) is met


def test_the_table_shows_every_number_and_a_missed_aim():
    missed = replace(ROW, name="estimate", ratio=0.2, spread=(0.18, 0.21))
    lines = bench.table([ROW, missed], {"posting": 0.5}).splitlines()
    assert lines[2].split() == ["posting", "1,234", "3,000", "per", "s", "0.411", "–", "0.5", ">=", "0.4", "yes"]
    assert lines[3].split()[5:8] == ["0.2", "0.18–0.21", "–"]
    assert lines[3].endswith("NO")


def test_a_broken_benchmark_does_not_silence_the_others(monkeypatch, capsys):
    def stumble():
        raise ValueError("no server")

    monkeypatch.setattr(bench, "BENCHMARKS", ("bad", "good"))
    monkeypatch.setitem(sys.modules, "benchmarks.bad", SimpleNamespace(run=stumble))
    monkeypatch.setitem(sys.modules, "benchmarks.good", SimpleNamespace(run=lambda: [ROW]))
    assert bench.main([]) == 1
    printed = capsys.readouterr()
    assert "posting" in printed.out
    assert "no server" in printed.err


def test_what_was_measured_before_a_benchmark_broke_is_printed_and_kept(monkeypatch, capsys, tmp_path):
    def halfway():
        yield ROW
        yield Unmeasured("the part beside it", "nobody came")
        yield replace(ROW, name="estimate")
        raise ValueError("no server")

    monkeypatch.setattr(bench, "BENCHMARKS", ("halfway",))
    monkeypatch.setitem(sys.modules, "benchmarks.halfway", SimpleNamespace(run=halfway))
    keep = results.keep
    monkeypatch.setattr(results, "keep", lambda rows, note, load, _folder: keep(rows, note, load, tmp_path))
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    assert bench.main(["--keep", "a busy machine"]) == 1
    printed = capsys.readouterr()
    assert [line.split()[0] for line in printed.out.splitlines()[2:4]] == ["posting", "estimate"]
    assert "the part beside it: not measured. nobody came" in printed.err
    assert printed.err.index("posting: measured 1,234") < printed.err.index("no server")
    assert set(results.latest_ratios(tmp_path)) == {"posting", "estimate"}


def test_an_unknown_benchmark_is_named(capsys):
    assert bench.main(["nonsense"]) == 2
    assert "nonsense" in capsys.readouterr().err


def test_every_module_that_runs_is_a_benchmark():
    folder = Path(bench.__file__).parent
    running = {
        file.stem
        for file in folder.glob("*.py")
        if any(isinstance(node, ast.FunctionDef) and node.name == "run" for node in ast.parse(file.read_text()).body)
    }
    assert running == set(bench.BENCHMARKS)


def test_what_is_kept_is_found_again_and_later_rows_take_the_place_of_earlier_ones(tmp_path):
    estimate = replace(ROW, name="estimate", ratio=0.2, rounds=((1.0, 5.0),), facts={"people": 400})
    results.keep([ROW, estimate], "a quiet machine", 0.1, tmp_path)
    results.keep([replace(ROW, ratio=0.123456789)], "other work ran", 3.5, tmp_path)
    assert results.latest_ratios(tmp_path) == {"estimate": 0.2, "posting": 0.123457}
    [file] = tmp_path.iterdir()
    kept = json.loads(file.read_text())
    assert kept["note"] == "other work ran"
    assert kept["rows"][0]["rounds"] == [[1.0, 5.0]]


def test_what_is_kept_does_not_name_the_machine(tmp_path):
    results.keep([ROW], "a quiet machine", 0.1, tmp_path)
    [file] = tmp_path.iterdir()
    text = file.read_text()
    assert set(json.loads(text)["machine"]) == {
        "cores", "architecture", "python", "postgresql", "load_average_before",
    }  # fmt: skip
    assert platform.node() not in text
    assert os.sep not in text.replace("per s", "")
