"""A person reads what happened, and says what may be sent to them, where and when."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backend.inbox import service
from backend.inbox.schemas import (
    InboxNoteOut,
    NotesQuery,
    PreferencesIn,
    PreferencesOut,
    PushDeviceIn,
    PushDeviceOut,
    PushDevicesOut,
    ReadIn,
    UnreadOut,
)
from backend.platform.core.actor import Actor
from backend.platform.core.i18n import Language
from backend.platform.core.roles import SIGNED_IN
from backend.platform.data.paging import Window
from backend.platform.web.edge import Edge
from backend.ports.push import the_push

edge = Edge("inbox", "What happened, in words", who=SIGNED_IN)


@edge.get("/inbox", query=NotesQuery, answer=InboxNoteOut, page=True)
def list_notes(session: Session, actor: Actor, query: dict[str, Any], window: Window, language: Language) -> Any:
    """What happened to your account, newest first, in your language."""
    only_unread = query["show"] == "unread"
    return service.list_notes(session, actor.user_id, window, language, only_unread=only_unread)


@edge.post("/inbox/read", body=ReadIn, answer=UnreadOut)
def mark_notes_read(session: Session, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """Mark notes as read, the named ones or all up to one."""
    return {"unread": service.mark_read(session, actor.user_id, **body)}


@edge.get("/inbox/preferences", answer=PreferencesOut)
def get_inbox_preferences(session: Session, actor: Actor, language: Language) -> Any:
    """What is mailed and pushed to you, and your quiet hours."""
    return service.get_preferences(session, actor.user_id, language)


@edge.patch("/inbox/preferences", body=PreferencesIn, answer=PreferencesOut)
def change_inbox_preferences(session: Session, actor: Actor, body: dict[str, Any], language: Language) -> Any:
    """Choose what is mailed and pushed, kind by kind, and when you are left alone."""
    service.change_preferences(session, actor.user_id, body)
    return service.get_preferences(session, actor.user_id, language)


@edge.put("/inbox/device", body=PushDeviceIn, answer=PushDeviceOut)
def register_push_device(session: Session, actor: Actor, body: dict[str, Any]) -> Any:
    """Have notes pushed to this signed-in device; sent again whenever its subscription changes."""
    return service.register_device(session, actor.user_id, actor.session_id, body)


@edge.get("/inbox/devices", answer=PushDevicesOut)
def list_push_devices(session: Session, actor: Actor) -> dict[str, Any]:
    """The devices notes are pushed to, and the key to subscribe with."""
    items = service.list_devices(session, actor.user_id, actor.session_id)
    return {"items": items, "application_server_key": the_push().application_server_key}


@edge.delete("/inbox/devices/<device_id>")
def drop_push_device(session: Session, actor: Actor, device_id: str) -> None:
    """Push nothing more to one of your devices."""
    service.drop_device(session, actor.user_id, device_id)
