"""An activity and its reduction as a reader sees them: numbers from the rows, words from the recorded working.

Words are only written after the numbers were recomputed from the record (`calculators.sentences`), so that what is
said can never differ from what is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from backend.activities.domain import DOCUMENTS, SUMS, Activity, ActivityStatus, EvidenceKind, Reduction
from backend.activities.domain.views import (
    Coded,
    ContrastView,
    DeductionView,
    EstimateView,
    LoggedActivity,
    NextStep,
    PointsView,
    ReductionView,
    ResultView,
    StoredItem,
    VersionView,
    VersionWithDocument,
    WorkingView,
)
from backend.activities.service.estimates import amount_of
from backend.activities.service.ledger_effects import above_of, metered_days
from backend.methodology.service import InForce, find_place, tell_around
from backend.platform.core import i18n
from backend.platform.core.i18n import Language
from backend.points.domain import ActivityPoints
from calculators import (
    Estimate,
    Methodology,
    bought_by,
    describe_conversions,
    explain,
    final_on,
    find_no_change_share,
    list_rounded,
    load_library,
    pick,
    recompute,
    sentences,
    sentences_of,
)

# What a person may attach, by the step that it takes; only papers have to be looked at by somebody.
EVIDENCE_BY_STEP: Mapping[str, tuple[str, ...]] = {
    "attach_track": (EvidenceKind.GPS_TRACE,),
    "attach_readings": (EvidenceKind.METER_READING,),
    "attach_paper": DOCUMENTS,
}
VOUCHED = ("smart_meter", "partner_record")  # what nobody hands in themselves


@dataclass(frozen=True)
class FreshEstimate:
    """An estimate that was made just now, with its working: nothing has to be recomputed for its words."""

    estimate: Estimate
    record: dict[str, Any]


def present(
    activity: Activity,
    reduction: Reduction,
    methodology: Methodology,
    worth: ActivityPoints,
    language: Language,
    fresh: FreshEstimate | None = None,
) -> LoggedActivity:
    """An activity with its newest reduction and its points, in words of `language` (as in `i18n`)."""
    working, words = _worded(reduction, methodology, language, fresh)
    version = VersionView(reduction.methodology_id, reduction.version, reduction.content_sha256)
    return LoggedActivity(
        id=activity.id,
        client_id=activity.client_id,
        title=methodology.title.get(language.key) or methodology.title["en"],
        category=methodology.category,
        status=activity.status,
        reason=_reason(activity, working, words, language),
        occurred_at=activity.occurred_at,
        local_day=activity.occurred_on,
        zone=activity.zone,
        duration_s=activity.duration_s,
        inputs=_inputs(activity, methodology),
        evidence_tier=activity.evidence_tier,
        created_at=activity.created_at,
        withdrawn_at=activity.withdrawn_at,
        reduction=ReductionView(**_reduction(reduction, working, words), methodology=version),
        points=PointsView(worth.amount, worth.state, worth.matures_at),
        notes=[
            *_rounded_notes(methodology, working, language),
            *_notes(activity, working, words, language),
            *_year_notes(reduction, language),
        ],
        next=_next_steps(activity, reduction, methodology, language),
    )


def present_working(reduction: Reduction, methodology: Methodology, figures: str, language: Language) -> WorkingView:
    """A reduction with its whole working; `figures` are those frozen with the version, as text."""
    working, words = _worded(reduction, methodology, language, None)
    return WorkingView(
        **_reduction(reduction, working, words),
        activity_id=reduction.activity_id,
        local_day=reduction.occurred_on,
        cause=reduction.cause,
        created_at=reduction.created_at,
        methodology=VersionWithDocument(
            id=reduction.methodology_id,
            version=reduction.version,
            sha256=reduction.content_sha256,
            document_sha256=methodology.sha256,
            document=methodology.text,
            figures=figures,
        ),
        explanation=[
            *explain(working, methodology.text, language.key).lines,
            *(str(note.message) for note in _year_notes(reduction, language)),
        ],
        no_change=_no_change(reduction, methodology, working, language),
        conversions=describe_conversions(methodology, working),
        working=working,
    )


def _no_change(
    reduction: Reduction, methodology: Methodology, working: Mapping[str, Any], language: Language
) -> str | None:
    """What somebody exactly average would be credited for changing nothing, where the mix of the region is known."""
    tables = load_library().tables
    share = find_no_change_share(methodology, tables, working["context"]["region"], reduction.occurred_on)
    if share is None:
        return None
    place, percent = tables.regions.name_of(share.region, language.key), round(share.permille / 10)
    return i18n.text("activity", "no_change_share", language=language, place=place, percent=percent)


def present_item(
    activity: Activity,
    reduction: Reduction,
    methodology: Methodology,
    language: Language,
    fresh: FreshEstimate | None = None,
) -> StoredItem:
    """What became of one item of a phone's queue, in short; arguments as for `present`."""
    reason = None
    if activity.reason is not None:
        reason = _reason(activity, *_worded(reduction, methodology, language, fresh), language)
    return StoredItem(
        id=activity.id,
        client_id=activity.client_id,
        status=activity.status,
        local_day=activity.occurred_on,
        reduction_id=reduction.id,
        reduction_g=reduction.reduction_g,
        credited_g=reduction.credited_g,
        behaviour_points=reduction.behaviour_points,
        reason=reason,
    )


def present_estimate(estimate: Estimate, in_force: InForce, language: Language) -> EstimateView:
    """What an activity would give, of an estimate that is not stored."""
    record = estimate.record()
    words = sentences_of(estimate, record, language.key)
    results = record["results"]
    version = VersionView(in_force.methodology_id, in_force.version, in_force.sha256)
    return EstimateView(
        status=results["status"],
        reason=None if results["reason"] is None else Coded(results["reason"], words["reason"]),
        reduction=ResultView(
            **{name: results[name] for name in SUMS}, **_result_words(record, words), methodology=version
        ),
        notes=[
            *_rounded_notes(in_force.methodology, record, language),
            *(Coded("warning", text) for text in words["warnings"]),
            *_preview_notes(estimate, language),
        ],
    )


def _rounded_notes(methodology: Methodology, working: Mapping[str, Any], language: Language) -> list[Coded]:
    """What was entered finer than it counts."""
    told = (one.words(language.key) for one in list_rounded(methodology, working))
    return [Coded("input_rounded", i18n.text("activity", "rounded", language=language, **words)) for words in told]


def _preview_notes(estimate: Estimate, language: Language) -> list[Coded]:
    """What to know before it happens of the rolling year of a metered rule."""
    on, above = estimate.working.context.on, ("above_baseline", above_of(estimate))
    return [] if metered_days(estimate) is None else _year_sentences(amount_of(estimate), above, on, language)


def _year_notes(reduction: Reduction, language: Language) -> list[Coded]:
    """The same of a stored reduction, as far as something shows it."""
    if not reduction.metered_days:
        return []
    # only what has grams lies above a baseline of others
    code = "above_baseline" if reduction.reduction_g else "above_own_past"
    return _year_sentences(reduction.amount, (code, reduction.above), reduction.occurred_on, language)


def _year_sentences(amount: int, above: tuple[str, int], on: date, language: Language) -> list[Coded]:
    """That a credit is provisional, and what an amount above is set against; `above` has the code of its sentence."""
    notes = []
    if amount:
        until = final_on(on).isoformat()
        notes.append(Coded("provisional", i18n.text("activity", "provisional", language=language, until=until)))
    code, much = above
    if much:
        notes.append(Coded(code, i18n.text("activity", code, language=language, above=much)))
    return notes


def _worded(
    reduction: Reduction, methodology: Methodology, language: Language, fresh: FreshEstimate | None
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The working of a reduction and its words, recomputed unless the estimate is a fresh one."""
    if fresh is not None:
        return fresh.record, sentences_of(fresh.estimate, fresh.record, language.key)
    working = reduction.working
    return working, sentences(working, methodology.text, language.key)


def _inputs(activity: Activity, methodology: Methodology) -> dict[str, Any]:
    """What was entered, in the methodology's order: PostgreSQL keeps the names of a document in an order of its own."""
    entered = {name: activity.inputs[name] for name in methodology.inputs if name in activity.inputs}
    return {
        name: {"value": value["value"], "unit": value["unit"]} if isinstance(value, Mapping) else value
        for name, value in entered.items()
    }


def _reduction(reduction: Reduction, working: Mapping[str, Any], words: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": reduction.id,
        "revision": reduction.revision,
        "superseded_at": reduction.superseded_at,
        **{name: getattr(reduction, name) for name in SUMS},
        **_result_words(working, words),
    }


def _result_words(working: Mapping[str, Any], words: Mapping[str, Any]) -> dict[str, Any]:
    results = working["results"]
    contrast = results["contrast_g"]
    return {
        "basis": words["basis"],
        "region": working["context"]["region"],
        "deductions": [
            DeductionView(deduction["kind"], deduction["weight"], reason)
            for deduction, reason in zip(results["deductions"], words["deductions"], strict=True)
        ],
        "contrast": None if contrast is None else ContrastView(words["contrast"], contrast),
    }


def _reason(
    activity: Activity, working: Mapping[str, Any], words: Mapping[str, Any], language: Language
) -> Coded | None:
    code = activity.reason
    if code is None:
        return None
    if code == working["results"]["reason"]:
        return Coded(code, words["reason"])
    # not the rule book's reason but ours: the activity went somewhere else since it was judged
    return Coded(code, i18n.text("activity", code, language=language))


def _next_steps(
    activity: Activity, reduction: Reduction, methodology: Methodology, language: Language
) -> list[NextStep]:
    """What would make the part count that the allowance kept back: what attests by itself first; or saying an age."""
    if age := _age_to_say(activity, reduction, methodology, language):
        return [age]
    if not reduction.withheld or activity.status == ActivityStatus.WITHDRAWN:
        return []
    steps = []
    for code, kinds in EVIDENCE_BY_STEP.items():
        known = [kind for kind in kinds if kind in methodology.evidence_weights]
        if known:
            message = i18n.text("activity", code, language=language, grams=reduction.withheld)
            steps.append(NextStep(code, message, reduction.withheld, known))
    vouched = [kind for kind in VOUCHED if kind in methodology.evidence_weights]
    if vouched and not steps:
        message = i18n.text("activity", "let_vouch", language=language, grams=reduction.withheld)
        steps.append(NextStep("let_vouch", message, reduction.withheld, vouched))
    return steps


def _age_to_say(
    activity: Activity, reduction: Reduction, methodology: Methodology, language: Language
) -> NextStep | None:
    """That a thing earns nothing because nobody says how long ago it was bought; what it would earn as a new one."""
    if activity.status != ActivityStatus.UNCREDITED:
        return None
    bought = bought_by(methodology.id)
    name = bought.age if bought else None
    working = reduction.working
    if name is None or name in activity.inputs:
        return None
    if activity.reason != working["results"]["reason"] or name not in working["inputs"]:
        return None
    kinds = [kind for kind in DOCUMENTS if kind in methodology.evidence_weights]
    inputs = {**working["inputs"], name: working["inputs"][name] | {"value": "0"}}
    shown = {**working["context"], "evidence": kinds[0], "allowance": None}
    amount = amount_of(recompute(working | {"inputs": inputs, "context": shown}, methodology.text))
    if not amount:
        return None
    asked = pick(methodology.quantities[name].title, language.key)
    message = i18n.text("activity", "say_age", language=language, input=asked, grams=amount)
    return NextStep("say_age", message, amount, kinds)


def place_notes(asked: str, language: Language) -> Sequence[Coded]:
    """That a place is not known by itself, and which around it was counted; nothing for one that is known."""
    return [Coded(note.code, note.message) for note in tell_around(asked, language)]


def _notes(
    activity: Activity, working: Mapping[str, Any], words: Mapping[str, Any], language: Language
) -> Sequence[Coded]:
    notes = [Coded("warning", text) for text in words["warnings"]]
    if activity.status == ActivityStatus.HELD:
        notes.append(Coded("held", i18n.text("activity", "held", language=language)))
    if activity.given_region is None:
        return notes
    notes += place_notes(activity.given_region, language)
    place = find_place(activity.given_region)
    if place is None or place.code != activity.region:
        facts = {
            "given": activity.given_region,
            "profile": activity.region,
            "used": working["context"]["region"],
        }
        notes.append(Coded("region_disagrees", i18n.text("activity", "region_disagrees", language=language, **facts)))
    return notes
