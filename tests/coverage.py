"""What share of the statements of each room the test processes themselves executed.

A run of everything measures and prints it; a run of what `-k` chooses does so under `--coverage`. Lines are counted by
SlipCover, which takes its counters out of the code again once they have counted (docs/adr/0016).
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MEASURED = ("calculators", "offsets", "backend")
SEEN = "statements seen"  # the key of a worker's answer to the process that prints
CAPTION = (
    "Statements executed, by room. What only a server or a command in a process of its own executes is not counted: "
    "it stands here as not executed."
)
Lines = Mapping[str, Iterable[int]]  # file, relative to the root: the lines of it that were executed


@dataclass(frozen=True)
class Share:
    """How many statements a room has and how many of them were executed."""

    statements: int
    executed: int

    @property
    def percent(self) -> float:
        return 100 * self.executed / self.statements if self.statements else 100.0

    def __add__(self, other: Share) -> Share:
        return Share(self.statements + other.statements, self.executed + other.executed)


class RoomCoverage:
    """A pytest plugin: counts in every process that runs tests, prints in the one that reports."""

    def __init__(self, root: Path = ROOT) -> None:
        from slipcover import ImportManager, Slipcover  # here, so that a run of a part needs no counter
        from slipcover.importer import FileMatcher

        self.root = root
        self._counter = Slipcover(source=[str(root / room) for room in MEASURED])
        self._imports = ImportManager(self._counter, FileMatcher([root / room for room in MEASURED]))
        self._seen: dict[str, set[int]] = defaultdict(set)

    def start(self) -> None:
        """Count in whatever is imported from now on."""
        if early := {name for name in sys.modules if name.split(".")[0] in MEASURED}:
            what = f"{len(early)} modules were imported before they could be counted ({min(early)}, …)"
            raise pytest.UsageError(f"--coverage: {what}. Choose tests by -k instead of by folder.")
        self._imports.__enter__()

    def add(self, lines: Lines) -> None:
        for path, numbers in lines.items():
            self._seen[path].update(numbers)

    def own_lines(self) -> dict[str, list[int]]:
        """The lines this process has executed, by file."""
        files = self._counter.get_coverage()["files"]
        return {
            str((self.root / path).relative_to(self.root)): found["executed_lines"] for path, found in files.items()
        }

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if (answer := getattr(session.config, "workeroutput", None)) is not None:
            answer[SEEN] = self.own_lines()
        else:
            self.add(self.own_lines())

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        self.add(getattr(node, "workeroutput", {}).get(SEEN, {}))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("coverage by room")
        for line in table(by_room(self.root, self._seen)):
            terminalreporter.write_line(line)


def is_wanted(config: pytest.Config) -> bool:
    """Whether this run measures: it was asked to, or it is a run of everything."""
    if config.getoption("--coverage"):
        return True
    chosen = config.getoption("keyword") or config.getoption("markexpr") or config.getoption("collectonly")
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not chosen


def by_room(root: Path, seen: Lines) -> dict[str, Share]:
    """The share of each room, in the order of the tree; files that nothing imported count as not executed."""
    shares: dict[str, Share] = defaultdict(lambda: Share(0, 0))
    for path in sorted(path for room in MEASURED for path in (root / room).rglob("*.py")):
        name = path.relative_to(root)
        lines = set(seen.get(str(name), ()))
        spans = list(statements(ast.parse(path.read_bytes())))
        executed = sum(1 for span in spans if not lines.isdisjoint(span))
        shares[room_of(name)] += Share(len(spans), executed)
    return {room: share for room, share in shares.items() if share.statements}


def room_of(path: Path) -> str:
    """`calculators/formula`, `offsets`, `backend/ledger`, `backend/platform/web`: the folder a reader thinks of."""
    folders = path.parts[:-1]
    depth = 3 if folders[:2] == ("backend", "platform") else 1 if folders[0] == "offsets" else 2
    return "/".join(folders[:depth])


def statements(tree: ast.Module) -> Iterator[range]:
    """The lines of each statement; of one with a body, those of its head."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt) or _does_nothing(node):
            continue
        body = getattr(node, "body", None)
        first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", ()))])
        last = body[0].lineno - 1 if body and body[0].lineno > node.lineno else node.end_lineno or node.lineno
        yield range(first, last + 1)


def table(shares: Mapping[str, Share]) -> Iterator[str]:
    """The lines of the printed table, the sum last."""
    width = max(map(len, [*shares, "room"]))
    yield CAPTION
    yield ""
    yield f"{'room':<{width}}  statements  executed  percent"
    for room, share in {**shares, "all": sum(shares.values(), Share(0, 0))}.items():
        yield f"{room:<{width}}  {share.statements:>10,}  {share.executed:>8,}  {share.percent:>6.1f}"


def _does_nothing(node: ast.stmt) -> bool:
    """A docstring, `global`, `nonlocal` or a bare annotation: no instruction stands for it."""
    if isinstance(node, ast.Global | ast.Nonlocal):
        return True
    if isinstance(node, ast.AnnAssign):
        return node.value is None
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
