"""The OpenAPI document in the caller's language: its title, how to begin, the groups, and what each operation does.

The words of operations are their functions' docstrings; `operations.toml` says them in other languages. What it does
not say stays English, and so do the names of fields, which are the same in every language.
"""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from backend.platform.core import i18n
from backend.platform.core.i18n import ENGLISH, Language

OPERATIONS = Path(__file__).with_name("operations.toml")


def put_into_words(document: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """The document in `language`, with how to begin at its head; the one given stays as it is."""
    told = copy.deepcopy(dict(document))
    told["info"]["title"] = i18n.text("docs", "title", language=language)
    told["info"]["description"] = i18n.text("docs", "begin", language=language)
    if language == ENGLISH:
        return told
    for part in (*told.get("tags", ()), *_operations(told)):
        for name in ("summary", "description"):
            if name in part:
                part[name] = i18n.pick(words().get(part[name], {ENGLISH.key: part[name]}), language)
    return told


@cache
def words() -> Mapping[str, i18n.Words]:
    """What operations and groups say, by their English."""
    data = tomllib.loads(OPERATIONS.read_text(encoding="utf-8"))
    return {english: {ENGLISH.key: english, **said} for english, said in data.items()}


def _operations(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [one for path in document["paths"].values() for one in path.values() if isinstance(one, dict)]
