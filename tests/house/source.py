"""Reading the house: its Python files as syntax trees, its text files as text, and who imports what.

Nothing of the project is imported here, so a house that does not even start can still be judged.
"""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

N = TypeVar("N", bound=ast.AST)

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = {".venv", ".git", "var", "__pycache__", "vendor"}
BINARY = {".ttf", ".png", ".jpg", ".ico", ".pdf", ".woff2", ".db"}


@dataclass(frozen=True)
class Import:
    """One imported module or name, absolute and dotted: `from backend import ids` is `backend.ids`."""

    line: int
    target: str
    module: str

    def starts(self, *prefixes: str) -> bool:
        return any(self.target == prefix or self.target.startswith(f"{prefix}.") for prefix in prefixes)


@dataclass(frozen=True)
class Module:
    """One Python file; `path` is relative to the house."""

    path: PurePosixPath
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, filename=str(self.path))

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node of the tree, walked once: many rules look at each."""
        return list(ast.walk(self.tree))

    @cached_property
    def _by_kind(self) -> dict[type[ast.AST], list[Any]]:
        kinds: dict[type[ast.AST], list[Any]] = {}
        for node in self.nodes:
            kinds.setdefault(type(node), []).append(node)
        return kinds

    def nodes_of(self, kind: type[N]) -> list[N]:
        """The nodes of exactly this kind, in the order of the walk."""
        return self._by_kind.get(kind, [])

    @property
    def room(self) -> str:
        return self.path.parts[0]

    @property
    def dotted(self) -> tuple[str, ...]:
        parts = self.path.with_suffix("").parts
        return parts[:-1] if parts[-1] == "__init__" else parts

    def imports(self) -> Iterator[Import]:
        return iter(self._imports)

    @cached_property
    def _imports(self) -> list[Import]:
        plain = [Import(node.lineno, name.name, name.name) for node in self.nodes_of(ast.Import) for name in node.names]
        return plain + [
            Import(node.lineno, f"{module}.{name.name}", module)
            for node in self.nodes_of(ast.ImportFrom)
            for module in [self._absolute(node)]
            for name in node.names
        ]

    def _absolute(self, node: ast.ImportFrom) -> str:
        if node.level == 0:
            return node.module or ""
        package = self.path.parent.parts
        above = package[: len(package) - node.level + 1]
        return ".".join([*above, *filter(None, [node.module])])

    def calls(self) -> Iterator[tuple[int, str]]:
        """Every call as its line and the dotted words before the bracket: `session.commit`."""
        return ((node.lineno, dotted(node.func)) for node in self.nodes_of(ast.Call))

    def says(self, line: int, words: str) -> str:
        return f"{self.path}:{line} {words}"


@dataclass(frozen=True)
class House:
    """A tree of source files: the project, or a small planted one."""

    root: Path

    @cached_property
    def files(self) -> list[PurePosixPath]:
        """Every file that is, or is about to be, part of the project."""
        if (self.root / ".git").exists():
            command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
            listed = subprocess.run(command, cwd=self.root, capture_output=True, check=True, text=True).stdout
            found = [name for name in listed.split("\0") if name and (self.root / name).is_file()]
        else:
            found = [str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file()]
        paths = (PurePosixPath(name) for name in sorted(found))
        return [path for path in paths if not SKIPPED & set(path.parts)]

    @cached_property
    def modules(self) -> list[Module]:
        return [Module(path, self.read(path)) for path in self.files if path.suffix == ".py"]

    def in_rooms(self, *rooms: str) -> Iterator[Module]:
        return (module for module in self.modules if module.room in rooms)

    def texts(self) -> Iterator[tuple[PurePosixPath, str]]:
        return ((path, self.read(path)) for path in self.files if path.suffix not in BINARY)

    def read(self, path: PurePosixPath | str) -> str:
        return (self.root / path).read_text(encoding="utf-8")


@cache
def project() -> House:
    """The project as it stands, read and parsed once by each process of a run."""
    return House(ROOT)


def dotted(node: ast.expr) -> str:
    """`a.b.c` of a chain of attributes; the part before a call or subscript is `…`."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "…"


Rule = Callable[[House], Iterator[str]]
RULES: dict[str, Rule] = {}


def rule(check: Rule) -> Rule:
    """Register `check`: it yields one line per violation, each naming file, line and what to do instead."""
    RULES[check.__name__] = check
    return check


def strings(module: Module) -> Iterator[tuple[int, str]]:
    """Every string that is not a docstring, with its line."""
    documentation = {
        id(node.body[0].value)
        for node in module.nodes
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in module.nodes_of(ast.Constant):
        if isinstance(node.value, str) and id(node) not in documentation:
            yield node.lineno, node.value
