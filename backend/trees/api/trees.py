"""What may be planted, what somebody has, and what stands under a number: as JSON and as a page for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal
from flask import render_template
from sqlalchemy.orm import Session

from backend.platform.core import i18n
from backend.platform.core.actor import Actor
from backend.platform.core.i18n import Language, pick
from backend.platform.core.roles import ANYONE
from backend.platform.data.paging import Window
from backend.platform.web.edge import reading
from backend.platform.web.representations import HTML, offer
from backend.ports.storage import the_storage
from backend.trees import service
from backend.trees.api.blueprint import edge
from backend.trees.schemas import MyTreesOut, PoolOut, TreesPageOut

JPEG = "image/jpeg"
offer(edge, {"trees.get_trees": (HTML, "trees.show_trees")})


@edge.get("/planting-pools", answer=PoolOut, page=True, etag=True, who=ANYONE)
def list_planting_pools(session: Session, actor: Actor, window: Window) -> Any:
    """Pools that are open, with price or sponsor and what is left."""
    return service.list_pools(session, window)


@edge.get("/planting-pools/<pool_id>", answer=PoolOut, etag=True, who=ANYONE)
def get_planting_pool(session: Session, actor: Actor, pool_id: str) -> Any:
    """One pool, and how far its trees have come."""
    return service.get_pool(session, pool_id)


@edge.get("/trees", answer=MyTreesOut)
def list_my_trees(session: Session, actor: Actor) -> Any:
    """Your trees, each with how far it has come. Kilograms stand there only when a survey has verified them."""
    return {"trees": service.list_holdings(session, actor.user_id)}


@edge.get("/trees/<number>", answer=TreesPageOut, etag=True, who=ANYONE)
def get_trees(session: Session, actor: Actor, number: str) -> Any:
    """What stands under a number; a browser that asks for HTML gets the page."""
    return service.get_page(session, number)


@edge.get("/trees/<number>/page", media="text/html; charset=utf-8", who=ANYONE)
def show_trees(session: Session, actor: Actor, number: str, language: Language) -> Any:
    """The same as a page for people, with pictures and how such trees may grow."""
    return render_template(
        "trees.html", language=language, page=service.get_page(session, number), **_wording(language)
    )


@edge.get("/tree-photos/<photo_id>", media=JPEG, who=ANYONE, transaction=False)
def get_tree_photo(actor: Actor, photo_id: str) -> bytes:
    """The picture of a tree, without its place or any other tag."""
    photo = reading(actor, lambda session: service.get_photo(session, photo_id))
    return the_storage().get(service.storage_name(photo.id))


def _wording(language: Language) -> Mapping[str, Callable[..., Any]]:
    """What the template calls: `say(code)`, `in_language(texts)`, `figure(n)`, `kilograms(grams)`, `day(date)`."""

    def day(on: date | datetime) -> str:
        return str(format_date(on, "long", locale=language.locale))

    return {
        "say": lambda code, **facts: i18n.text("trees", code, **facts),
        "in_language": lambda said: pick(said, language),
        "figure": lambda number: format_decimal(number, locale=language.locale),
        "kilograms": lambda grams: format_decimal(i18n.in_kilograms(grams), locale=language.locale),
        "day": day,
    }
