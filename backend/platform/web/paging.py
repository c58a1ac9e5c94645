"""The query of every list on the wire: `?limit=&cursor=`."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from backend.platform.data.paging import Window
from backend.platform.web.fields import WrittenNumber

DEFAULT_LIMIT = 20
MAX_LIMIT = 200
MAX_CURSOR = 400


class WindowQuery(ma.Schema):
    """The query of every list."""

    limit = WrittenNumber(
        minimum=1, maximum=MAX_LIMIT, load_default=DEFAULT_LIMIT, metadata={"description": "rows a page"}
    )
    cursor = ma.fields.String(
        load_default=None,
        validate=ma.validate.Length(1, MAX_CURSOR),
        metadata={"description": "next_cursor of the page before"},
    )


def window_of(query: dict[str, Any]) -> Window:
    """The window in a loaded query; removes its two fields from `query`."""
    limit, cursor = query.pop("limit"), query.pop("cursor")
    return Window(limit, cursor)
