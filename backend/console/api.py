"""Pages of the console: one function each, as with the endpoints of the API.

Whoever may see a page is asked at each request, by the roles they hold then; a form that decides says about whom.
"""

from __future__ import annotations

from typing import Any

from flask import g
from sqlalchemy.orm import Session

from backend.activities import service as activities
from backend.console import service
from backend.console.domain import CODE, DECIDERS, ENROLMENT, JUDGES, OPERATORS, READERS, REVIEWERS, WRITERS
from backend.console.schemas import (
    AfterQuery,
    ApprovalForm,
    CodeForm,
    CommentForm,
    DraftForm,
    NewDraftForm,
    ReasonForm,
    RevisionForm,
    SettledForm,
    SignInForm,
)
from backend.methodology import service as methodology
from backend.platform.core import i18n
from backend.platform.core.actor import Actor
from backend.platform.core.errors import Refusal
from backend.platform.core.roles import ANYONE
from backend.platform.data.transactions import in_transaction
from backend.platform.privacy.decisions import About, AboutNobody, about
from backend.platform.web.limits import ACCOUNT, NETWORK, Limit
from backend.platform.web.pages import Door, Moved, Pages, Picture, Shown
from backend.ports.storage import Missing, the_storage

HOME, SIGN_IN, FACTOR = "/console", "/console/sign-in", "/console/second-factor"
LOGIN = (Limit("login", "30 per minute", NETWORK), Limit("login", "20 per 15 minutes", "email"))
CODES = (Limit("second_factor", "10 per 15 minutes", ACCOUNT),)
OWN = AboutNobody("somebody's own sign-in")
DRAFT = AboutNobody("a draft counts for nothing before somebody else approves it")
TALK = AboutNobody("what is said about a line decides nothing")
AUTHORS = About(
    lambda session, values: methodology.list_authors(session, values["methodology_id"], values["version"]),
    code="methodology.four_eyes",
)
OWNER = about("user_id")
HELD, SVG = "/console/held", "image/svg+xml"
VERSION = "/methodologies/<methodology_id>/versions/<int(max=1000000):version>"

edge = Pages("console", prefix=HOME, door=Door(service.find_visitor, SIGN_IN, {ENROLMENT: FACTOR, CODE: FACTOR}))


@edge.get("/sign-in", who=ANYONE)
def show_sign_in(session: Session, actor: Actor) -> Shown:
    """Where an operator signs in."""
    return Shown("console/sign_in.html")


@edge.post("/sign-in", who=ANYONE, form=SignInForm, transaction=False, limits=LOGIN)
def sign_in(body: dict[str, Any]) -> Moved:
    """Sign in with a password, and go on with a new cookie."""
    stored = in_transaction(lambda session: service.find_credentials(session, body["email"]), read_only=True)
    proof = service.check_password(stored, body["password"])
    return Moved(HOME, _kept(in_transaction(lambda session: service.sign_in(session, proof))))


@edge.post("/sign-out", who=OPERATORS, admits="*", decides_about=OWN)
def sign_out(session: Session, actor: Actor) -> Moved:
    """Sign out here, and end the session it rests on."""
    service.sign_out(session, actor, g.page_secret)
    return Moved(SIGN_IN, "")


@edge.get("/second-factor", who=OPERATORS, admits="*")
def show_second_factor(session: Session, actor: Actor) -> Shown:
    """Where a code of an authenticator is asked for."""
    return Shown("console/second_factor.html", {"enrolment": None})


@edge.post("/second-factor/new", who=OPERATORS, admits=ENROLMENT, decides_about=OWN)
def begin_enrolment(session: Session, actor: Actor) -> Shown:
    """A secret for an authenticator, shown once."""
    return Shown("console/second_factor.html", {"enrolment": service.begin_enrolment(session, actor.user_id)})


@edge.post("/second-factor", who=OPERATORS, admits="*", form=CodeForm, decides_about=OWN, limits=CODES)
def give_code(session: Session, actor: Actor, body: dict[str, Any]) -> Any:
    """Take a code, and go on."""
    return service.check_second_factor(session, actor, g.page_secret, body["code"]) or Moved(HOME)


@edge.get("", who=OPERATORS)
def show_work(session: Session, actor: Actor) -> Shown:
    """What waits for me."""
    return Shown("console/work.html", {"kinds": service.list_work(session, actor, i18n.current_language())})


@edge.get("/methodologies", who=READERS)
def show_methodologies(session: Session, actor: Actor) -> Shown:
    """Every methodology with its state."""
    return Shown(
        "console/methodologies.html", {"states": service.list_states(session), "today": service.get_today(session)}
    )


@edge.get("/methodologies/<methodology_id>", who=READERS)
def show_history(session: Session, actor: Actor, methodology_id: str) -> Shown:
    """Every version of a methodology."""
    given = {"methodology_id": methodology_id, "history": service.list_history(session, methodology_id)}
    return Shown("console/history.html", given)


@edge.get(VERSION, who=READERS)
def show_version(session: Session, actor: Actor, methodology_id: str, version: int) -> Shown:
    """A version with everything a reviewer looks at."""
    return Shown("console/version.html", {"page": service.get_version_page(session, methodology_id, version)})


@edge.post(f"{VERSION}/approve", who=REVIEWERS, form=ApprovalForm, decides_about=AUTHORS)
def approve_version(session: Session, actor: Actor, methodology_id: str, version: int, body: dict[str, Any]) -> Moved:
    """Approve the content whose hash the form carries."""
    service.approve(session, actor.user_id, methodology_id, version, body["sha256"], body["effective_on"])
    return Moved(_path(methodology_id, version))


@edge.post(f"{VERSION}/reject", who=REVIEWERS, form=ReasonForm, decides_about=AUTHORS)
def reject_version(session: Session, actor: Actor, methodology_id: str, version: int, body: dict[str, Any]) -> Moved:
    """Close a version for good."""
    service.reject(session, actor.user_id, methodology_id, version, body["reason"])
    return Moved(_path(methodology_id, version))


@edge.post(f"{VERSION}/request-changes", who=REVIEWERS, form=ReasonForm, decides_about=AUTHORS)
def request_changes(session: Session, actor: Actor, methodology_id: str, version: int, body: dict[str, Any]) -> Moved:
    """Give a draft back to its author."""
    service.request_changes(session, actor.user_id, methodology_id, version, body["reason"])
    return Moved(_path(methodology_id, version))


@edge.post(f"{VERSION}/comments", who=READERS, form=CommentForm, decides_about=TALK)
def comment_on_line(session: Session, actor: Actor, methodology_id: str, version: int, body: dict[str, Any]) -> Moved:
    """Say something about a line."""
    service.comment(session, actor.user_id, methodology_id, version, body["line"], body["words"])
    return Moved(_path(methodology_id, version))


@edge.post(f"{VERSION}/comments/settle", who=READERS, form=SettledForm, decides_about=TALK)
def settle_comment(session: Session, actor: Actor, methodology_id: str, version: int, body: dict[str, Any]) -> Moved:
    """Take a comment off the lines."""
    service.settle_comment(session, actor.user_id, methodology_id, body["comment_id"])
    return Moved(_path(methodology_id, version))


@edge.get("/drafts", who=READERS)
def show_drafts(session: Session, actor: Actor) -> Shown:
    """Every draft in writing."""
    return Shown("console/drafts.html", {"drafts": service.list_drafts(session)})


@edge.post("/drafts", who=WRITERS, form=NewDraftForm, decides_about=DRAFT)
def begin_draft(session: Session, actor: Actor, body: dict[str, Any]) -> Moved:
    """Begin a new version with the text of an existing one."""
    draft = service.begin_draft(session, actor.user_id, body["methodology_id"], body["version"])
    return Moved(f"/console/drafts/{draft.id}")


@edge.get("/drafts/<draft_id>", who=READERS)
def show_draft(session: Session, actor: Actor, draft_id: str) -> Shown:
    """A draft with its faults at their lines."""
    return Shown("console/draft.html", {"page": service.view_draft(session, draft_id)})


@edge.post("/drafts/<draft_id>", who=WRITERS, form=DraftForm, decides_about=DRAFT)
def write_draft(session: Session, actor: Actor, draft_id: str, body: dict[str, Any]) -> Moved:
    """Keep a text, with or without faults."""
    service.write_draft(session, actor.user_id, draft_id, body["revision"], body["document"])
    return Moved(f"/console/drafts/{draft_id}")


@edge.post("/drafts/<draft_id>/submit", who=WRITERS, form=RevisionForm, decides_about=DRAFT)
def submit_draft(session: Session, actor: Actor, draft_id: str, body: dict[str, Any]) -> Moved:
    """Submit a draft for review."""
    service.submit(session, actor.user_id, draft_id, body["revision"])
    return Moved(f"/console/drafts/{draft_id}")


@edge.post("/drafts/<draft_id>/take-back", who=WRITERS, form=RevisionForm, decides_about=DRAFT)
def take_back(session: Session, actor: Actor, draft_id: str, body: dict[str, Any]) -> Moved:
    """Take a draft out of review."""
    service.take_back(session, actor.user_id, draft_id, body["revision"])
    return Moved(f"/console/drafts/{draft_id}")


@edge.get("/held", who=JUDGES, form=AfterQuery)
def show_held(session: Session, actor: Actor, body: dict[str, Any]) -> Shown:
    """Activities that wait for a decision, the oldest first."""
    page = service.list_waiting(session, body["after"], i18n.current_language())
    return Shown("console/held.html", {"page": page})


@edge.post("/held/<user_id>/<activity_id>", who=DECIDERS, decides_about=OWNER)
def open_held_activity(session: Session, actor: Actor, user_id: str, activity_id: str) -> Shown:
    """Everything about one of them; that it was opened, and by whom, is written down."""
    case = service.open_case(session, actor.user_id, user_id, activity_id, i18n.current_language())
    return Shown("console/case.html", {"page": case})


@edge.post("/held/<user_id>/<activity_id>/accept", who=DECIDERS, form=ReasonForm, decides_about=OWNER)
def accept_activity(session: Session, actor: Actor, user_id: str, activity_id: str, body: dict[str, Any]) -> Moved:
    """Credit an activity that was held, or refused and appealed."""
    ruling = activities.Ruling(actor.user_id, user_id, activity_id, body["reason"])
    activities.accept(session, ruling, i18n.current_language())
    return Moved(HELD)


@edge.post("/held/<user_id>/<activity_id>/reject", who=DECIDERS, form=ReasonForm, decides_about=OWNER)
def reject_activity(session: Session, actor: Actor, user_id: str, activity_id: str, body: dict[str, Any]) -> Moved:
    """Credit nothing for an activity; what it had is reversed."""
    ruling = activities.Ruling(actor.user_id, user_id, activity_id, body["reason"])
    activities.reject(session, ruling, i18n.current_language())
    return Moved(HELD)


@edge.get("/held/tracks/<ticket>", who=ANYONE, transaction=False)
def show_track(ticket: str) -> Picture:
    """A track drawn, by the link that was given to whoever decides: it lives for minutes."""
    piece = in_transaction(lambda session: service.find_track(session, ticket), read_only=True)
    try:
        sealed = the_storage().get(piece.file_name)
    except Missing as missing:
        raise Refusal("not_found.evidence") from missing
    places = in_transaction(lambda session: service.read_places(session, piece, sealed), read_only=True)
    from backend.paper.track_pictures import draw_track  # what else draws there is a twentieth of the time to start

    return Picture(SVG, draw_track(places))


def _kept(outcome: str | Refusal) -> str:
    """What a verb gave, or its refusal raised after the commit: what was written before it stays."""
    match outcome:
        case Refusal():
            raise outcome
        case secret:
            return secret


def _path(methodology_id: str, version: int) -> str:
    return f"/console/methodologies/{methodology_id}/versions/{version}"
