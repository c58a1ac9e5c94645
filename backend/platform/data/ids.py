"""Identifiers made by us: sortable, prefixed by kind, safe to show.

`act_01jb…` is a ULID in lower case behind the kind's prefix: 48 bits of milliseconds, 80 random bits.
"""

from __future__ import annotations

import secrets

from ulid import ULID

# One place that names every kind, so that two slices never share a prefix.
KINDS = {
    "user": "usr",
    "session": "ses",
    "device": "dev",
    "passkey": "pky",
    "consent": "con",
    "letter": "let",
    "activity": "act",
    "routine": "rtn",
    "reduction": "red",
    "entry": "ent",
    "grant": "grt",
    "evidence": "evd",
    "methodology_version": "mev",
    "message": "msg",
    "note": "nte",
    "statement": "sta",
    "outbox": "out",
    "audit": "aud",
    "job_run": "run",
    "dead_letter": "ded",
    "project": "prj",
    "lot": "lot",
    "quote": "quo",
    "order": "ord",
    "payment": "pay",
    "refund": "ref",
    "notice": "ntc",
    "retirement": "ret",
    "certificate": "crt",
    "recall": "rcl",
    "recalled": "rcd",
    "replacement": "rpl",
    "household": "hou",
    "footprint_copy": "fpc",
    "circle": "cir",
    "working_draft": "wdr",
    "line_comment": "lco",
    "tree_holding": "trh",
    "planting": "pln",
    "tree_photo": "tph",
}

LENGTH = 4 + 26


def new_id(kind: str) -> str:
    """A fresh identifier of `kind` (a key of `KINDS`), later ones sorting after earlier ones by the millisecond."""
    return f"{KINDS[kind]}_{str(ULID()).lower()}"


def is_id(kind: str, text: str) -> bool:
    """Whether `text` has the form of an identifier of `kind`."""
    return len(text) == LENGTH and text.startswith(f"{KINDS[kind]}_")


def new_secret(size: int = 32) -> str:
    """A fresh unguessable text of `size` random bytes, for tokens and links; only its hash is ever stored."""
    return secrets.token_urlsafe(size)
