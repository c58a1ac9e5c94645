"""The one way to expect a refusal: by its whole code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from backend.platform.core.errors import Refusal


@contextmanager
def refusal(code: str) -> Iterator[Refusal]:
    """What is inside is refused with exactly `code`; gives a refusal whose facts are filled in afterwards."""
    seen = Refusal(code)
    with pytest.raises(Refusal) as raised:
        yield seen
    assert raised.value.code == code
    seen.facts = raised.value.facts
