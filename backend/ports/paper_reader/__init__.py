"""Reading papers: one port, a child process of ours by default, nobody where that is too much for a machine.

    the_paper_reader().read(content, media)        PaperText(lines=("No. E-2026-2081", …), means="picture")

It takes a second or two and is refused while a transaction is open.
"""

from __future__ import annotations

from collections.abc import Callable

from backend.platform.core import context
from backend.ports.adapters import choose
from backend.ports.paper_reader.local import LocalReader
from backend.ports.paper_reader.port import PDF, NoReader, PaperReader, PaperText
from config import Settings

__all__ = ["PDF", "NoReader", "PaperReader", "PaperText", "the_paper_reader"]

ADAPTERS: dict[str, Callable[[Settings], PaperReader]] = {
    "local": LocalReader,
    "off": NoReader,
}


def the_paper_reader() -> PaperReader:
    """The reader of the current application; raise `ValueError` naming the known ones."""
    made: PaperReader = context.remembered("paper_reader", lambda: _make(context.settings()))
    return made


def _make(settings: Settings) -> PaperReader:
    return choose(ADAPTERS, "CARBON_PAPER_READER", settings.paper_reader, settings)
