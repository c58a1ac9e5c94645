"""What a function asks for is in its signature: few parameters, each with a name, and types that say what they hold."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.house.rooms import ROOMS
from tests.house.source import House, Module, dotted, rule

MOST_PARAMETERS = 6
# `**named` that is not for the function's own use, with the reason. Beyond these: what only goes on to `super()`
# or into another library's class, and a hook of a library that does not look at it (its name starts with `_`).
PASSED_ON: dict[str, str] = {
    "backend/platform/core/i18n.py text": "the placeholders of a text; each text has its own, as str.format takes them",
    "offsets/sandbox/pages.py _page": "the placeholders of a template, as render_template takes them",
    "offsets/sandbox/pages.py _address": "the query of an address, as url_for takes it",
    "offsets/sandbox/dispatch.py serve": "the ids in an address, as Flask's routing gives them",
    "backend/platform/web/edge.py view": "the values in a path, as Flask's routing gives them",
    "backend/platform/web/pages.py view": "the values in a path, as Flask's routing gives them",
    "backend/platform/web/pages.py say": "the placeholders of a text of a page",
    "backend/platform/ops/cli_actor.py run": "the arguments of a command, as click gives them",
    "backend/accounts/schemas/sign_in.py email": "the options of a marshmallow field, passed on as they are",
    "backend/platform/web/fields.py __init__": "the options of a marshmallow field, passed on with a word on its shape",
    "backend/portfolio/schemas/account.py __init__": "the options of a marshmallow field, passed on with its pattern",
    "backend/platform/web/fields.py refused": "the placeholders of the text of a code; each code has its own",
    "backend/platform/core/errors.py __init__": "the placeholders of the text of a code; each code has its own",
    "backend/platform/core/errors.py invalid_field": "the placeholders of the text of a code; each code has its own",
    "offsets/errors.py __init__": "the placeholders of the text of a code; each code has its own",
    "backend/ports/message_queue.py write": "the placeholders of a letter's texts; each kind of letter has its own",
    "backend/registry/api/certificate_page.py say": "the placeholders of a text of the certificate",
    "backend/platform/privacy/audit.py record": "what an action changed; each action keeps its own",
    "backend/paper/styles.py _type": "the attributes of a reportlab ParagraphStyle, passed on as they are",
}
# Dictionaries with a name of their own, with the reason they have no type.
UNTYPED_ALIASES: dict[str, str] = {
    "backend/platform/ops/outbox.py Facts": "JSON between two slices, whose topic alone knows its fields",
    "backend/platform/privacy/personal_data.py Record": "a record of an export, as JSON; each kind has its own fields",
    "offsets/sandbox/errors.py Body": "Stripe's own JSON, which the sandbox answers with",
    "offsets/sandbox/form_fields.py Params": "nested form fields, as Stripe's client sends them",
    "offsets/sandbox/store.py Record": "Stripe's own objects, which the sandbox keeps as JSON",
}
UNTYPED = re.compile(r"^(dict|Mapping|MutableMapping)\[str, (Any|object)\]$")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@rule
def no_function_asks_for_more_than_six_things(house: House) -> Iterator[str]:
    for module, function in functions(house):
        count = len(_parameters(function))
        if count > MOST_PARAMETERS:
            yield module.says(function.lineno, f"{function.name} takes {count} parameters: they want an object")


@rule
def no_function_hides_its_parameters(house: House) -> Iterator[str]:
    for module, function in functions(house):
        named = function.args.kwarg
        if named is None or named.arg.startswith("_") or f"{module.path} {function.name}" in PASSED_ON:
            continue
        is_typed = named.annotation is not None and ast.unparse(named.annotation).startswith("Unpack[")
        if not is_typed and not _only_goes_up(function, named.arg):
            yield module.says(function.lineno, f"{function.name} hides parameters behind **{named.arg}: name them")


@rule
def no_alias_stands_for_an_untyped_dictionary(house: House) -> Iterator[str]:
    for module in house.in_rooms(*ROOMS):
        for node in module.nodes:
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                if not isinstance(target, ast.Name) or f"{module.path} {target.id}" in UNTYPED_ALIASES:
                    continue
                if UNTYPED.match(ast.unparse(node.value)):
                    yield module.says(node.lineno, f"{target.id} is a dictionary by another name: make it a type")


def functions(house: House) -> Iterator[tuple[Module, Function]]:
    """Every function of the product with the module it stands in."""
    for module in house.in_rooms(*ROOMS):
        for node in module.nodes:
            if isinstance(node, Function):
                yield module, node


def module_names(house: House) -> Iterator[tuple[Module, str]]:
    """Every name that a module of the product is given a value for, with the module."""
    for module in house.in_rooms(*ROOMS):
        for node in module.tree.body:
            if isinstance(node, ast.Assign):
                yield from ((module, target.id) for target in node.targets if isinstance(target, ast.Name))


def _parameters(function: Function) -> list[str]:
    taken = function.args
    names = [argument.arg for argument in (*taken.posonlyargs, *taken.args, *taken.kwonlyargs)]
    return names[1:] if names[:1] in (["self"], ["cls"]) else names


def _only_goes_up(function: Function, name: str) -> bool:
    """Whether `**name` is used for nothing but `super().method(…, **name)`."""
    uses = [node for node in ast.walk(function) if isinstance(node, ast.Name) and node.id == name]
    passed = [
        keyword.value
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and _is_super(call.func.value)
        for keyword in call.keywords
        if keyword.arg is None
    ]
    return bool(uses) and all(use in passed for use in uses)


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and dotted(node.func) == "super"
