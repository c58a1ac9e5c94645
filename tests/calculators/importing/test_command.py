"""`python -m calculators import`: a dry run, faults line by line, and a table that is whole before and after."""

from __future__ import annotations

from pathlib import Path

import pytest

from calculators.__main__ import main
from calculators.figures.factors import parse_table
from calculators.importing import tables
from tests.calculators.importing import files
from tests.calculators.shipped_library import TABLES


@pytest.fixture
def flat_file(tmp_path: Path) -> Path:
    path = tmp_path / "flat-file.csv"
    path.write_text(files.UK, encoding="utf-8")
    return path


@pytest.fixture
def bad_file(tmp_path: Path) -> Path:
    path = tmp_path / "bad.csv"
    path.write_text(files.UK.replace("0.122", "about 0.1"), encoding="utf-8")
    return path


def run(*arguments: object) -> int:
    return main(["import", *map(str, arguments)])


def test_a_file_becomes_a_table_that_the_rule_book_reads(flat_file: Path, tmp_path: Path, capsys) -> None:
    into = tmp_path / "factors" / "uk.csv"
    into.parent.mkdir()
    assert run("uk-flat-file", flat_file, "--into", into, "--mark", "official") == 0
    table = parse_table("factors.uk", into.read_text(encoding="utf-8"), TABLES.regions)
    assert len(table.rows) == 6
    assert all(row.creditable for row in table.rows)
    assert "6 figures, 6 of them new" in capsys.readouterr().out


def test_a_dry_run_judges_everything_and_writes_nothing(flat_file: Path, tmp_path: Path, capsys) -> None:
    before = sorted(tmp_path.iterdir())
    assert run("uk-flat-file", flat_file, "--dry-run") == 0
    assert run("uk-flat-file", flat_file, "--into", tmp_path / "uk.csv", "--dry-run") == 0
    assert sorted(tmp_path.iterdir()) == before
    assert "left out 1: one gas alone" in capsys.readouterr().out


def test_one_bad_line_keeps_the_table_as_it_was_and_says_which_line_it_is(
    flat_file: Path, bad_file: Path, tmp_path: Path, capsys
) -> None:
    into = tmp_path / "uk.csv"
    assert run("uk-flat-file", bad_file, "--into", into) == 1
    assert not into.exists()
    assert "line 7: 'about 0.1' is not a number" in capsys.readouterr().err
    run("mee-grid", made(tmp_path, files.MEE), "--into", into)
    before = into.read_bytes()
    assert run("uk-flat-file", bad_file, "--into", into) == 1
    assert into.read_bytes() == before


def test_the_report_names_every_line_that_was_not_taken(bad_file: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    assert run("uk-flat-file", bad_file, "--dry-run", "--report", report) == 1
    assert report.read_text(encoding="utf-8").splitlines() == [
        "line,outcome,why",
        "6,left out,one gas alone; the line of all gases together counts",
        "7,at fault,'about 0.1' is not a number",
        "11,left out,no figure is published",
        "12,left out,\"biogenic carbon, reported outside the scopes\"",
    ]  # fmt: skip


def test_importing_again_changes_nothing(flat_file: Path, tmp_path: Path, capsys) -> None:
    into = tmp_path / "uk.csv"
    run("uk-flat-file", flat_file, "--into", into)
    before = into.read_bytes()
    assert run("uk-flat-file", flat_file, "--into", into) == 0
    assert into.read_bytes() == before
    assert "6 figures, 0 of them new" in capsys.readouterr().out


def test_a_figure_of_a_place_and_year_never_changes(tmp_path: Path, capsys) -> None:
    into = tmp_path / "grid.csv"
    run("mee-grid", made(tmp_path, files.MEE), "--into", into)
    before = into.read_bytes()
    assert run("mee-grid", made(tmp_path, files.MEE.replace("0.2222", "0.2223")), "--into", into) == 1
    assert into.read_bytes() == before
    assert "line 4: the table has 0.2222 kgCO2/kWh" in capsys.readouterr().err


def test_a_new_year_goes_behind_the_old_one(tmp_path: Path) -> None:
    into = tmp_path / "grid.csv"
    run("mee-grid", made(tmp_path, files.MEE), "--into", into)
    before = into.read_text(encoding="utf-8")
    run("mee-grid", made(tmp_path, files.MEE.replace("２０２３", "２０２４")), "--into", into)
    after = into.read_text(encoding="utf-8")
    assert after.startswith(before)
    assert len(after.splitlines()) == 11


def test_the_shipped_grid_table_says_the_same_as_the_import_would(tmp_path: Path, capsys) -> None:
    shipped = next(row for row in TABLES.tables["factors.grid"].rows if (row.region, row.year) == ("CN-BJ", 2023))
    text = f"2023年\n省份,因子\n北京,{shipped.value}\n"
    grid = Path(tables.__file__).parents[1] / "library" / "factors" / "grid.csv"
    assert run("mee-grid", made(tmp_path, text), "--into", grid, "--dry-run") == 0
    assert "left out 1: already in the table" in capsys.readouterr().out


def test_a_disk_that_fails_half_way_leaves_the_old_table(flat_file: Path, tmp_path: Path, monkeypatch) -> None:
    into = tmp_path / "grid.csv"
    run("mee-grid", made(tmp_path, files.MEE), "--into", into)
    before, names = into.read_bytes(), sorted(tmp_path.iterdir())

    def full(_: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(tables.os, "fsync", full)
    assert run("uk-flat-file", flat_file, "--into", into) == 1
    assert into.read_bytes() == before
    assert sorted(tmp_path.iterdir()) == names


def test_a_compilation_cannot_be_vouched_for_as_the_original(tmp_path: Path, capsys) -> None:
    file = made(tmp_path, files.OPEN)
    assert run("open-emission-factors", file, "--dry-run", "--mark", "official") == 2
    assert "second hand" in capsys.readouterr().err


def test_a_place_to_write_must_be_named(flat_file: Path, capsys) -> None:
    assert run("uk-flat-file", flat_file) == 2
    assert "--into" in capsys.readouterr().err


def test_a_file_of_another_kind_and_one_that_is_not_there_are_said_in_a_sentence(tmp_path: Path, capsys) -> None:
    assert run("base-carbone", made(tmp_path, files.UK), "--dry-run") == 1
    assert run("base-carbone", tmp_path / "nothing.csv", "--dry-run") == 1
    assert "Base Carbone" in capsys.readouterr().err


def made(folder: Path, text: str) -> Path:
    path = folder / "made.csv"
    path.write_text(text, encoding="utf-8")
    return path
