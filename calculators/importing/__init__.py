"""Published files of figures become rows of a table: judged line by line, written whole or not at all.

Promise: either every usable line of the file is in the table afterwards, or the table is as it was and each bad line is
named with its reason. What a file says is taken over as published; nobody has vouched for it until a person says so.

    reading = read_file(SOURCES["uk-flat-file"], Path("flat-file-2025.csv").read_bytes(), Asked(), regions)
    merged = merge(reading, None, "factors.uk", regions)
    if not reading.faults:
        write_whole(Path("library/factors/uk.csv"), merged.text)
"""

from __future__ import annotations

from calculators.importing.reader import Asked, Fault, LeftOut, Reading, Source, read_file
from calculators.importing.sources import SOURCES
from calculators.importing.tables import Merged, merge, table_name, write_whole

__all__ = [
    "SOURCES",
    "Asked",
    "Fault",
    "LeftOut",
    "Merged",
    "Reading",
    "Source",
    "merge",
    "read_file",
    "table_name",
    "write_whole",
]
