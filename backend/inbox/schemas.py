"""The shape of the inbox on the wire."""

from __future__ import annotations

import re
from typing import Any

import marshmallow as ma

from backend.platform.web import fields
from backend.platform.web.fields import refused
from backend.platform.web.paging import MAX_LIMIT

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])\Z", re.ASCII)


class TimeOfDay(fields.Read, ma.fields.String):
    """`22:30` on the person's own clock; minutes since midnight inside."""

    def __init__(self, **given: Any) -> None:
        super().__init__(metadata={"pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "example": "22:30"}, **given)

    def read(self, value: Any) -> int:
        found = _TIME.match(value) if isinstance(value, str) else None
        if not found:
            raise refused("not_a_time_of_day")
        return int(found[1]) * 60 + int(found[2])

    def _serialize(self, value: Any, *_: Any, **_options: Any) -> str:
        return "{:02}:{:02}".format(*divmod(value, 60))


class NotesQuery(ma.Schema):
    """Which notes."""

    show = fields.Choice("all", "unread", load_default="all")


class InboxNoteOut(ma.Schema):
    """Something that happened, in words and with the facts behind them."""

    id = fields.Id("note", required=True)
    kind = ma.fields.String(required=True, metadata={"description": "stable; texts may change"})
    title = ma.fields.String(required=True)
    text = ma.fields.String(required=True)
    facts = ma.fields.Dict(required=True)
    created_at = fields.Instant(required=True)
    read_at = fields.Instant(required=True, allow_none=True)


class ReadIn(ma.Schema):
    """Which notes were read: the named ones, or all up to one."""

    note_ids = ma.fields.List(fields.Id("note"), validate=ma.validate.Length(1, MAX_LIMIT))
    until_id = fields.Id("note", metadata={"description": "this note and all before it"})


class UnreadOut(ma.Schema):
    """What is left to read."""

    unread = fields.WholeNumber(required=True, metadata={"description": "100 stands for 100 or more"})


class QuietHours(ma.Schema):
    """When nothing is sent, on the person's own clock; the night may lie between the two."""

    from_minute = TimeOfDay(required=True, data_key="from")
    until_minute = TimeOfDay(required=True, data_key="until")


class PreferencesIn(ma.Schema):
    """The choices to change."""

    kinds = ma.fields.Dict(
        keys=fields.Text(maximum=40),
        values=fields.Truth(),
        validate=ma.validate.Length(max=100),
        metadata={"description": "by kind, whether it is mailed", "example": {"points.expiring": False}},
    )
    pushed_kinds = ma.fields.Dict(
        keys=fields.Text(maximum=40),
        values=fields.Truth(),
        validate=ma.validate.Length(max=100),
        metadata={"description": "by kind, whether it is pushed", "example": {"points.lapsing": True}},
    )
    quiet_hours = ma.fields.Nested(QuietHours, allow_none=True, metadata={"description": "null: never quiet"})


class KindOut(ma.Schema):
    """One kind of note, and whether it is mailed and pushed."""

    kind = ma.fields.String(required=True)
    label = ma.fields.String(required=True)
    is_mailed = fields.Truth(required=True)
    is_pushed = fields.Truth(required=True)


class PreferencesOut(ma.Schema):
    """What is mailed and pushed, and when nothing is."""

    kinds = ma.fields.List(ma.fields.Nested(KindOut), required=True)
    quiet_hours = ma.fields.Nested(QuietHours, required=True, allow_none=True)


class SubscriptionKeys(ma.Schema):
    """The keys of a `PushSubscription`, base64url."""

    p256dh = fields.Secret(maximum=200, required=True)
    auth = fields.Secret(maximum=100, required=True)


class PushDeviceIn(ma.Schema):
    """A `PushSubscription` of the Push API, as the browser gives it."""

    endpoint = fields.Secret(
        maximum=2000, required=True, metadata={"description": "https, at one of the push services we send to"}
    )
    keys = ma.fields.Nested(SubscriptionKeys, required=True)


class PushDeviceOut(ma.Schema):
    """A device that is told."""

    id = ma.fields.String(required=True, metadata={"description": "of its session, see /v1/me/sessions"})
    service = ma.fields.String(required=True, metadata={"description": "its push service"})
    is_current = fields.Truth(required=True)
    registered_at = fields.Instant(required=True)
    renewed_at = fields.Instant(required=True, metadata={"description": "when it last said where it is"})


class PushDevicesOut(ma.Schema):
    """The devices that are told, and what another one must subscribe with."""

    items = ma.fields.List(ma.fields.Nested(PushDeviceOut), required=True)
    application_server_key = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "for `PushManager.subscribe`; null: this installation reaches no phone"},
    )
