"""An activity and its reduction as a reader sees them: numbers from the rows, words from the recorded working.

Words are only written after the numbers were recomputed from the record (`calculators.sentences`), so that what is
said can never differ from what is stored.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from backend.activities.models import HELD
from backend.methodology.service import InForce
from backend.platform.core import i18n
from backend.platform.core.i18n import Language
from backend.points.domain import ActivityPoints
from calculators import Estimate, Methodology, explain, sentences, sentences_of

Row = Mapping[str, Any]
View = dict[str, Any]

ENGLISH = "en"
NUMBERS = ("baseline_g", "project_g", "reduction_g", "credited_g", "low_g", "high_g", "behaviour_points")


def present(
    activity: Row,
    reduction: Row,
    methodology: Methodology,
    points: ActivityPoints,
    language: Language,
    *,
    fresh: tuple[Estimate, Row] | None = None,
) -> View:
    """An activity with its newest reduction and its points, in words of `language` (as in `i18n`).

    `fresh` is the reduction's estimate with its record where it was made just now; otherwise it is recomputed from
    the stored working.
    """
    if fresh is None:
        working = json.loads(reduction["working"])
        words = sentences(working, methodology.text, language.key)
    else:
        working = fresh[1]
        words = sentences_of(*fresh, language.key)
    return {
        "id": activity["id"],
        "client_id": activity["client_id"],
        "status": activity["status"],
        "reason": _reason(activity, working, words, language),
        "occurred_at": activity["occurred_at"],
        "local_day": activity["occurred_on"],
        "zone": activity["zone"],
        "duration_s": activity["duration_s"],
        "inputs": _inputs(activity, methodology),
        "evidence_tier": activity["evidence_tier"],
        "created_at": activity["created_at"],
        "withdrawn_at": activity["withdrawn_at"],
        "reduction": _reduction(reduction, working, words),
        "points": {"amount": points.amount, "state": points.state, "matures_at": points.matures_at},
        "notes": _notes(activity, working, words, language),
    }


def present_working(reduction: Row, methodology: Methodology, language: Language) -> View:
    """A reduction with its whole working: enough to recompute it without a server."""
    working = json.loads(reduction["working"])
    words = sentences(working, methodology.text, language.key)
    shown = _reduction(reduction, working, words)
    return shown | {
        "activity_id": reduction["activity_id"],
        "local_day": reduction["occurred_on"],
        "cause": reduction["cause"],
        "created_at": reduction["created_at"],
        "methodology": shown["methodology"] | {"document": methodology.text},
        "explanation": list(explain(working, methodology.text, language.key).lines),
        "working": working,
    }


def present_outcome(
    activity: Row,
    reduction: Row,
    methodology: Methodology,
    language: Language,
    fresh: tuple[Estimate, Row] | None = None,
) -> View:
    """What became of one item of a phone's queue, in short; arguments as for `present`."""
    shown = {
        "id": activity["id"],
        "client_id": activity["client_id"],
        "status": activity["status"],
        "local_day": activity["occurred_on"],
        "reduction_id": reduction["id"],
        "reduction_g": reduction["reduction_g"],
        "credited_g": reduction["credited_g"],
        "behaviour_points": reduction["behaviour_points"],
        "reason": None,
    }
    if activity["reason"] is None:
        return shown
    if fresh is None:
        working = json.loads(reduction["working"])
        words = sentences(working, methodology.text, language.key)
    else:
        working, words = fresh[1], sentences_of(*fresh, language.key)
    return shown | {"reason": _reason(activity, working, words, language)}


def present_estimate(found: Estimate, in_force: InForce, language: Language) -> View:
    """What an activity would give, of an estimate that is not stored."""
    record = found.record()
    words = sentences_of(found, record, language.key)
    results = record["results"]
    return {
        "status": results["status"],
        "reason": _worded(results["reason"], words["reason"]),
        "reduction": {name: results[name] for name in NUMBERS} | _words(record, words) | _version_of(in_force),
        "notes": [{"code": "warning", "message": text} for text in words["warnings"]],
    }


def _inputs(activity: Row, methodology: Methodology) -> View:
    """What was entered, in the methodology's order: PostgreSQL keeps the names of a document in an order of its own."""
    entered = activity["inputs"]
    named = {name: entered[name] for name in methodology.inputs if name in entered}
    return {
        name: {"value": given["value"], "unit": given["unit"]} if isinstance(given, Mapping) else given
        for name, given in named.items()
    }


def _reduction(reduction: Row, working: Row, words: Row) -> View:
    return {
        "id": reduction["id"],
        "revision": reduction["revision"],
        "superseded_at": reduction["superseded_at"],
        **{name: reduction[name] for name in NUMBERS},
        **_words(working, words),
        "methodology": {
            "id": reduction["methodology_id"],
            "version": reduction["version"],
            "sha256": reduction["content_sha256"],
        },
    }


def _words(working: Row, words: Row) -> View:
    results = working["results"]
    contrast = results["contrast_g"]
    return {
        "basis": words["basis"],
        "region": working["context"]["region"],
        "deductions": [
            {"kind": deduction["kind"], "weight": deduction["weight"], "reason": reason}
            for deduction, reason in zip(results["deductions"], words["deductions"], strict=True)
        ],
        "contrast": None if contrast is None else {"label": words["contrast"], "grams": contrast, "credited": False},
    }


def _version_of(in_force: InForce) -> View:
    return {"methodology": {"id": in_force.methodology_id, "version": in_force.version, "sha256": in_force.sha256}}


def _reason(activity: Row, working: Row, words: Row, language: Language) -> View | None:
    code = activity["reason"]
    if code is not None and code == working["results"]["reason"]:
        return _worded(code, words["reason"])
    # not the rule book's reason but ours: the activity went somewhere else since it was judged
    return _worded(code, i18n.text("activity", code, language=language) if code else None)


def _worded(code: str | None, message: str | None) -> View | None:
    return None if code is None else {"code": code, "message": message}


def _notes(activity: Row, working: Row, words: Row, language: Language) -> list[View]:
    notes = [{"code": "warning", "message": text} for text in words["warnings"]]
    if activity["status"] == HELD:
        notes.append({"code": "held", "message": i18n.text("activity", "held", language=language)})
    given, lives_in = activity["given_region"], activity["region"]
    if given is not None and given != lives_in:
        facts = {"given": given, "profile": lives_in, "used": working["context"]["region"]}
        message = i18n.text("activity", "region_disagrees", language=language, **facts)
        notes.append({"code": "region_disagrees", "message": message})
    return notes
