"""Stripe's request bodies: bracketed form fields, checked against the names the SDK itself knows.

Promise: a parameter that Stripe does not have is refused as Stripe refuses it, and one that it has but the sandbox does
not simulate is refused too, so nothing is silently ignored. Touches nothing.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection
from functools import cache
from operator import attrgetter
from typing import Any
from urllib.parse import parse_qsl

import stripe.params
import stripe.params.checkout
from stripe._request_options import RequestOptions

from offsets.sandbox.errors import StripeRefusal

Params = dict[str, Any]
_FIELD = re.compile(r"([A-Za-z0-9_]+)((?:\[[^\[\]]*\])*)")
_TYPED_DICT = re.compile(r"\b\w+Params\w+\b")


def read_form(text: str) -> Params:
    """`a[b]=1&c[0]=x` as `{"a": {"b": "1"}, "c": ["x"]}`; refuses a name that is not one."""
    form: Params = {}
    for name, value in parse_qsl(text, keep_blank_values=True, max_num_fields=1000):
        found = _FIELD.fullmatch(name)
        if found is None:
            raise StripeRefusal(f"Invalid parameter name: {name}", code="parameter_unknown", param=name)
        _place(form, [found[1], *re.findall(r"\[([^\[\]]*)\]", found[2])], value)
    return {name: _as_list(value) for name, value in form.items()}


def check_names(params: Params, params_class: str, simulated: Collection[str]) -> None:
    """Refuse the first name that `stripe.params.<params_class>` does not have, or that is not simulated here."""
    known = _names(params_class)
    for name, value in params.items():
        if name not in known:
            raise StripeRefusal(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)
        for inner in value if isinstance(value, dict) and known[name] else ():
            if inner not in known[name]:
                raise StripeRefusal(
                    f"Received unknown parameter: {name}[{inner}]",
                    code="parameter_unknown",
                    param=f"{name}[{inner}]",
                )
        if name not in simulated:
            raise StripeRefusal(f"Stripe knows {name}, but this sandbox does not simulate it.", param=name)


def whole(params: Params, name: str, *, least: int = 0) -> int | None:
    """A whole number, or None when it was not given."""
    if name not in params:
        return None
    written = str(params[name])
    if not re.fullmatch(r"\d{1,12}", written, re.ASCII) or int(written) < least:
        raise StripeRefusal(f"Invalid integer: {written}", code="parameter_invalid_integer", param=name)
    return int(written)


def flag(params: Params, name: str) -> bool:
    """true or false; false when it was not given."""
    written = params.get(name, "false")
    if written not in ("true", "false"):
        raise StripeRefusal(f"Invalid boolean: {written}", param=name)
    return bool(written == "true")


def text(params: Params, name: str) -> str | None:
    """A text, or None when it was not given."""
    value = params.get(name)
    if value is not None and not isinstance(value, str):
        raise StripeRefusal("Invalid string", param=name)
    return value or None


@cache
def _names(params_class: str) -> dict[str, frozenset[str]]:
    """Top-level parameter names, each with the names allowed inside it (none where anything goes, as in metadata)."""
    known = attrgetter(params_class)(stripe.params)
    module = sys.modules[known.__module__]
    options = RequestOptions.__annotations__
    found = {}
    for name, annotation in known.__annotations__.items():
        if name not in options:
            inner = [getattr(module, word, None) for word in _TYPED_DICT.findall(str(annotation))]
            found[name] = frozenset(key for kind in inner if kind is not None for key in kind.__annotations__)
    return found


def _place(form: Params, path: list[str], value: str) -> None:
    *parents, last = path
    for name in parents:
        below = form.setdefault(name, {})
        if not isinstance(below, dict):
            raise StripeRefusal(f"Invalid parameter: {name}", param=name)
        form = below
    form[last or str(len(form))] = value


def _as_list(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _as_list(below) for name, below in value.items()}
    return list(inner.values()) if inner and all(name.isdigit() for name in inner) else inner
