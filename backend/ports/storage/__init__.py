"""Where files lie: one port, a folder by default, an S3-compatible bucket when it is configured.

    the_storage().put(name, content)        names are made by us: letters, digits, `_`, `-` and `/`

What is put here was sealed before: whoever reads the folder or the bucket reads nothing. A door to a slow, remote
thing: it refuses to be used while a transaction is open.
"""

from __future__ import annotations

from collections.abc import Callable

from backend.platform.core import context
from backend.ports.adapters import choose
from backend.ports.storage.folder import FolderStorage
from backend.ports.storage.port import Missing, Storage
from config import Settings

__all__ = ["Missing", "Storage", "the_storage"]


def _bucket(settings: Settings) -> Storage:
    # its client is a sixth of the time to start, and most who start keep a folder
    from backend.ports.storage.bucket import BucketStorage

    return BucketStorage(settings)


ADAPTERS: dict[str, Callable[[Settings], Storage]] = {"folder": FolderStorage, "s3": _bucket, "s3+http": _bucket}


def the_storage() -> Storage:
    """The storage of the current application; raise `ValueError` naming the known ones."""
    made: Storage = context.remembered("storage", lambda: _make(context.settings()))
    return made


def _make(settings: Settings) -> Storage:
    return choose(ADAPTERS, "CARBON_STORAGE", settings.storage, settings)
