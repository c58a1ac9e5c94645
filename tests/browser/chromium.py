"""The headless Chromium of the browser tests: one pinned build, unpacked beside the environment that runs the tests.

The build comes from the npm registry as a package that carries it (`@sparticuz/chromium`), through npm itself: no step
downloads anything else, and nobody has to be root. It is fetched once for each environment. Where there is no npm, a
Chromium that the machine has is taken.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PACKAGE, VERSION = "@sparticuz/chromium", "153.0.0"
SHA512 = "jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA=="  # as npm says it
BINARY, ARCHIVES = "chromium", ("al2023.tar", "fonts.tar")  # the browser; its libraries and a Latin font
UNPACK = "const z=require('zlib'),s=process;s.stdin.pipe(z.createBrotliDecompress()).pipe(s.stdout)"
ON_THE_MACHINE = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
PATIENCE_S = 90
REMEDY = (
    "The browser tests need Chromium: install npm (Debian: apt-get install npm), which fetches the pinned build at the "
    "next run, or install a Chromium of your own (Debian: apt-get install chromium-headless-shell)."
)
CHINESE_FONTS = Path(__file__).parents[2] / "backend" / "paper" / "font_files"
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>{folders}<cachedir>{cache}</cachedir>
<alias><family>sans-serif</family><prefer><family>Open Sans</family><family>Noto Sans SC</family></prefer></alias>
</fontconfig>"""


class ChromiumMissing(RuntimeError):
    """There is no Chromium, and this machine cannot fetch one; the message is the remedy."""


@dataclass(frozen=True)
class Chromium:
    """A browser that can be started: its program, and the environment in which its pages look alike everywhere."""

    program: Path
    environ: dict[str, str]


def find_chromium() -> Chromium:
    """The pinned build, fetched where that has not been done, else one of the machine; raise `ChromiumMissing`."""
    place = Path(sys.prefix) / f"chromium-{VERSION}"
    if not place.exists() and shutil.which("npm") and shutil.which("node"):
        with _one_at_a_time():
            if not place.exists():
                _install(place)
    if place.exists():
        return Chromium(place / BINARY, {"LD_LIBRARY_PATH": str(place / "lib")} | _fonts(place))
    if found := next(filter(None, map(shutil.which, ON_THE_MACHINE)), None):
        return Chromium(Path(found), {})
    raise ChromiumMissing(REMEDY)


def _install(place: Path) -> None:
    """Fetch the package, compare its hash with ours and unpack what is needed of it; all of it or nothing."""
    with tempfile.TemporaryDirectory(dir=place.parent) as scratch:
        _run("npm", "pack", f"{PACKAGE}@{VERSION}", "--silent", "--pack-destination", scratch)
        package = next(Path(scratch).glob("*.tgz"))
        found = base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode()
        if found != SHA512:
            raise ChromiumMissing(f"{PACKAGE} {VERSION} has another content than the one that was pinned: {found}.")
        _unpack(package, made := Path(scratch) / "made")
        made.rename(place)


def _unpack(package: Path, made: Path) -> None:
    made.mkdir()
    with tarfile.open(package) as opened:
        for name in (BINARY, *ARCHIVES):
            source = opened.extractfile(f"package/bin/{name}.br")
            (made / name).write_bytes(_run("node", "-e", UNPACK, given=source.read() if source else b""))
    for name in ARCHIVES:
        with tarfile.open(made / name) as archive:
            archive.extractall(made, filter="data")
        (made / name).unlink()
    (made / BINARY).chmod(0o755)


def _fonts(place: Path) -> dict[str, str]:
    """Only fonts that we bring: the same page has the same lines on every machine."""
    config = place / "ours.conf"
    if not config.exists():
        folders = "".join(f"<dir>{folder}</dir>" for folder in (place / "fonts", CHINESE_FONTS))
        config.write_text(FONTS.format(folders=folders, cache=place / "cache"))
    return {"FONTCONFIG_FILE": str(config)}


def _run(*command: str, given: bytes = b"") -> bytes:
    try:
        return subprocess.run(command, input=given, capture_output=True, check=True, timeout=PATIENCE_S).stdout
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        said = (error.stderr or b"").decode(errors="replace").strip()[-500:]
        raise ChromiumMissing(f"{command[0]} could not fetch {PACKAGE} {VERSION}: {said} {REMEDY}") from error


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Let one worker of this environment fetch, and the others wait for it."""
    handle = os.open(Path(sys.prefix) / "chromium.lock", os.O_CREAT | os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
