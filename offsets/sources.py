"""Where a document's statements are written, and how well that was read.

Promise: publisher, document, year and mark are always there; a mark is one of the few that law 10 knows. Touches
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from offsets.documents import Table

MARKS = ("official", "reported", "derived", "press", "recalled", "assumed", "conflicting")


@dataclass(frozen=True, slots=True)
class Source:
    """Where something is written.

    `year` is that of the document, `url` where anybody may read it, `mark` how it was read (law 10,
    calculators/figures/terms.py).
    """

    publisher: str
    document: str
    year: int
    url: str | None
    mark: str


def read_source(table: Table, *, finish: bool = True) -> Source:
    """Publisher, document, year, optional address and mark of a table."""
    source = Source(
        publisher=table.text("publisher"),
        document=table.text("document"),
        year=table.whole("year", least=1950, most=2100),
        url=table.url("url") if table.has("url") else None,
        mark=table.one_of("mark", MARKS),
    )
    if finish:
        table.done()
    return source
