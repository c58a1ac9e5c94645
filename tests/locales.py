"""A locale that writes 0,5: built for the test, because a bare machine has only C and POSIX."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

NAME = "de_DE.UTF-8"


def decimal_comma(folder: Path) -> dict[str, str]:
    """The environment that switches a process to a decimal comma; empty where none can be built.

    Building needs glibc's `localedef` and its sources (Debian: the package `locales`).
    """
    if shutil.which("localedef"):
        subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", str(folder / NAME)], capture_output=True)
    # localedef leaves an empty folder, and says nothing in its exit code, when it has no sources
    return {"LOCPATH": str(folder), "LC_ALL": NAME} if (folder / NAME / "LC_NUMERIC").exists() else {}
