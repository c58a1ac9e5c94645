"""Routes whose addresses are written by code that is compiled when somebody first writes one.

Werkzeug compiles two functions for each route the moment it is added: nine tenths of what making an application
costs, though most routes are only ever read, never written.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from werkzeug.routing import Rule


class Route(Rule):
    """A rule of Werkzeug's that matches as every other, and compiles how its address is built on first use."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled = cache(super()._compile_builder)

        def build(rule: Rule, **values: object) -> tuple[str, str]:
            return compiled(append_unknown)(rule, **values)

        return build
