"""What is credited of a difference or of points, and the code of why nothing is."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from typing import Any

from .formulas import SIXTY, Formula

Granted = tuple[int, str | None]


class Credit:
    """One answer's deductions, in their order."""

    def __init__(self, answer: dict[str, Any], document: dict[str, Any], names: dict[str, Any]) -> None:
        self.answer, self.names = answer, names
        self.context = answer["working"]["context"]
        self.freshness = answer["working"]["freshness"]
        self.eligibility = document.get("eligibility", {})
        self.crediting = document["crediting"]

    @property
    def habit(self) -> str | None:
        """The reason where this person would have done the same."""
        for rule in self.eligibility.get("exclude", []):
            if "diet" in rule and self.context["diet"] not in rule["diet"]:
                continue
            if all(self.names.get(name) in words for name, words in rule.get("choices", {}).items()):
                return str(rule["reason"])
        return None

    def of_reduction(self, reduction: Decimal, lower: Decimal) -> Granted:
        """Grams, of a difference and the quantile of it that is credited."""
        refused = self._refused()
        if refused:
            return 0, refused
        if reduction <= 0:
            return 0, "no_reduction"
        lower = min(lower, reduction)
        return (0, "too_uncertain") if lower <= 0 else self._weighed(lower)

    def of_points(self, points: Decimal) -> Granted:
        """Behaviour points."""
        refused = self._refused()
        return (0, refused) if refused else self._weighed(points)

    def _refused(self) -> str | None:
        distance = self.names.get("distance")
        if isinstance(distance, Decimal):
            least, _, unit = self.eligibility.get("minimum_distance", "0 km").partition(" ")
            kilometres = distance * Fraction(self.answer["conversions"]["kilometres"]).numerator
            kilometres /= Fraction(self.answer["conversions"]["kilometres"]).denominator
            if unit != "km" or kilometres < Decimal(least):
                return "too_short"
            limit = self.eligibility.get("speed_limit_kmh", {}).get(self.names.get("mode"))
            seconds = self.context["duration_s"]
            if seconds and limit is not None and kilometres * 3600 / seconds > Decimal(limit):
                return "too_fast"
        for rule in self.eligibility.get("require", []):
            if not Formula(rule["condition"]).value(self.names):
                return str(rule["reason"])
        return None

    def _weighed(self, amount: Decimal) -> Granted:
        weights = self.crediting["evidence"]
        tier = self.context["evidence"] if self.context["evidence"] in weights else "self_declared"
        if tier not in weights:
            return 0, "evidence_missing"
        amount = SIXTY.multiply(amount, Decimal(weights[tier]))
        counted = self.context["days_counted"]
        if counted:
            if not counted["days"]:
                return 0, "before_account"
            amount = SIXTY.divide(SIXTY.multiply(amount, Decimal(counted["days"])), Decimal(counted["of"]))
        if self.freshness["state"] == "expired":
            return 0, "figure_expired"
        if self.freshness["state"] == "degraded":
            amount = SIXTY.multiply(amount, Decimal(self.freshness["weight"]))
        whole = int(SIXTY.quantize(amount, Decimal("0.000001")).to_integral_value(ROUND_FLOOR, SIXTY))
        if whole <= 0:
            return 0, "too_small"
        for name, reason in (("refused", "not_believed"), ("counted_already", ""), ("claimed_elsewhere", "")):
            if self.context[name] is not None:
                return 0, reason or name
        return self._bounded(whole)

    def _bounded(self, whole: int) -> Granted:
        """Under the caps, then under what nobody attested may count, then without what the year takes back."""
        room = self.context["cap_room"]
        for name, cap in self.crediting["caps"].items():
            left = cap if name.startswith("per_activity") else min(cap, room.get(name, cap))
            whole = min(whole, left)
        if whole == 0:
            return 0, "cap_reached"
        allowance = self.context["allowance"]
        amount = whole
        for name, left in (allowance["room"] if allowance else {}).items():
            told = self.names.get(name.removeprefix("count_")) if name.startswith("count_") else None
            if told is None:
                whole = min(whole, left)
            elif told > left:
                whole = min(whole, int(SIXTY.divide(Decimal(amount * left), told)))
        if whole == 0:
            return 0, "unattested"
        taken = min(self.context["netted"], whole)
        return whole - taken, "netted" if taken == whole else None
