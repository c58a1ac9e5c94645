"""Consents: each asked by itself, with the version of its text; history is kept, the latest decision holds."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from sqlalchemy.orm import Session

from backend.accounts.domain import AccessStatus, ConsentText, Decision
from backend.accounts.sql import people as sql
from backend.platform.core import clock
from backend.platform.core.errors import invalid_field
from backend.platform.data import ids
from backend.platform.data.batch import fetch
from backend.platform.data.transactions import enqueue_write
from backend.platform.ops import outbox
from backend.platform.privacy.vault import the_vault

TEXTS = Path(__file__).resolve().parent.parent / "consents.toml"
PERSON, GUARDIAN = "person", "guardian"
PURPOSE = "accounts.consent"
TOPIC_CONSENT_WITHDRAWN = "accounts.consent_withdrawn"


@cache
def list_consent_texts() -> tuple[ConsentText, ...]:
    """Every text people are asked about, in the order of the file."""
    document = tomllib.loads(TEXTS.read_text(encoding="utf-8"))
    return tuple(ConsentText(kind=kind, **entry) for kind, entry in document.items())


def list_consent_titles() -> dict[str, Mapping[str, str]]:
    """What each text is called, by language."""
    return {f"consents.toml: {text.kind}": text.title for text in list_consent_texts()}


def get_text(kind: str) -> ConsentText:
    """The text of `kind`; raise `request.invalid` naming those there are."""
    found = {text.kind: text for text in list_consent_texts()}
    if kind not in found:
        raise invalid_field("kind", "not_one_of", choices=", ".join(found))
    return found[kind]


def check_required(given: Mapping[str, str]) -> None:
    """Raise `request.invalid` unless every required text is agreed to in its current version.

    `given` maps a kind to the version that was shown; a kind nobody asks a person about is refused.
    """
    texts = {text.kind: text for text in list_consent_texts() if text.by == PERSON}
    for kind, version in given.items():
        if kind not in texts:
            raise invalid_field(f"consents.{kind}", "not_one_of", choices=", ".join(texts))
        _check_version(f"consents.{kind}", texts[kind], version)
    for text in texts.values():
        if text.required and text.kind not in given:
            raise invalid_field(f"consents.{text.kind}", "consent_required", version=text.version)


def agree(session: Session, user_id: str, given: Mapping[str, str]) -> None:
    """Record agreement to every kind in `given`, after `check_required`."""
    for kind in given:
        _record(session, user_id, get_text(kind), is_given=True, by=None)


def record_decision(session: Session, user_id: str, kind: str, version: str, *, is_given: bool) -> None:
    """Record one decision of a person. A required text cannot be refused: that is what closing the account is for.

    Whoever takes back what they agreed to is told of under `TOPIC_CONSENT_WITHDRAWN`, with the `kind`.
    """
    text = get_text(kind)
    if text.by != PERSON:
        raise invalid_field("kind", "guardian_decides")
    _check_version("version", text, version)
    if text.required and not is_given:
        raise invalid_field("given", "consent_required", version=text.version)
    if not is_given and has_consent(session, user_id, kind):
        outbox.enqueue(session, user_id, TOPIC_CONSENT_WITHDRAWN, {"kind": kind})
    _record(session, user_id, text, is_given=is_given, by=None)


def agree_as_guardian(session: Session, user_id: str, guardian_email: str) -> None:
    """Record a guardian's agreement, with who gave it sealed beside it."""
    sealed = the_vault().seal(session, user_id, PURPOSE, guardian_email.encode())
    _record(session, user_id, get_text(GUARDIAN), is_given=True, by=sealed)


def list_consents(session: Session, user_id: str) -> list[Decision]:
    """The latest decision about each kind, in the order of the texts."""
    latest = {decided.kind: decided for decided in fetch(session, sql.consents_of(user_id)).all()}
    return [
        Decision(text.kind, last.version, last.is_given, last.version == text.version, last.decided_at)
        for text in list_consent_texts()
        if (last := latest.get(text.kind))
    ]


def has_consent(session: Session, user_id: str, kind: str) -> bool:
    """Whether someone's latest decision about `kind` is yes, for the text in force."""
    return any(d.kind == kind and d.is_given and d.is_current for d in list_consents(session, user_id))


def has_active_consent(session: Session, user_id: str, kind: str) -> bool:
    """Whether somebody who may act agrees to `kind`, for the text in force."""
    status = session.scalar(sql.STATUS, {"owner": user_id})
    return status == AccessStatus.ACTIVE and has_consent(session, user_id, kind)


def withdraw_optional(session: Session, user_id: str) -> None:
    """Take back every consent an account can do without."""
    for decision in list_consents(session, user_id):
        text = get_text(decision.kind)
        if decision.is_given and text.by == PERSON and not text.required:
            _record(session, user_id, text, is_given=False, by=None)


def _check_version(field: str, text: ConsentText, version: str) -> None:
    if version != text.version:
        raise invalid_field(field, "consent_outdated", version=text.version)


def _record(session: Session, user_id: str, text: ConsentText, *, is_given: bool, by: bytes | None) -> None:
    row = {
        "user_id": user_id,
        "id": ids.new_id("consent"),
        "kind": text.kind,
        "version": text.version,
        "is_given": is_given,
        "sealed_by": by,
        "decided_at": clock.database_now(session),
    }
    enqueue_write(session, sql.INSERT_CONSENT, row)
