"""Files in a folder under `CARBON_VAR_DIR`: the default, for one machine."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from backend.platform.data.transactions import refuse_in_transaction
from backend.ports.storage.port import Missing, check_name, check_prefix, unavailable
from config import Settings

FOLDER = "files"


class FolderStorage:
    """Keeps each file under its name; nobody but the process's own user may read it."""

    def __init__(self, settings: Settings) -> None:
        self._root = settings.var_dir / FOLDER

    def put(self, name: str, content: bytes) -> None:
        """Write beside and rename, so that a crash leaves the old file or the new one."""
        target = self._path(name)
        try:
            _write(target, content)
        except OSError as error:
            raise unavailable(error) from error

    def get(self, name: str) -> bytes:
        """What lies under `name`; raise `Missing`."""
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError as error:
            raise Missing(name) from error

    def delete(self, name: str) -> None:
        """Let nothing lie under `name`."""
        self._path(name).unlink(missing_ok=True)

    def delete_all(self, prefix: str) -> None:
        """Remove the folder that `prefix` names."""
        refuse_in_transaction()
        check_prefix(prefix)
        folder = self._root / prefix
        if folder.exists():
            shutil.rmtree(folder)

    def _path(self, name: str) -> Path:
        refuse_in_transaction()
        check_name(name)
        return self._root / name


def _write(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # made readable for its owner only
    handle, written = tempfile.mkstemp(dir=target.parent, prefix=".")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(written).replace(target)
    except BaseException:
        Path(written).unlink(missing_ok=True)
        raise
