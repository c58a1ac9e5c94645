"""The rule book at the command line: explain reductions with no server, import published files of figures.

`python -m calculators explain FILE…` recomputes and prints where each gram comes from: each FILE is the JSON of
`GET /v1/reductions/{id}` (it holds `working`, the record, and `methodology.document`, the document's text). Exit code 0
when the integers come out again, 1 with a sentence when they do not. `python -m calculators footprint REGION` prints
the document of a region pack (docs/footprints/), with the word `comparison` that of all of them and of the people of a
published model, `python -m calculators flows` the table of docs/flows.md, `python -m calculators marks` those of
docs/marks.md, `python -m calculators calibration` that of docs/credit-calibration.md.
`python -m calculators import SOURCE FILE` is `calculators.importing.command`. Touches those files and the standard
output.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from calculators.errors import CalculatorError
from calculators.estimate.calibration import describe_calibration
from calculators.estimate.explanation import explain
from calculators.figures.library import load_library
from calculators.footprint.comparison import describe_pack
from calculators.footprint.comparison_people import describe_comparison
from calculators.importing import command as importing
from calculators.marks import describe_marks
from calculators.methodology import describe_flows
from calculators.words import list_languages

COMPARISON = "comparison"  # instead of a place: all packs and the comparison people on one page
_SHOWN = ("baseline_g", "project_g", "reduction_g", "credited_g", "low_g", "high_g")


def main(arguments: list[str]) -> int:
    """Run the command; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m calculators", description="The rule book without a server.")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("explain", help="recompute a stored reduction and print its whole working")
    command.add_argument("files", type=Path, nargs="+", help="the JSON of GET /v1/reductions/{id}")
    command.add_argument("--language", choices=list_languages(), default="en")
    pack = commands.add_parser("footprint", help="print a region pack beside its published total")
    pack.add_argument("region", help="a place with a pack, such as FR or CN-BJ, or the word comparison")
    commands.add_parser("flows", help="print which rules measure which flow")
    commands.add_parser("marks", help="print how many figures carry each mark, and which rules stop for it")
    commands.add_parser("calibration", help="print how often a credit exceeds the truth, by rule and place")
    importing.add_to(commands)
    chosen = parser.parse_args(arguments)
    if chosen.command == "flows":
        print(describe_flows(load_library().methodologies))
        return 0
    if chosen.command == "marks":
        print(describe_marks(load_library()))
        return 0
    if chosen.command == "calibration":
        print(describe_calibration(load_library()))
        return 0
    if chosen.command == "footprint":
        return describe_region(chosen.region)
    return import_figures(chosen) if chosen.command == "import" else explain_files(chosen)


def describe_region(region: str) -> int:
    """Print the document of one pack; the exit code."""
    try:
        print(describe_comparison() if region == COMPARISON else describe_pack(region))
    except CalculatorError as problem:
        print(str(problem), file=sys.stderr)
        return 1
    return 0


def import_figures(chosen: argparse.Namespace) -> int:
    """Take a published file into a table; the exit code."""
    try:
        code, said = importing.run(chosen, load_library().tables.regions)
    except OSError as problem:
        code, said = 1, [str(problem)]
    print("\n".join(said), file=sys.stderr if code else sys.stdout)
    return code


def explain_files(chosen: argparse.Namespace) -> int:
    """Print the working of every file; the exit code."""
    try:
        for file in chosen.files:
            print(explain_file(file, chosen.language))
    except (CalculatorError, OSError, ValueError, KeyError, TypeError) as problem:
        print(f"not reproduced: {_sentence(problem)}", file=sys.stderr)
        return 1
    return 0


def explain_file(path: Path, language: str) -> str:
    """The explanation of the reduction in a file. Raises RecordMismatch, OSError, ValueError or KeyError."""
    reduction = json.loads(path.read_text(encoding="utf-8"))
    working, document = reduction["working"], reduction["methodology"]["document"]
    _compare(reduction, working["results"])
    return str(explain(working, document, language))


def _compare(reduction: dict[str, Any], results: dict[str, Any]) -> None:
    """The integers shown beside the working must be those of the working."""
    for name in _SHOWN:
        if name in reduction and reduction[name] != results[name]:
            raise ValueError(f"{name} is shown as {reduction[name]}, the working says {results[name]}")


def _sentence(problem: Exception) -> str:
    return f"the file has no {problem}" if isinstance(problem, KeyError) else str(problem)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
