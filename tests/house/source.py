"""Reading the house: its Python files as syntax trees, its text files as text, and who imports what.

Nothing of the project is imported here, so a house that does not even start can still be judged.
"""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

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

    @property
    def room(self) -> str:
        return self.path.parts[0]

    @property
    def dotted(self) -> tuple[str, ...]:
        parts = self.path.with_suffix("").parts
        return parts[:-1] if parts[-1] == "__init__" else parts

    def imports(self) -> Iterator[Import]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (Import(node.lineno, name.name, name.name) for name in node.names)
            elif isinstance(node, ast.ImportFrom):
                module = self._absolute(node)
                yield from (Import(node.lineno, f"{module}.{name.name}", module) for name in node.names)

    def _absolute(self, node: ast.ImportFrom) -> str:
        if node.level == 0:
            return node.module or ""
        package = self.path.parent.parts
        above = package[: len(package) - node.level + 1]
        return ".".join([*above, *filter(None, [node.module])])

    def calls(self) -> Iterator[tuple[int, str]]:
        """Every call as its line and the dotted words before the bracket: `session.commit`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield node.lineno, dotted(node.func)

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
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.lineno, node.value
