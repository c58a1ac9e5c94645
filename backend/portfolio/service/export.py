"""Everything kept of one person, with no more than a page of it in memory.

Each page is read in a transaction of its own: somebody who reads slowly, over a phone, keeps neither a connection
nor a snapshot, and somebody who is erased meanwhile gets no further page.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.activities import service as activities
from backend.activities.domain import EvidencePiece
from backend.platform.core import clock
from backend.platform.privacy import personal_data
from backend.platform.privacy.personal_data import AT_ONCE, Kind, Record
from backend.ports.storage import Missing, the_storage

FILE = "file"
SCHEMA = "carbon-account/export/1"

# read(verb): what `verb(session)` returns, in a read-only transaction
Read = Callable[[Callable[[Session], Any]], Any]


def list_kept(read: Read, user_id: str) -> Iterator[Sequence[Record]]:
    """Pages of documents: what this is, every record with its kind and owner, every file, and how many there were.

    The records of guests who joined the account are among them, under the guest's own id.
    """
    guests = read(lambda session: accounts.list_brought_guests(session, user_id))
    yield [{"kind": "export", "schema": SCHEMA, "user_id": user_id, "guests": guests, "begun_at": clock.now()}]
    counted: Counter[str] = Counter()
    for owner in (user_id, *guests):
        for kind in personal_data.kinds():
            for page in _pages(read, owner, kind):
                counted[kind.name] += len(page)
                yield [{"kind": kind.name, "owner": owner, "record": record} for record in page]
        for file in _files(read, owner):
            counted[FILE] += 1
            yield [{"kind": FILE, "owner": owner, "record": file}]
    yield [{"kind": "end", "records": dict(counted)}]


def _files(read: Read, owner: str) -> Iterator[Record]:
    """Each file that was handed in, one in memory; `content` is nothing where the storage has lost it."""
    for piece in read(lambda session: activities.list_kept_files(session, owner)):
        try:
            sealed = the_storage().get(piece.file_name)
        except Missing:
            content = None
        else:
            content = base64.b64encode(_unseal(read, piece, sealed)).decode("ascii")
        yield {"id": piece.id, "media": piece.media, "encoding": "base64", "content": content}


def _unseal(read: Read, piece: EvidencePiece, sealed: bytes) -> bytes:
    content: bytes = read(lambda session: activities.unseal_content(session, piece, sealed))
    return content


def _pages(read: Read, owner: str, kind: Kind) -> Iterator[Sequence[Record]]:
    after = ""
    while True:

        def page(session: Session, after: str = after) -> list[Record]:
            # a row is a view of its result: the copy can be written
            return [dict(row) for row in islice(kind.read(session, owner, after), AT_ONCE)]

        rows = read(page)
        if not rows:
            return
        yield rows
        after = str(rows[-1][kind.key])
