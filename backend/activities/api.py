"""Endpoints of activities: what people did, what it came to, and every gram's working."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from backend.activities import service
from backend.activities.domain import (
    GEOJSON,
    JPEG,
    MEDIA,
    MOST_BYTES,
    ActivityFilter,
    Correction,
    EvidencePiece,
    LogActivity,
    NewRoutine,
    Preview,
    views,
)
from backend.activities.schemas import (
    ActivityIn,
    ActivityOut,
    ActivityQuery,
    AppealIn,
    AttestedEvidenceOut,
    BatchIn,
    BatchOut,
    ConfirmIn,
    CorrectionIn,
    DecisionsOut,
    DueOut,
    EarlierReportsOut,
    EstimateIn,
    EstimateOut,
    EvidenceIn,
    EvidenceOut,
    EvidenceQuery,
    IssuanceOut,
    IssuanceQuery,
    LateEvidenceIn,
    OpenedCaseOut,
    ReductionUseOut,
    ReductionUseQuery,
    RoutineIn,
    RoutineOut,
    RulingIn,
    SkipIn,
    WaitingActivityOut,
    WorkingOut,
)
from backend.platform.core.actor import Actor
from backend.platform.core.errors import Refusal
from backend.platform.core.i18n import Language
from backend.platform.core.roles import ADMIN, ANYONE, AUDITOR, PARTNER, SIGNED_IN, SUPPORT, holders_of
from backend.platform.data.paging import Page, Window
from backend.platform.privacy.decisions import about
from backend.platform.web.edge import Edge, reading, writing
from backend.platform.web.idempotency import Steps
from backend.platform.web.limits import ACCOUNT, NETWORK, Limit
from backend.platform.web.uploads import Sent, Upload
from backend.ports.storage import Missing, the_storage
from config import Policy

edge = Edge("activities", "What people did, and what it came to", who=SIGNED_IN)

ATTESTERS = holders_of(PARTNER, SUPPORT)
AUDITORS = holders_of(AUDITOR, ADMIN)
DECIDERS = holders_of(SUPPORT, ADMIN)
OWNER = about("user_id")
JUDGES = holders_of(SUPPORT, ADMIN, AUDITOR)
# what telephones of Apple take; no decoder for it is among ours
HEIC = dict.fromkeys(("image/heic", "image/heif"), "evidence.not_a_picture")
FILES = Upload(MEDIA, MOST_BYTES, HEIC, lambda query: service.media_of(query["kind"]))
UPLOADS = Limit("evidence", "60 per hour", by=ACCOUNT)
# of a network: many people may sit behind one
ESTIMATES = Limit("estimates", "600 per minute", by=NETWORK)
BATCHES = Limit("batch", "60 per minute", by=ACCOUNT)
CORRECTED = Limit("correct_activity", "120 per hour", by=ACCOUNT)
ADDED = Limit("add_evidence", "120 per hour", by=ACCOUNT)


@edge.post("/activities", body=ActivityIn, answer=ActivityOut, status=201)
def log_activity(
    session: Session, actor: Actor, body: dict[str, Any], language: Language, policy: Policy
) -> views.LoggedActivity:
    """Log an activity; it is judged at once, and its points are pending."""
    return service.log(session, actor.user_id, LogActivity(**body), language, policy)


@edge.post("/activities/batch", body=BatchIn, answer=BatchOut, limits=(BATCHES,))
def log_activities(session: Session, actor: Actor, body: dict[str, Any], language: Language) -> dict[str, Any]:
    """Log a phone's queue of up to 500 activities: one outcome each, in the order sent; safe to send again for ever."""
    return {"outcomes": service.log_batch(session, actor.user_id, body["items"], language)}


@edge.post("/routines", body=RoutineIn, answer=RoutineOut, status=201)
def add_routine(session: Session, actor: Actor, body: dict[str, Any]) -> views.RoutineView:
    """Say what you do again and again: you will be asked for each day, and nothing is logged before you confirm."""
    return service.add_routine(session, actor.user_id, NewRoutine(**body))


@edge.get("/routines", answer=RoutineOut, page=True)
def list_routines(session: Session, actor: Actor, window: Window) -> Page[views.RoutineView]:
    """List your routines, the newest first."""
    return service.list_routines(session, actor.user_id, window)


@edge.get("/routines/due", answer=DueOut)
def list_due_routines(session: Session, actor: Actor) -> dict[str, Any]:
    """List the days that wait for your word, the latest first."""
    return {"due": service.list_due(session, actor.user_id)}


@edge.post("/routines/<routine_id>/confirm", body=ConfirmIn, answer=ActivityOut)
def confirm_routine(
    session: Session, actor: Actor, routine_id: str, body: dict[str, Any], language: Language
) -> views.LoggedActivity:
    """Say that you did it on a day: it is logged, once, however often you confirm."""
    return service.confirm(session, actor.user_id, routine_id, body["on"], body["inputs"], language)


@edge.post("/routines/<routine_id>/skip", body=SkipIn)
def skip_routine(session: Session, actor: Actor, routine_id: str, body: dict[str, Any]) -> None:
    """Say that you did not do it on a day."""
    service.skip(session, actor.user_id, routine_id, body["on"])


@edge.delete("/routines/<routine_id>")
def end_routine(session: Session, actor: Actor, routine_id: str) -> None:
    """End a routine; what you confirmed stays."""
    service.end_routine(session, actor.user_id, routine_id)


@edge.get("/activities", query=ActivityQuery, answer=ActivityOut, page=True)
def list_activities(
    session: Session, actor: Actor, query: dict[str, Any], window: Window, language: Language
) -> Page[views.LoggedActivity]:
    """List your activities, the latest first."""
    return service.list_activities(session, actor.user_id, window, language, ActivityFilter(**query))


@edge.get("/activities/<activity_id>", answer=ActivityOut)
def get_activity(session: Session, actor: Actor, activity_id: str, language: Language) -> views.LoggedActivity:
    """Read one of your activities."""
    return service.get_activity(session, actor.user_id, activity_id, language)


@edge.put("/activities/<activity_id>", body=CorrectionIn, answer=ActivityOut, once=True, limits=(CORRECTED,))
def correct_activity(
    session: Session, actor: Actor, activity_id: str, body: dict[str, Any], language: Language, policy: Policy
) -> views.LoggedActivity:
    """Correct an activity: grams and points become those of what you say now; what you said before stays readable."""
    said = {name: value for name, value in body.items() if name != "revision"}
    correction = Correction(activity_id, body["revision"], LogActivity(**said))
    return service.correct(session, actor.user_id, correction, language, policy)


@edge.get("/activities/<activity_id>/reports", answer=EarlierReportsOut)
def list_earlier_reports(session: Session, actor: Actor, activity_id: str) -> dict[str, Any]:
    """Read what an activity said before it was corrected, each with the reduction it came to."""
    return {"reports": service.list_earlier_reports(session, actor.user_id, activity_id)}


@edge.post("/activities/<activity_id>/withdraw", answer=ActivityOut)
def withdraw_activity(session: Session, actor: Actor, activity_id: str, language: Language) -> views.LoggedActivity:
    """Take an activity back; what shared a cap with it is settled again."""
    return service.withdraw(session, actor.user_id, activity_id, language)


@edge.post("/activities/<activity_id>/evidence", body=LateEvidenceIn, answer=ActivityOut, limits=(ADDED,))
def add_activity_evidence(
    session: Session, actor: Actor, activity_id: str, body: dict[str, Any], language: Language
) -> views.LoggedActivity:
    """Support an activity with better evidence that arrived later; its weight is raised and you are told."""
    return service.add_evidence(session, actor.user_id, activity_id, body["evidence"], language)


@edge.get("/activities/<activity_id>/decisions", answer=DecisionsOut)
def list_decisions(session: Session, actor: Actor, activity_id: str, language: Language) -> views.DecisionsView:
    """Read by which rule, or by whom, an activity was believed or not."""
    return service.list_decisions(session, actor.user_id, activity_id, language)


@edge.post("/activities/<activity_id>/appeal", body=AppealIn, answer=ActivityOut)
def appeal_activity(
    session: Session, actor: Actor, activity_id: str, body: dict[str, Any], language: Language
) -> views.LoggedActivity:
    """Appeal against the decision on an activity, once; an operator looks at it and answers."""
    return service.appeal(session, actor.user_id, activity_id, body["words"], language)


@edge.get("/operator/held", answer=WaitingActivityOut, page=True, who=JUDGES)
def list_waiting(session: Session, actor: Actor, window: Window, language: Language) -> Page[views.WaitingActivity]:
    """List everybody's activities that wait for a decision: held by a rule, or appealed; the oldest first."""
    return service.list_waiting(session, window, language)


@edge.post(
    "/operator/held/<user_id>/<activity_id>/open",
    answer=OpenedCaseOut,
    who=DECIDERS,
    decides_about=OWNER,
)
def open_held_activity(
    session: Session, actor: Actor, user_id: str, activity_id: str, language: Language
) -> service.OpenedCase:
    """See what a decision rests on: links to the evidence for five minutes, the rule, the person's pattern, the worth.

    That it was opened, and by whom, is written down.
    """
    return service.open_case(session, actor.user_id, user_id, activity_id, language)


@edge.post(
    "/operator/held/<user_id>/<activity_id>/accept",
    body=RulingIn,
    answer=ActivityOut,
    who=DECIDERS,
    decides_about=OWNER,
)
def accept_activity(
    session: Session, actor: Actor, user_id: str, activity_id: str, body: dict[str, Any], language: Language
) -> views.LoggedActivity:
    """Credit an activity that was held, or refused and appealed."""
    ruling = service.Ruling(actor.user_id, user_id, activity_id, body["reason"])
    return service.accept(session, ruling, language)


@edge.post(
    "/operator/held/<user_id>/<activity_id>/reject",
    body=RulingIn,
    answer=ActivityOut,
    who=DECIDERS,
    decides_about=OWNER,
)
def reject_activity(
    session: Session, actor: Actor, user_id: str, activity_id: str, body: dict[str, Any], language: Language
) -> views.LoggedActivity:
    """Credit nothing for an activity, held, appealed or credited; what it had is reversed."""
    ruling = service.Ruling(actor.user_id, user_id, activity_id, body["reason"])
    return service.reject(session, ruling, language)


@edge.get("/reductions/<reduction_id>", answer=WorkingOut)
def get_reduction(session: Session, actor: Actor, reduction_id: str, language: Language) -> views.WorkingView:
    """Read the whole working of a reduction: enough to recompute it without this server."""
    return service.get_reduction(session, actor.user_id, reduction_id, language)


@edge.post("/estimates", body=EstimateIn, answer=EstimateOut, who=ANYONE, transaction=False, limits=(ESTIMATES,))
def estimate_activity(actor: Actor, body: dict[str, Any], language: Language) -> views.EstimateView:
    """Ask what an activity would give; nothing is stored."""
    return reading(actor, lambda session: service.preview(session, Preview(**body), language))


@edge.post(
    "/operator/evidence",
    body=EvidenceIn,
    answer=AttestedEvidenceOut,
    status=201,
    who=ATTESTERS,
    decides_about=OWNER,
)
def attest_evidence(session: Session, actor: Actor, body: dict[str, Any]) -> EvidencePiece:
    """Attest a piece of evidence for somebody: a fare record, a trace, a reading."""
    return service.attest(session, actor.user_id, **body)


@edge.post(
    "/evidence", upload=FILES, query=EvidenceQuery, answer=EvidenceOut, status=201, steps=True, limits=(UPLOADS,)
)
def upload_evidence(actor: Actor, upload: Sent, query: dict[str, Any]) -> Steps:
    """Hand in a picture, a reading or a track (the body is the file); pictures lose their place and every other tag."""
    facts = {name: value for name, value in query.items() if name != "kind"}
    piece = service.examine(upload.take(), upload.media, query["kind"], facts)
    # compared outside of any transaction: it takes up to a second for a day's ride in a city
    alike = service.most_alike(piece, reading(actor, lambda session: service.list_sketches(session, piece)))
    alike = alike or service.most_alike_picture(piece, _earlier_pictures(actor, piece))

    def begin(session: Session) -> dict[str, Any]:
        return {"id": service.record_evidence(session, actor.user_id, piece, alike).id}

    def finish(facts: dict[str, Any]) -> service.PieceView:
        stored = reading(actor, lambda session: service.get_piece(session, actor.user_id, facts["id"]))
        sealed = reading(actor, lambda session: service.seal_content(session, str(stored.sealed_for), piece.content))
        the_storage().put(stored.file_name, sealed)
        writing(actor, lambda session: service.mark_kept(session, stored))
        return reading(actor, lambda session: service.get_evidence(session, actor.user_id, stored.id))

    return Steps(begin, finish)


def _earlier_pictures(actor: Actor, piece: service.Piece) -> Iterator[tuple[EvidencePiece, bytes]]:
    """Those a picture may be a copy of, each with its file as far as there still is one."""
    for earlier in reading(actor, lambda session: service.list_earlier_pictures(session, piece)):
        try:
            content = _content_of(actor, earlier)
        except Refusal:  # its owner was erased between the two
            continue
        yield earlier, content


@edge.get("/evidence", answer=EvidenceOut, page=True)
def list_evidence(session: Session, actor: Actor, window: Window) -> Page[service.PieceView]:
    """List what you have handed in and what was attested for you, the newest first."""
    return service.list_evidence(session, actor.user_id, window)


@edge.get("/evidence/<evidence_id>", answer=EvidenceOut)
def get_evidence(session: Session, actor: Actor, evidence_id: str) -> service.PieceView:
    """Read one piece, with a link to its file that lives for five minutes."""
    return service.get_evidence(session, actor.user_id, evidence_id)


@edge.get("/evidence/pictures/<ticket>", media=JPEG, who=ANYONE, transaction=False)
def get_picture(actor: Actor, ticket: str) -> bytes:
    """See a picture by its link."""
    return _opened(actor, ticket, JPEG)


@edge.get("/evidence/traces/<ticket>", media=GEOJSON, who=ANYONE, transaction=False)
def get_track(actor: Actor, ticket: str) -> bytes:
    """See a track by its link: all of it until its activity is decided, after that a coarse one."""
    return _opened(actor, ticket, GEOJSON)


def _opened(actor: Actor, ticket: str, media: str) -> bytes:
    return _content_of(actor, reading(actor, lambda session: service.open_link(session, ticket, media)))


def _content_of(actor: Actor, piece: EvidencePiece) -> bytes:
    try:
        sealed = the_storage().get(piece.file_name)
    except Missing as missing:
        raise Refusal("not_found.evidence") from missing
    return reading(actor, lambda session: service.unseal_content(session, piece, sealed))


@edge.get(
    "/operator/factors/<key>/reductions", query=ReductionUseQuery, answer=ReductionUseOut, page=True, who=AUDITORS
)
def list_reductions_using_factor(
    session: Session, actor: Actor, key: str, query: dict[str, Any], window: Window
) -> Page[service.ReductionUse]:
    """List everybody's reductions that rest on a figure; a page may be empty and still have a next one."""
    return service.list_reductions_using(session, key, window, **query)


@edge.get("/operator/issuance", query=IssuanceQuery, answer=IssuanceOut, who=AUDITORS)
def get_issuance(session: Session, actor: Actor, query: dict[str, Any]) -> service.Issuance:
    """Read what was credited in whole months, by rule and in all: gross, and net of what no change would earn."""
    return service.get_issuance(session, query["first"], query["last"])
