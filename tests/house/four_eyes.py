"""Nobody decides about themselves: what an operator does declares whom it decides about, or why it is nobody."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.house.source import House, Module, dotted, rule

WRITES = ("post", "put", "patch", "delete")
# Commands that decide nothing, and why that is so. Every other command is declared with `acting(…, decides_about=…)`.
DECIDES_NOTHING = {
    "bootstrap-admin": "the documented first step of an installation without an administrator",
    "sync": "what the payment provider says decides",
    "compare": "what the payment provider says decides",
    "run": "does what was decided",
    "error-codes": "reads",
    "doctor": "reads",
    "distribute": "moves tables as they are, nobody's rows in particular",
    "audit": "reads",
    "list": "reads",
    "missing": "reads",
    "dead": "reads",
    "verify": "reads",
    "heads": "reads",
    "waiting": "reads",
    "attention": "reads",
    "dues": "reads",
    "effects": "reads",
    "exposure": "reads",
}


@rule
def an_operators_endpoint_says_whom_it_decides_about(house: House) -> Iterator[str]:
    for module in house.in_rooms("backend"):
        for node in module.nodes:
            if not isinstance(node, ast.Call) or dotted(node.func) not in {f"edge.{verb}" for verb in WRITES}:
                continue
            path = node.args[0] if node.args else None
            is_operators = isinstance(path, ast.Constant) and "/operator/" in f"{path.value}/"
            if is_operators and "decides_about" not in {word.arg for word in node.keywords}:
                yield module.says(node.lineno, "decides_about= is missing: about(…), About(…) or AboutNobody(…)")


@rule
def a_command_that_acts_says_whom_it_decides_about(house: House) -> Iterator[str]:
    for module in house.in_rooms("backend"):
        for line, name, decorators in _commands(module):
            declares = any(
                dotted(one.func) == "acting" and "decides_about" in {word.arg for word in one.keywords}
                for one in decorators
            )
            if not declares and name not in DECIDES_NOTHING:
                yield module.says(
                    line, f"{name}: declare it with acting(…, decides_about=…), or say why it decides nothing"
                )


def _commands(module: Module) -> Iterator[tuple[int, str, list[ast.Call]]]:
    """Every command with its name and the calls among its decorators."""
    for node in module.nodes:
        if isinstance(node, ast.FunctionDef):
            calls = [one for one in node.decorator_list if isinstance(one, ast.Call)]
            for one in calls:
                if dotted(one.func).endswith(".command") and one.args and isinstance(one.args[0], ast.Constant):
                    yield node.lineno, str(one.args[0].value), calls
