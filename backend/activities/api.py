"""Endpoints of activities: what people did, what it came to, and every gram's working."""

from __future__ import annotations

from backend.activities import service
from backend.activities.schemas import (
    ActivityIn,
    ActivityQuery,
    ActivityShown,
    AppealIn,
    BatchIn,
    BatchShown,
    ConfirmIn,
    DecidedIn,
    DecisionsShown,
    DueShown,
    EstimateIn,
    EstimateShown,
    EvidenceIn,
    EvidenceQuery,
    EvidenceShown,
    PieceShown,
    ReductionFound,
    RestingQuery,
    RoutineIn,
    RoutineShown,
    SkipIn,
    SupportIn,
    WaitingShown,
    WorkingShown,
)
from backend.platform.core import i18n
from backend.platform.core.actor import ADMIN, AUDITOR, PARTNER, SUPPORT
from backend.platform.core.errors import Refusal
from backend.platform.web.auth import ANYONE, SIGNED_IN, holders_of
from backend.platform.web.edge import Edge, reading, writing
from backend.platform.web.idempotency import Steps
from backend.platform.web.limits import ACCOUNT, Limit
from backend.platform.web.uploads import Upload
from backend.ports.storage import Missing, the_storage

edge = Edge("activities", "What people did, and what it came to", who=SIGNED_IN)

ATTESTERS = holders_of(PARTNER, SUPPORT)
AUDITORS = holders_of(AUDITOR, ADMIN)
DECIDERS = holders_of(SUPPORT, ADMIN)
JUDGES = holders_of(SUPPORT, ADMIN, AUDITOR)
PICTURE, TRACE = "image/jpeg", "application/geo+json"
FILES = Upload((PICTURE, "image/png", "image/webp", "application/gpx+xml", TRACE), most_bytes=10_485_760)
HANDED_IN = Limit("evidence", "60 per hour", by=ACCOUNT)


@edge.post("/activities", body=ActivityIn, answer=ActivityShown, status=201)
def log_activity(session, actor, body):
    """Log an activity; it is judged at once, and its points are pending."""
    return service.log(session, actor.user_id, service.Told(**body), i18n.current_language())


@edge.post("/activities/batch", body=BatchIn, answer=BatchShown)
def log_activities(session, actor, body):
    """Log a phone's queue of up to 500 activities: one outcome each, in the order sent; safe to send again for ever."""
    return {"outcomes": service.log_batch(session, actor.user_id, body["items"], i18n.current_language())}


@edge.post("/routines", body=RoutineIn, answer=RoutineShown, status=201)
def add_routine(session, actor, body):
    """Say what you do again and again: you will be asked for each day, and nothing is logged before you confirm."""
    return service.add_routine(session, actor.user_id, body)


@edge.get("/routines", answer=RoutineShown, page=True)
def list_routines(session, actor, window):
    """List your routines, the newest first."""
    return service.list_routines(session, actor.user_id, window)


@edge.get("/routines/due", answer=DueShown)
def list_due_routines(session, actor):
    """List the days that wait for your word, the latest first."""
    return {"due": service.list_due(session, actor.user_id)}


@edge.post("/routines/<routine_id>/confirm", body=ConfirmIn, answer=ActivityShown)
def confirm_routine(session, actor, routine_id, body):
    """Say that you did it on a day: it is logged, once, however often you confirm."""
    language = i18n.current_language()
    return service.confirm(session, actor.user_id, routine_id, body["on"], body["inputs"], language)


@edge.post("/routines/<routine_id>/skip", body=SkipIn)
def skip_routine(session, actor, routine_id, body):
    """Say that you did not do it on a day."""
    service.skip(session, actor.user_id, routine_id, body["on"])


@edge.delete("/routines/<routine_id>")
def end_routine(session, actor, routine_id):
    """End a routine; what you confirmed stays."""
    service.end_routine(session, actor.user_id, routine_id)


@edge.get("/activities", query=ActivityQuery, answer=ActivityShown, page=True)
def list_activities(session, actor, query, window):
    """List your activities, the latest first."""
    return service.list_activities(session, actor.user_id, window, i18n.current_language(), query["methodology"])


@edge.get("/activities/<activity_id>", answer=ActivityShown)
def get_activity(session, actor, activity_id):
    """Read one of your activities."""
    return service.get_activity(session, actor.user_id, activity_id, i18n.current_language())


@edge.post("/activities/<activity_id>/withdraw", answer=ActivityShown)
def withdraw_activity(session, actor, activity_id):
    """Take an activity back; what shared a cap with it is settled again."""
    return service.withdraw(session, actor.user_id, activity_id, i18n.current_language())


@edge.post("/activities/<activity_id>/evidence", body=SupportIn, answer=ActivityShown)
def support_activity(session, actor, activity_id, body):
    """Support an activity with better evidence that arrived later; its weight is raised and you are told."""
    return service.support(session, actor.user_id, activity_id, body["evidence"], i18n.current_language())


@edge.get("/activities/<activity_id>/decisions", answer=DecisionsShown)
def list_decisions(session, actor, activity_id):
    """Read by which rule, or by whom, an activity was believed or not."""
    return service.list_decisions(session, actor.user_id, activity_id, i18n.current_language())


@edge.post("/activities/<activity_id>/appeal", body=AppealIn, answer=ActivityShown)
def appeal_activity(session, actor, activity_id, body):
    """Appeal against the decision on an activity, once; an operator looks at it and answers."""
    return service.appeal(session, actor.user_id, activity_id, body["words"], i18n.current_language())


@edge.get("/operator/held", answer=WaitingShown, page=True, who=JUDGES)
def list_waiting(session, actor, window):
    """List everybody's activities that wait for a decision: held by a rule, or appealed; the oldest first."""
    return service.list_waiting(session, window, i18n.current_language())


@edge.post("/operator/held/<user_id>/<activity_id>/accept", body=DecidedIn, answer=ActivityShown, who=DECIDERS)
def accept_activity(session, actor, user_id, activity_id, body):
    """Credit an activity that was held, or refused and appealed."""
    named = (user_id, activity_id, body["reason"], i18n.current_language())
    return service.accept(session, actor.user_id, *named)


@edge.post("/operator/held/<user_id>/<activity_id>/reject", body=DecidedIn, answer=ActivityShown, who=DECIDERS)
def reject_activity(session, actor, user_id, activity_id, body):
    """Credit nothing for an activity, held, appealed or credited; what it had is reversed."""
    named = (user_id, activity_id, body["reason"], i18n.current_language())
    return service.reject(session, actor.user_id, *named)


@edge.get("/reductions/<reduction_id>", answer=WorkingShown)
def get_reduction(session, actor, reduction_id):
    """Read the whole working of a reduction: enough to recompute it without this server."""
    return service.get_reduction(session, actor.user_id, reduction_id, i18n.current_language())


@edge.post("/estimates", body=EstimateIn, answer=EstimateShown, who=ANYONE, transaction=False)
def estimate_activity(actor, body):
    """Ask what an activity would give; nothing is stored."""
    return reading(actor, lambda session: service.preview(session, body, i18n.current_language()))


@edge.post("/operator/evidence", body=EvidenceIn, answer=EvidenceShown, status=201, who=ATTESTERS)
def attest_evidence(session, actor, body):
    """Attest a piece of evidence for somebody: a fare record, a trace, a reading."""
    return service.attest(session, actor.user_id, **body)


@edge.post(
    "/evidence", upload=FILES, query=EvidenceQuery, answer=PieceShown, status=201, steps=True, limits=(HANDED_IN,)
)
def hand_in_evidence(actor, upload, query):
    """Hand in a picture, a reading or a track (the body is the file); pictures lose their place and every other tag."""
    kind = query.pop("kind")
    piece = service.examine(upload, kind, query)

    def begin(session):
        return {"id": service.hand_in(session, actor.user_id, piece)["id"]}

    def finish(facts):
        row = reading(actor, lambda session: service.get_row(session, actor.user_id, facts["id"]))
        sealed = reading(actor, lambda session: service.seal_content(session, row["sealed_for"], piece.content))
        the_storage().put(service.file_name(row), sealed)
        writing(actor, lambda session: service.mark_kept(session, actor.user_id, row["id"]))
        return reading(actor, lambda session: service.get_evidence(session, actor.user_id, row["id"]))

    return Steps(begin, finish)


@edge.get("/evidence", answer=PieceShown, page=True)
def list_evidence(session, actor, window):
    """List what you have handed in and what was attested for you, the newest first."""
    return service.list_evidence(session, actor.user_id, window)


@edge.get("/evidence/<evidence_id>", answer=PieceShown)
def get_evidence(session, actor, evidence_id):
    """Read one piece, with a link to its file that lives for five minutes."""
    return service.get_evidence(session, actor.user_id, evidence_id)


@edge.get("/evidence/pictures/<ticket>", media=PICTURE, who=ANYONE, transaction=False)
def see_picture(actor, ticket):
    """See a picture by its link."""
    return _opened(actor, ticket, PICTURE)


@edge.get("/evidence/traces/<ticket>", media=TRACE, who=ANYONE, transaction=False)
def see_trace(actor, ticket):
    """See a track by its link: all of it until its activity is decided, after that a coarse one."""
    return _opened(actor, ticket, TRACE)


def _opened(actor, ticket, media):
    row = reading(actor, lambda session: service.open_link(session, ticket, media))
    try:
        sealed = the_storage().get(service.file_name(row))
    except Missing as missing:
        raise Refusal("not_found.evidence") from missing
    return reading(actor, lambda session: service.unseal_content(session, row, sealed))


@edge.get("/operator/factors/<key>/reductions", query=RestingQuery, answer=ReductionFound, page=True, who=AUDITORS)
def list_reductions_resting_on_factor(session, actor, key, query, window):
    """List everybody's reductions that rest on a figure; a page may be empty and still have a next one."""
    return service.list_reductions_resting_on(session, key, window, **query)
