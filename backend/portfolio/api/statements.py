"""Statements: one's own by period, as JSON or PDF; anybody's verified by number; revoked by operators."""

from __future__ import annotations

from functools import partial
from typing import Any

from babel.dates import format_date
from flask import render_template
from sqlalchemy.orm import Session

from backend.platform.core import i18n
from backend.platform.core.actor import Actor
from backend.platform.core.i18n import Language
from backend.platform.core.roles import ADMIN, ANYONE, SUPPORT, holders_of
from backend.platform.data.paging import Page, Window
from backend.platform.privacy.decisions import About
from backend.platform.web.edge import reading, writing
from backend.platform.web.representations import HTML, JSON, PDF, offer
from backend.portfolio.api.blueprint import edge
from backend.portfolio.domain import IssuedStatement, RevocationReason
from backend.portfolio.domain import StatementVerdict as Verdict
from backend.portfolio.schemas import IssueIn, RevokeIn, StatementListed, StatementVerdict
from backend.portfolio.service import statements

HOLDER = About(lambda session, values: statements.find_holders(session, values["number"]))
REVOKERS = holders_of(SUPPORT, ADMIN)

offer(
    edge,
    {
        "portfolio.get_statement": (PDF, "portfolio.print_statement"),
        "portfolio.verify_statement": (HTML, "portfolio.show_statement"),
    },
)


@edge.get("/account/statements", answer=StatementListed, page=True)
def list_statements(session: Session, actor: Actor, window: Window) -> Page[IssuedStatement]:
    """Statements that were issued to me, the latest first"""
    return statements.list_statements(session, actor.user_id, window)


@edge.get("/account/statements/<period>", media=JSON, transaction=False)
def get_statement(actor: Actor, period: str) -> bytes:
    """My statement of a month, 2026-11, or a year, 2026, signed once it is over; before, a draft

    These bytes are the file to keep and to show: `python -m offsets verify` finds any change. A client that asks for
    `application/pdf` gets the paper.
    """
    return _file(actor, period)


@edge.get("/account/statements/<period>/pdf", media=PDF, transaction=False)
def print_statement(actor: Actor, period: str, language: Language) -> bytes:
    """My statement on paper, in my language, signed in its last line"""
    return statements.print_statement(_file(actor, period), language)


@edge.post("/account/statements/<period>", body=IssueIn, answer=StatementVerdict, status=201)
def issue_statement(session: Session, actor: Actor, period: str, body: dict[str, Any]) -> Verdict:
    """Issue my statement anew, under the name I choose; the one before is replaced"""
    return statements.issue_anew(session, actor.user_id, period, **body)


@edge.get("/statements/<number>/verify", answer=StatementVerdict, who=ANYONE)
def verify_statement(session: Session, actor: Actor, number: str) -> Verdict:
    """Whether this number is a statement of ours that holds; its fingerprint, to compare a copy with

    A browser that asks for HTML gets the page.
    """
    return statements.verify(session, number)


@edge.get("/statements/<number>/page", media="text/html; charset=utf-8", who=ANYONE)
def show_statement(session: Session, actor: Actor, number: str, language: Language) -> str:
    """The same verdict as a page for people: where the code on the paper leads"""
    return render_template(
        "statement.html",
        language=language,
        verdict=statements.verify(session, number),
        say=partial(i18n.text, "statement"),
        because=partial(i18n.text, "statement_because"),
        day=partial(format_date, format="long", locale=language.locale),
    )


@edge.post(
    "/operator/statements/<number>/revoke",
    body=RevokeIn,
    answer=StatementVerdict,
    who=REVOKERS,
    decides_about=HOLDER,
)
def revoke_statement(session: Session, actor: Actor, number: str, body: dict[str, Any]) -> Verdict:
    """Take a statement back; whoever verifies it is told, and its holder finds a note"""
    because = RevocationReason(body["because"])
    return statements.revoke(session, number, because=because, note=body["note"], who=actor.user_id)


def _file(actor: Actor, period: str) -> bytes:
    # issuing writes, so it happens only where nothing was issued yet
    find = partial(statements.find_file, user_id=actor.user_id, text=period)
    issue = partial(statements.issue, user_id=actor.user_id, text=period)
    return reading(actor, find) or writing(actor, issue)
