"""The rule book as one signed archive: every approved document with its frozen figures, hashes and a changelog.

The same approvals and the same key make the same bytes on every machine: names sorted, no times, nothing compressed.
The manifest names the hash of every other file, and its signature lies beside it.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from backend.methodology import sql
from backend.methodology.models import MethodologyVersion
from backend.methodology.service.changelog import write_changelog
from backend.platform.privacy import signed_documents

KIND = "rulebook+jws"
SCHEMA = 1
MANIFEST, SIGNATURE, KEYS = "MANIFEST.json", "MANIFEST.jws", "KEYS.json"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the oldest time an archive can say
_READABLE_BY_ALL = 0o644 << 16

README = """# The rule book

`methodologies/<id>/<version>/` holds what was approved: `document.toml`, the rule, and `figures.json`, every figure it
can reach, pinned. The content hash that an approval names is the SHA-256 of the document, a zero byte, and the figures.

`MANIFEST.json` lists every version with who wrote it, who approved it and from which day it counts, and the SHA-256 of
every other file here. `MANIFEST.jws` is its detached signature (RFC 7515, appendix F; EdDSA): put the base64url of
`MANIFEST.json` between the two dots and check it as a JWS. The key is the one in `KEYS.json` that the header names; the
same keys are published at `/v1/certificates/keys`, and whoever doubts this archive takes them from there.

`CHANGELOG.md` says what each version changed. `python -m calculators explain reduction.json` recomputes a reduction
from its record and its document.
"""


class _Kept(NamedTuple):
    """The last archive that was made, and what it was made from."""

    made_from: Any
    archive: bytes


_last: list[_Kept] = []


def pack_rulebook(session: Session) -> bytes:
    """The archive (ZIP) of every version that was ever approved, withdrawn ones included."""
    made_from = (_fingerprint(session), json.dumps(signed_documents.public_keys(), sort_keys=True))
    if not _last or _last[0].made_from != made_from:
        _last[:] = [_Kept(made_from, _archive(session.scalars(sql.EVER_APPROVED).all()))]
    return _last[0].archive


def _fingerprint(session: Session) -> list[tuple[Any, ...]]:
    """What decides about the archive, without the long texts: content never changes under its hash."""
    return [tuple(row) for row in session.execute(sql.FINGERPRINT)]


def _archive(versions: Sequence[MethodologyVersion]) -> bytes:
    files = {
        "README.md": README,
        "CHANGELOG.md": write_changelog(versions),
        KEYS: _json(signed_documents.public_keys()),
    }
    for version in versions:
        files |= {
            f"{_folder(version)}/document.toml": version.document,
            f"{_folder(version)}/figures.json": version.figures,
        }
    manifest = _json(
        {
            "schema": SCHEMA,
            "versions": [_listed(version) for version in versions],
            "files": {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()},
        }
    )
    return _zip({**files, MANIFEST: manifest, SIGNATURE: signed_documents.sign_detached(manifest.encode(), KIND)})


def _listed(version: MethodologyVersion) -> dict[str, Any]:
    return {
        "methodology_id": version.methodology_id,
        "version": version.version,
        "sha256": version.content_sha256,
        "folder": _folder(version),
        "status": version.status,
        "authors": version.authors,
        "first_approved_by": version.first_approved_by,
        "approved_by": version.approved_by,
        "approved_at": version.approved_at and version.approved_at.isoformat(),
        "effective_on": version.effective_on and version.effective_on.isoformat(),
        "ended_on": version.ended_on and version.ended_on.isoformat(),
        "closing_reason": version.closing_reason,
    }


def _folder(version: MethodologyVersion) -> str:
    return f"methodologies/{version.methodology_id}/{version.version}"


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1) + "\n"


def _zip(files: Mapping[str, str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.external_attr = _READABLE_BY_ALL
            entry.create_system = 3  # the same on every system
            archive.writestr(entry, files[name].encode())
    return made.getvalue()
