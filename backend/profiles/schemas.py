"""The shapes of a profile on the wire."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from backend.platform.web import fields

# As in the published diet studies the rule book rests on.
DIETS = ("high_meat", "medium_meat", "low_meat", "fish", "vegetarian", "vegan")
DWELLINGS = ("apartment", "terraced_house", "detached_house", "shared_room")
COMMUTE_MODES = ("walk", "cycle", "e_bike", "bus", "metro", "train", "motorcycle", "car", "electric_car", "none")


class Commute(ma.Schema):
    """The usual way to work or school."""

    mode = fields.Choice(*COMMUTE_MODES, required=True)
    one_way_km = fields.DecimalNumber(minimum="0", maximum="500", required=True)
    days_per_week = fields.WholeNumber(minimum=0, maximum=7, required=True)


class ProfileIn(ma.Schema):
    """The fields to change; null takes a statement back."""

    display_name = fields.Text(maximum=60, allow_none=True)
    region = fields.Text(maximum=40, allow_none=True, metadata={"description": "ISO 3166: FR, CN-BJ, CN-HB/wuhan"})
    zone = fields.Text(maximum=64, allow_none=True, metadata={"description": "IANA: Asia/Shanghai"})
    language = fields.Text(maximum=10, allow_none=True, metadata={"description": "en, zh-CN"})
    household_size = fields.DecimalNumber(
        minimum="1", maximum="30", allow_none=True, metadata={"description": "people; 1.5 for a child half the time"}
    )
    diet = fields.Choice(*DIETS, allow_none=True)
    dwelling = fields.Choice(*DWELLINGS, allow_none=True)
    commute = ma.fields.Nested(Commute, allow_none=True)

    @ma.post_load
    def flatten(self, given: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The commute as the three fields it is stored in."""
        if "commute" not in given:
            return given
        commute = given.pop("commute") or {}
        return given | {
            "commute_mode": commute.get("mode"),
            "commute_km": commute.get("one_way_km"),
            "commute_days": commute.get("days_per_week"),
        }


class MeOut(ma.Schema):
    """Everything a person sees of themselves at once."""

    user_id = ma.fields.String(required=True, attribute="account.user_id")
    is_guest = ma.fields.Boolean(required=True, attribute="account.is_guest")
    email = ma.fields.String(required=True, allow_none=True, attribute="account.email")
    email_verified = ma.fields.Boolean(required=True, attribute="account.email_verified")
    phone = ma.fields.String(required=True, allow_none=True, attribute="account.phone")
    phone_verified = ma.fields.Boolean(required=True, attribute="account.phone_verified")
    has_password = ma.fields.Boolean(required=True, attribute="account.has_password")
    roles = ma.fields.Function(
        lambda me: sorted(me.account.roles), required=True, metadata={"type": "array", "items": {"type": "string"}}
    )
    created_at = fields.Instant(required=True, attribute="account.created_at")
    display_name = ma.fields.String(required=True, allow_none=True)
    region = ma.fields.String(required=True, attribute="profile.region")
    zone = ma.fields.String(required=True, attribute="profile.zone")
    language = ma.fields.String(required=True, attribute="profile.language")
    household_size = fields.DecimalNumber(required=True, allow_none=True, attribute="profile.household_size")
    diet = ma.fields.String(required=True, allow_none=True, attribute="profile.diet")
    dwelling = ma.fields.String(required=True, allow_none=True, attribute="profile.dwelling")
    commute = ma.fields.Function(lambda me: _commute(me.profile), required=True, metadata={"type": ["object", "null"]})
    assumed = ma.fields.List(
        ma.fields.String(),
        required=True,
        attribute="profile.assumed",
        metadata={"description": "the fields nobody stated"},
    )
    settles_at = fields.Instant(
        required=True,
        allow_none=True,
        metadata={"description": "until then what I said before my last change counts too, where it credits less"},
    )
    notes = ma.fields.List(
        ma.fields.Nested(fields.RemarkOut),
        required=True,
        metadata={"description": "what of a change just made was taken otherwise, such as another place"},
    )


def _commute(profile: Any) -> dict[str, Any] | None:
    if profile.commute_mode is None:
        return None
    return {
        "mode": profile.commute_mode,
        "one_way_km": profile.commute_km,
        "days_per_week": profile.commute_days,
    }


class HouseholdOut(ma.Schema):
    """My household. Members see how many they are, not who."""

    joined_on = ma.fields.Date(required=True, metadata={"description": "the first day it counts for me"})
    members = fields.WholeNumber(required=True, metadata={"description": "myself included"})
    is_shown = fields.Truth(required=True, metadata={"description": "whether we show each other how we do, in bands"})


class SharingIn(ma.Schema):
    """Whether those I live with may see in which band my months lie."""

    is_shown = fields.Truth(required=True)


class InvitationOut(ma.Schema):
    """A code for one person."""

    code = ma.fields.String(required=True)
    expires_at = fields.Instant(required=True)


class JoinIn(ma.Schema):
    """The code somebody showed me."""

    code = fields.Text(maximum=40, required=True)


class AssetIn(ma.Schema):
    """The number of a meter, a car or a roof, as it stands on the thing or its papers."""

    country = fields.Text(minimum=2, maximum=40, required=True, metadata={"description": "ISO 3166: CN, FR"})
    number = fields.Text(maximum=60, required=True, metadata={"description": "meter number, plate, plant number"})


class AssetOut(ma.Schema):
    """A thing as I declared it."""

    kind = ma.fields.String(required=True)
    country = ma.fields.String(required=True)
    number = ma.fields.String(required=True)
    from_on = ma.fields.Date(required=True, metadata={"description": "the first day it counts as this"})


class AssetsOut(ma.Schema):
    """What I declared, by kind."""

    items = ma.fields.List(ma.fields.Nested(AssetOut), required=True)
