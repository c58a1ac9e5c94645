"""Single doors: one place commits, tells the time, reads the environment, picks a status, talks to Stripe."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.house.rooms import ROOMS, slice_of
from tests.house.source import House, Module, dotted, rule, strings

TRANSACTION_DOOR = "backend/platform/data/transactions.py"
CLOCK = "backend/platform/core/clock.py"
STAMP = "backend/platform/data/columns.py"  # what a statement writes where it stamps its row by itself
PROBLEMS = "backend/platform/web/problems.py"
MEASURES_THE_DIFFERENCE = ("backend/platform/ops/doctor.py",)  # of the two clocks, to warn of it
BRINGS_ITS_OWN_CLOCK = ("backend/demo/",)  # the demonstration plays a week in a minute
STRIPE_DOOR = "offsets/stripe_gateway.py"
# A server of its own that stands in for Stripe: it has Stripe's clock, Stripe's statuses and its own books.
SANDBOX = "offsets/sandbox/"

CLOCK_READINGS = re.compile(
    r"(^|\.)(datetime\.(now|utcnow|today)|date\.today|time\.(time|time_ns|localtime|gmtime)"
    r"|func\.(now|current_timestamp|localtimestamp|sysdate))$"
)
SQL_CLOCKS = re.compile(r"\b(current_timestamp|clock_timestamp\(|now\(\)|'now')", re.IGNORECASE)
ENDPOINTS = re.compile(r"^backend/\w+/api(\.py|/)")
CHANGES_WHAT_WAS_SENT = re.compile(r"^(body|query)\.(pop|popitem|clear|update|setdefault)$")
# The tables behind `backend/ledger/models.py`, whatever else they are called later: all start with this word.
LEDGER_WRITES = re.compile(r"\b(update|insert\s+into|delete\s+from)\s+ledger_", re.IGNORECASE)


@rule
def only_the_transaction_door_commits(house: House) -> Iterator[str]:
    for module in _product(house, TRANSACTION_DOOR, SANDBOX):
        for line, called in module.calls():
            if called.endswith((".commit", "engine.begin", "session.begin", ".sessionmaker")):
                yield module.says(
                    line, f"{called}(): open a transaction with backend.platform.data.transactions.in_transaction"
                )


@rule
def endpoints_leave_what_was_sent_as_it_is(house: House) -> Iterator[str]:
    """Every attempt of the transaction door is given the same body and query."""
    for module in _product(house):
        if ENDPOINTS.search(str(module.path)):
            for line, called in module.calls():
                if CHANGES_WHAT_WAS_SENT.search(called):
                    yield module.says(line, f"{called}(): a transaction that is tried again would not find it")


@rule
def only_the_clock_tells_the_time(house: House) -> Iterator[str]:
    for module in _product(house, CLOCK, SANDBOX):
        for node in module.nodes:
            if isinstance(node, ast.Attribute) and CLOCK_READINGS.search(dotted(node)):
                yield module.says(
                    node.lineno, f"{dotted(node)}: ask backend.platform.core.clock, or take the instant as given"
                )
        for found in module.imports():
            if found.target in ("time.time", "time.time_ns"):
                yield module.says(found.line, f"imports {found.target}: ask backend.platform.core.clock")
        for line, words in strings(module) if str(module.path) != STAMP else ():
            if SQL_CLOCKS.search(words):
                yield module.says(line, "SQL that reads the clock: use clock.database_now(session)")


@rule
def what_meets_the_database_is_stamped_by_its_clock(house: House) -> Iterator[str]:
    for module in _product(house, CLOCK, *MEASURES_THE_DIFFERENCE, *BRINGS_ITS_OWN_CLOCK):
        for line in _readings_beside_a_session(module.tree, beside=False):
            yield module.says(line, "reads the process's clock beside a session: use clock.database_now(session)")


def _readings_beside_a_session(node: ast.AST, *, beside: bool) -> Iterator[int]:
    """The lines that read the process's clock in a function, or within one, that is given a session."""
    for part in ast.iter_child_nodes(node):
        inside = beside
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            taken = [*part.args.posonlyargs, *part.args.args, *part.args.kwonlyargs]
            inside = beside or any(argument.arg == "session" for argument in taken)
        if inside and isinstance(part, ast.Call) and dotted(part.func) in ("clock.now", "now"):
            yield part.lineno
        yield from _readings_beside_a_session(part, beside=inside)


@rule
def only_config_reads_the_environment(house: House) -> Iterator[str]:
    for module in _product(house, "config/", SANDBOX):
        for node in module.nodes:
            if isinstance(node, ast.Attribute) and dotted(node) in ("os.environ", "os.getenv", "os.environb"):
                yield module.says(node.lineno, f"{dotted(node)}: add a field to config.Settings")
        for found in module.imports():
            if found.target in ("os.environ", "os.getenv", "os.environb") or found.starts("dotenv", "environs"):
                yield module.says(found.line, f"imports {found.target}: add a field to config.Settings")


@rule
def only_problems_picks_an_error_status(house: House) -> Iterator[str]:
    for module in _product(house, PROBLEMS, SANDBOX):
        if module.room != "backend":
            continue
        for found in module.imports():
            if found.starts("werkzeug.exceptions", "flask.abort"):
                yield module.says(found.line, f"imports {found.target}: raise backend.platform.core.errors.Refusal")
        for node in module.nodes:
            if isinstance(node, ast.Call) and dotted(node.func).split(".")[-1] == "abort":
                yield module.says(node.lineno, "abort(): raise backend.platform.core.errors.Refusal")
            for value in _statuses_given(node):
                yield module.says(node.lineno, f"status {value}: raise Refusal, its status follows from its code")


@rule
def only_the_gateway_imports_stripe(house: House) -> Iterator[str]:
    for module in _product(house, STRIPE_DOOR):
        for found in module.imports():
            if found.starts("stripe") and not str(module.path).startswith(SANDBOX):
                yield module.says(found.line, f"imports {found.target}: go through offsets.gateway")


@rule
def only_the_ledger_changes_balances(house: House) -> Iterator[str]:
    for module in _product(house):
        if slice_of(module) == "ledger":
            continue
        for line, words in strings(module):
            if LEDGER_WRITES.search(words):
                yield module.says(line, "writes a table of the ledger: call backend.ledger.service")


def _product(house: House, *doors: str) -> Iterator[Module]:
    """The product's modules but those behind `doors`, given as the start of their paths."""
    return (module for module in house.in_rooms(*ROOMS) if not str(module.path).startswith(doors))


def _statuses_given(node: ast.AST) -> Iterator[int]:
    """The error statuses a node hands out: as a keyword or in `return body, 404`."""
    if isinstance(node, ast.keyword) and node.arg in ("status", "status_code", "code"):
        yield from _error_number(node.value)
    elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple) and len(node.value.elts) > 1:
        yield from _error_number(node.value.elts[1])


def _error_number(node: ast.expr) -> Iterator[int]:
    if isinstance(node, ast.Constant) and isinstance(node.value, int) and 400 <= node.value <= 599:
        yield node.value
