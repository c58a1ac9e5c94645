"""Every slice has the same few files, and each keeps its promise."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.house.rooms import file_of, slice_of
from tests.house.source import House, Module, dotted, rule

FILES = {
    "__init__",
    "api",
    "schemas",
    "domain",
    "service",
    "sql",
    "models",
    "wiring",  # attaches the slice to the outbox, the jobs and the command line as the application is built
}
# A file beyond those of every slice, with the reason it cannot be one of them.
MORE_FILES = {
    "checkout": {"flow"},  # the one place where transactions and remote calls alternate
    "jobs": {"runner"},  # opens a transaction per item, so it is no service
}

ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)
SQL_CALL = re.compile(r"(^|\.)(session\.\w+|enqueue_write|fetch_many)$")
# What builds a statement: the functions of SQLAlchemy and ours around them, and the methods of a table or a statement.
BUILDERS = ("sqlalchemy", "backend.platform.data.upsert")
NO_BUILDERS = ("sqlalchemy.orm.Session", "sqlalchemy.exc")
BUILDING = ("where", "returning", "order_by", "with_for_update")
WIRE = ("flask", "werkzeug", "requests", "urllib", "http", "smtplib", "socket", "stripe", "flask_smorest")
WEB_PARTS = (
    "backend.platform.web.edge",
    "backend.platform.web.problems",
    "backend.platform.web.json",
    "backend.platform.web.paging.window_of",
    "backend.platform.web.openapi",
)


@rule
def a_slice_has_only_the_few_files(house: House) -> Iterator[str]:
    for module in _in_slices(house):
        allowed = FILES | MORE_FILES.get(slice_of(module) or "", set())
        if file_of(module) not in allowed:
            yield module.says(1, f"is none of {', '.join(sorted(allowed))}: fold it into the one whose promise it is")


@rule
def an_api_only_carries(house: House) -> Iterator[str]:
    for module in _in_slices(house, "api"):
        for found in module.imports():
            if found.starts("sqlalchemy") and found.target != "sqlalchemy.orm.Session":
                yield module.says(found.line, f"imports {found.target}: SQL belongs in the slice's sql")
            if found.starts(
                "backend.platform.data.transactions.enqueue_write",
                "backend.platform.data.transactions.fetch_many",
                "calculators",
                "offsets",
            ):
                yield module.says(found.line, f"imports {found.target}: deciding belongs in the service")
        for node in module.nodes:
            if isinstance(node, ast.BinOp) and isinstance(node.op, ARITHMETIC) and not _is_text(node):
                yield module.says(node.lineno, "calculates: arithmetic belongs in the service or a rule book")
            if isinstance(node, ast.If | ast.IfExp) and "request" not in _names(node.test):
                yield module.says(node.lineno, "decides: only the shape of the request is an api's to ask about")
            if isinstance(node, ast.Call) and SQL_CALL.search(dotted(node.func)):
                yield module.says(node.lineno, f"{dotted(node.func)}(): SQL belongs in the slice's sql")


@rule
def a_service_knows_no_wire(house: House) -> Iterator[str]:
    for module in _in_slices(house, "service", "models"):
        for found in module.imports():
            if found.starts(*WIRE, *WEB_PARTS):
                yield module.says(found.line, f"imports {found.target}: a service knows neither HTTP nor Flask")


@rule
def a_service_works_inside_the_transaction_of_another(house: House) -> Iterator[str]:
    for module in _in_slices(house, "service"):
        for found in module.imports():
            if found.starts("backend.platform.data.transactions.in_transaction"):
                yield module.says(found.line, "opens a transaction: the edge or a job does, verbs compose")
        for line, called in module.calls():
            if called.endswith((".in_transaction", ".rollback", ".close")) or called == "in_transaction":
                yield module.says(line, f"{called}(): a service neither opens nor ends a transaction")


@rule
def a_slice_builds_its_statements_in_its_sql(house: House) -> Iterator[str]:
    for module in _in_slices(house):
        if file_of(module) in ("sql", "models"):
            continue
        for found in module.imports():
            name = found.target.rpartition(".")[2]
            if found.starts(*BUILDERS) and not found.starts(*NO_BUILDERS) and not name[0].isupper():
                yield module.says(found.line, f"imports {found.target}: the slice's sql builds the statement")
        for node in module.nodes:
            if isinstance(node, ast.Attribute) and node.attr == "__table__":
                yield module.says(node.lineno, "takes a table: the slice's sql builds the statement")
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in BUILDING:
                yield module.says(node.lineno, f".{node.func.attr}(): the slice's sql builds the statement")


@rule
def schemas_never_touch_the_database(house: House) -> Iterator[str]:
    for module in _in_slices(house, "schemas"):
        for found in module.imports():
            if found.starts("sqlalchemy", "backend.platform.data.transactions", "backend.app.extensions", "flask"):
                yield module.says(found.line, f"imports {found.target}: schemas are shape, nothing else")


def _in_slices(house: House, *files: str) -> Iterator[Module]:
    for module in house.in_rooms("backend"):
        if slice_of(module) and (not files or file_of(module) in files):
            yield module


def _names(node: ast.expr) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _is_text(node: ast.BinOp) -> bool:
    """Whether a sum puts pieces of text together, as far as the source shows."""
    return any(isinstance(side, ast.JoinedStr) or _is_string(side) for side in (node.left, node.right))


def _is_string(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
