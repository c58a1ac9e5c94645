"""The catalogue of projects, open to anyone; and what operators import of their stock."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backend.platform.core.actor import Actor, OperatorAct
from backend.platform.core.roles import ADMIN, FINANCE, holders_of
from backend.platform.data.paging import Window
from backend.platform.privacy.decisions import AboutNobody
from backend.platform.web.uploads import Sent, Upload
from backend.registry import service
from backend.registry.api.blueprint import edge
from backend.registry.schemas import (
    LotImportOut,
    LotImportQuery,
    OffsetQuestionsOut,
    ProjectListed,
    ProjectOut,
    ProjectQuery,
    ReaderQuery,
)

KEEPERS = holders_of(FINANCE, ADMIN)
EXPORT = Upload(media=("text/csv",), most_bytes=4_000_000)
STOCK = AboutNobody("lots and serials are nobody's, and what was sold of them stays sold")


@edge.get("/offset-projects", query=ProjectQuery, answer=ProjectListed, page=True, etag=True)
def list_offset_projects(session: Session, actor: Actor, query: dict[str, Any], window: Window) -> Any:
    """Projects that may be bought from: price, what is left, what speaks for each, and what to look out for."""
    return service.list_offers(session, service.ProjectChoice(**query), window)


@edge.get("/offset-projects/<project_id>", query=ReaderQuery, answer=ProjectOut, etag=True)
def get_offset_project(session: Session, actor: Actor, project_id: str, query: dict[str, Any]) -> Any:
    """One project with its registry, permanence, evidence, lots and sources."""
    return service.get_offer(session, project_id, service.ProjectChoice(**query).reader)


@edge.get("/offset-questions", answer=OffsetQuestionsOut, transaction=False, etag=True)
def get_offset_questions(actor: Actor) -> Any:
    """Three questions for somebody who has never bought; each answer says what it asks of the list of projects."""
    return service.list_questions()


@edge.post(
    "/operator/lots",
    upload=EXPORT,
    query=LotImportQuery,
    answer=LotImportOut,
    status=201,
    who=KEEPERS,
    decides_about=STOCK,
)
def import_lots(session: Session, actor: Actor, upload: Sent, query: dict[str, Any]) -> Any:
    """Put the blocks of a registry's export on the shelf, all or none; one that is known already adds nothing."""
    act = OperatorAct(actor.user_id, query["reason"], is_trial=query["dry_run"] == "yes")
    return service.import_lots(session, query["registry"], upload.take().decode("utf-8", errors="replace"), act)
