"""What changed in the rule book, version by version: the lines of the document and the figures it rests on.

Touches nothing but the versions it is given.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from backend.methodology.domain import VersionStatus
from backend.methodology.models import MethodologyVersion
from backend.methodology.service.in_force import read_content
from calculators import Row

TITLE = "# Changelog of the rule book\n\nEvery version that was ever approved, the latest first day at the top.\n"


def write_changelog(versions: Sequence[MethodologyVersion]) -> str:
    """The changelog of these approved versions as Markdown; each is compared with the one approved before it."""
    before: dict[str, MethodologyVersion] = {}
    entries: list[tuple[str, str, int, str]] = []
    for version in sorted(versions, key=lambda one: (one.methodology_id, one.effective_on, one.version)):
        text = "\n".join(_entry(version, before.get(version.methodology_id)))
        entries.append((str(version.effective_on), version.methodology_id, version.version, text))
        before[version.methodology_id] = version
    newest = sorted(sorted(entries), key=lambda entry: entry[0], reverse=True)  # by id within one day
    return "\n".join([TITLE, *(text for *_, text in newest)])


def _entry(version: MethodologyVersion, before: MethodologyVersion | None) -> Iterator[str]:
    yield f"## {version.effective_on}: {version.methodology_id}, version {version.version}\n"
    yield f"Written by {', '.join(version.authors)}."
    approvers = " and ".join(one for one in (version.first_approved_by, version.approved_by) if one)
    yield f"Approved by {approvers} on {version.approved_at:%Y-%m-%d}."
    yield f"Content hash `{version.content_sha256}`.\n"
    if version.status == VersionStatus.WITHDRAWN:
        yield f"Withdrawn, and counts no more from {version.ended_on}: {version.closing_reason}\n"
    if before is None:
        yield f"The first version; it rests on {len(_figures(version))} figures.\n"
        return
    yield from _figure_changes(_figures(before), _figures(version))
    yield from _document_changes(before, version)


def _figure_changes(before: dict[tuple[str, ...], Row], after: dict[tuple[str, ...], Row]) -> Iterator[str]:
    changes = []
    for identity in sorted(before.keys() | after.keys()):
        old, new = before.get(identity), after.get(identity)
        name = " ".join(identity)
        if old is None and new is not None:
            changes.append(f"- new figure {name}: {_said(new)}")
        elif new is None and old is not None:
            changes.append(f"- without {name}: {_said(old)}")
        elif old is not None and new is not None and old != new:
            changes.append(f"- {name}: {_said(old)} became {_said(new)}{_columns_changed(old, new)}")
    yield from ["Figures:\n", *changes, ""] if changes else ["The same figures.\n"]


def _columns_changed(old: Row, new: Row) -> str:
    told = [
        name for name in Row.__slots__ if name not in ("value", "unit") and getattr(old, name) != getattr(new, name)
    ]
    return f" ({', '.join(told)} too)" if told else ""


def _document_changes(before: MethodologyVersion, after: MethodologyVersion) -> Iterator[str]:
    lines = list(difflib.unified_diff(before.document.splitlines(), after.document.splitlines(), lineterm="", n=1))
    yield from ["Document:\n", "```diff", *lines[2:], "```", ""] if lines else ["The same document.\n"]


def _figures(version: MethodologyVersion) -> dict[tuple[str, ...], Row]:
    tables = read_content(version.content_sha256, version.document, version.figures).tables
    return {(row.table, row.key, row.region, str(row.year)): row for row in tables.list_rows()}


def _said(row: Row) -> str:
    return f"{row.value:f} {row.unit}"
