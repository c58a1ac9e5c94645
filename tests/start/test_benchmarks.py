"""The benchmark table tells what was measured and whether the aim was met."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from benchmarks import __main__ as bench

ROW = {"name": "posting", "measured": 1234.5, "yardstick": 3000, "unit": "per s", "ratio": 0.4115, "aim": ">= 0.4"}


@pytest.mark.parametrize(
    "changes, met",
    [
        ({}, True),
        ({"ratio": 0.39}, False),
        ({"yardstick": None, "measured": 80, "aim": "<= 100"}, True),
        ({"yardstick": None, "measured": 180, "aim": "<= 100"}, False),
    ],
)
def test_an_aim_is_about_the_ratio_or_without_a_yardstick_about_the_measure(changes, met):
    assert bench.meets(ROW | changes) is met


def test_the_table_shows_every_number_and_a_missed_aim():
    lines = bench.table([ROW, ROW | {"name": "estimate", "ratio": 0.2}]).splitlines()
    assert lines[2].split() == ["posting", "1,234", "3,000", "per", "s", "0.411", ">=", "0.4", "yes"]
    assert lines[3].endswith("NO")


def test_a_broken_benchmark_does_not_silence_the_others(monkeypatch, capsys):
    def stumble():
        raise ValueError("no server")

    monkeypatch.setattr(bench.pkgutil, "iter_modules", lambda _: [SimpleNamespace(name=n) for n in ("bad", "good")])
    monkeypatch.setitem(sys.modules, "benchmarks.bad", SimpleNamespace(run=stumble))
    monkeypatch.setitem(sys.modules, "benchmarks.good", SimpleNamespace(run=lambda: [ROW]))
    assert bench.main([]) == 1
    printed = capsys.readouterr()
    assert "posting" in printed.out
    assert "no server" in printed.err


def test_an_unknown_benchmark_is_named(capsys):
    assert bench.main(["nonsense"]) == 2
    assert "nonsense" in capsys.readouterr().err
