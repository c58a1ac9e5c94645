"""A working in words: the formula with its numbers, each figure with its source, the baseline and why, the deductions.

Promise: written from the record and the document alone, in every language there are words for, and only after the
numbers were recomputed, so that an explanation can never tell another story than the result. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel.lists import format_list

from calculators.estimate.credit import ALLOWANCE, NETTED
from calculators.estimate.recomputation import verify
from calculators.estimate.working import CREDITED, Estimate
from calculators.figures.library import load_library
from calculators.figures.lower_bound import METHOD
from calculators.figures.terms import GasScope, read_mark
from calculators.formula import Formula, spell
from calculators.methodology.document import Methodology
from calculators.methodology.parts import BEHAVIOUR_POINTS, Choice
from calculators.rounding import EXACT, short_text
from calculators.words import (
    pick,
    say,
    say_basis,
    say_bounded,
    say_deduction,
    say_deductions,
    source_names,
    words_of,
)

_SIX_DIGITS = Decimal("0.000001")
_SHORT_HASH = 12


@dataclass(frozen=True, slots=True)
class Explanation:
    """One result in words: `lines` in reading order."""

    language: str
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.lines)


def explain(record: Mapping[str, Any], document_text: str, language: str = "en") -> Explanation:
    """The explanation of a stored working. Raises RecordMismatch when it does not lead to its own result."""
    found = verify(record, document_text)
    return Explanation(language, tuple(_Writer(found, record, language).write()))


def sentences(record: Mapping[str, Any], document_text: str, language: str = "en") -> dict[str, Any]:
    """The short texts that stand beside the numbers: basis, reason, deductions (in order), contrast, warnings."""
    return sentences_of(verify(record, document_text), record, language)


def sentences_of(found: Estimate, record: Mapping[str, Any], language: str = "en") -> dict[str, Any]:
    """`sentences` for an estimate made just now, whose `record` this is: nothing needs to be recomputed."""
    writer = _Writer(found, record, language)
    naive = found.working.methodology.contrast
    return {
        "basis": writer.basis(),
        "reason": writer.reason(),
        "deductions": say_deductions(found.credit.deductions, language),
        "contrast": None if naive is None else pick(naive.label, language),
        "warnings": [say(f"warning.{warning['code']}", warning["params"], language) for warning in found.warnings],
    }


class _Writer:
    def __init__(self, found: Estimate, record: Mapping[str, Any], language: str) -> None:
        self.found = found
        self.record = record
        self.language = language
        self.methodology: Methodology = found.working.methodology
        self.choices = {
            name: str(found.working.data.values[name])
            for name in self.methodology.choices
            if name in found.working.data.values
        }

    def write(self) -> list[str]:
        methodology, context = self.methodology, self.found.working.context
        lines = [
            self._say("title", {"title": pick(methodology.title, self.language), "id": methodology.id}),
            self._say("activity", {"on": context.on.isoformat(), "region": context.region}),
            *self._inputs(),
        ]
        if self.found.basis_of is not None or self.record["parameters"]:
            lines += [*self._formulas(), *self._figures(), *self._gases()]
        lines += [*self._credit(), *self._notes()]
        sha256 = methodology.sha256
        return [*lines, self._say("version", {"id": methodology.id, "sha256": sha256})]

    def basis(self) -> str:
        """Which baseline and why."""
        basis, titles = self.found.basis_of, self.found.working.table_titles
        return "" if basis is None else say_basis(basis.code, basis.facts(), titles, self.language)

    def reason(self) -> str | None:
        """Why nothing is credited, or None."""
        code = self.found.reason
        if code is None:
            return None
        for rule in self.methodology.eligibility.rules:
            if rule.reason == code:
                return pick(rule.text, self.language)
        params = self.found.reason_params
        other = pick(words_of(params, "other"), self.language)
        thing = say(f"thing.{params['thing']}", {}, self.language) if "thing" in params else ""
        told = {**params, "other": other, "thing": thing}
        if "asked" in params:
            told["asked"] = self._places(params["asked"])
        if "input" in params:
            told["input"] = self._label(params["input"])
        mode = self.methodology.inputs.get("mode")
        if "mode" in params and isinstance(mode, Choice):
            told["mode"] = pick(mode.titles[params["mode"]], self.language)
        return say_bounded(f"reason.{code}", told, self.language)

    def _places(self, codes: str) -> str:
        """The names of recorded places."""
        regions = load_library().tables.regions
        names = [regions.name_of(code, self.language) for code in codes.split(", ")]
        return str(format_list(names, "or", self.language))

    def _say(self, code: str, params: Mapping[str, Any] | None = None) -> str:
        return say(f"explain.{code}", params or {}, self.language)

    def _label(self, name: str) -> str:
        spec = self.methodology.inputs.get(name)
        return name if spec is None else pick(spec.title, self.language)

    def _inputs(self) -> list[str]:
        lines = []
        for name, entry in self.record["inputs"].items():
            spec = self.methodology.inputs[name]
            if isinstance(spec, Choice):
                value = pick(spec.titles[entry["value"]], self.language)
                lines.append(self._say("choice", {"name": self._label(name), "value": value}))
                continue
            entered = f"{entry['entered']['value']} {entry['entered']['unit']}"
            lines.append(
                self._say(
                    "input",
                    {
                        "name": self._label(name),
                        "entered": entered,
                        "value": _short(entry["value"]),
                        "unit": entry["unit"],
                    },
                )
            )
        return lines

    def _formulas(self) -> list[str]:
        program = self.methodology.program
        if self.methodology.yields == BEHAVIOUR_POINTS:
            if program.points is None:
                return []
            return [self._formula("points", program.points[0], str(self.found.behaviour_points))]
        declared = program.alternatives.get(self.found.working.context.declared_alternative or "")
        scenario = declared or program.scenario
        if scenario is None:
            return []
        found = self.found
        baseline = self._formula("baseline", scenario.baseline, f"{found.baseline_g} g")
        project = self._formula("project", scenario.project, f"{found.project_g} g")
        reduction = self._say(
            "reduction",
            {
                "baseline": found.baseline_g,
                "project": found.project_g,
                "reduction": found.reduction_g,
                "low": found.low_g,
                "high": found.high_g,
            },
        )
        habit = found.basis_code == "habit"
        return [*([] if habit else [baseline]), project, reduction, self._say("basis", {"basis": self.basis()})]

    def _formula(self, label: str, formula: Formula, value: str) -> str:
        named = {**self.record["parameters"], **self.record["inputs"]}
        words = {
            name: _measure(entry["value"], entry["unit"]) if "unit" in entry else str(entry["value"])
            for name, entry in named.items()
        }
        return self._say(
            "formula", {"label": self._say(label), "formula": spell(formula, words, self.choices), "value": value}
        )

    def _figures(self) -> list[str]:
        lines = []
        for name, entry in self.record["parameters"].items():
            spread = ""
            if entry["uncertainty_pct"] is not None:
                basis = say(f"uncertainty.{entry['uncertainty_basis'].partition(' ')[0]}", {}, self.language)
                said = {"pct": entry["uncertainty_pct"], "basis": basis}
                shape = entry.get("distribution")  # older records say none
                said["shape"] = say(f"distribution.{shape}", {}, self.language) if shape else ""
                spread = self._say("shaped_spread" if shape else "spread", said)
            shown = {"label": name, "value": _short(entry["value"]), "unit": entry["unit"], "spread": spread}
            if "fallback" not in entry:
                lines.append(self._say("constant", {**shown, "reason": pick(entry["reason"], self.language)}))
                continue
            version = entry["table_sha256"][:_SHORT_HASH]
            source = {key: entry[key] for key in ("region", "year", "table")}
            source |= source_names(entry["publisher"], entry["document"], self.language)
            source["mark"] = self._mark(read_mark(entry.get("mark") or entry["verification"]))
            lines.append(
                self._say("factor", {**shown, **source, "name": pick(entry["name"], self.language), "version": version})
            )
            lines += self._borrowed(name, entry)
            asked = entry["fallback"]["asked"]
            if len(asked) > 1:
                steps = " → ".join(
                    f"{step['region']} ({say('outcome.' + step['outcome'], {}, self.language)})" for step in asked
                )
                lines.append(self._say("asked", {"label": name, "steps": steps}))
        return lines

    def _gases(self) -> list[str]:
        """Which gases were counted, and by whose weights; nothing where a record from before does not say."""
        told = {(entry["gas_scope"], entry["gwp"]) for entry in self.record["parameters"].values() if entry.get("gwp")}
        scopes = {scope for scope, _ in told}
        if scopes == {GasScope.CO2}:
            return [self._say("gases_co2")]
        if len(scopes) > 1:
            return [self._say("gases_mixed")]
        reports = sorted({say(f"gwp.{gwp}", {}, self.language) for _, gwp in told})
        return [self._say("gases_ghg", {"gwp": ", ".join(reports)})] if told else []

    def _borrowed(self, name: str, entry: Mapping[str, Any]) -> list[str]:
        """That a figure is another place's, and by how much that widens its range; older records do not say."""
        place, published = entry["fallback"].get("borrowed_from"), entry["fallback"].get("published_uncertainty_pct")
        if place is None:
            return []
        shown = {"label": name, "place": place, "published": published or "", "pct": entry["uncertainty_pct"] or ""}
        return [self._say("borrowed", shown)]

    def _credit(self) -> list[str]:
        lines = []
        for deduction in self.found.credit.deductions:
            words = say_deduction(deduction, self.language)
            if deduction["kind"] in ("cap", ALLOWANCE, NETTED):
                lines.append(self._say("cap", {"reason": words}))
            elif deduction["code"] == METHOD:
                lines.append(self._say("lower_bound", {"reason": words}))
            else:
                kind = self._say(deduction["kind"])
                lines.append(self._say("deduction", {"weight": deduction["weight"], "kind": kind, "reason": words}))
            if deduction["kind"] == "conservativeness":
                lines += self._caution()
        if self.found.status != CREDITED:
            return [*lines, self._say("uncredited", {"reason": self.reason()})]
        if self.methodology.yields == BEHAVIOUR_POINTS:
            return [*lines, self._say("credited_points", {"points": self.found.behaviour_points})]
        return [*lines, self._say("credited", {"credited": self.found.credited_g})]

    def _caution(self) -> list[str]:
        """Where the level, or the weight of a band, is from."""
        caution = self.found.working.caution
        if caution is None:
            return []
        level, source = caution.lower_bound, caution.bands_from
        if level is not None:
            named = source_names(level.publisher, level.document, self.language)
            return [self._say("lower_bound_from", {**named, "mark": self._mark(level.mark)})]
        if source is None:
            return []
        named = source_names(source.publisher, source.document, self.language)
        return [self._say("band", {**named, "mark": self._mark(source.mark)})]

    def _mark(self, mark: str) -> str:
        return say(f"mark.{mark}", {}, self.language)

    def _notes(self) -> list[str]:
        lines = []
        naive = self.methodology.contrast
        if naive is not None and self.found.contrast_g is not None:
            label = pick(naive.label, self.language)
            lines.append(self._say("contrast", {"label": label, "grams": self.found.contrast_g}))
        lines += [
            self._say("assumption", {"text": pick(assumption.text, self.language)})
            for assumption in self.methodology.assumptions
        ]
        for warning in self.found.warnings:
            text = say(f"warning.{warning['code']}", warning["params"], self.language)
            lines.append(self._say("warning", {"text": text}))
        return lines


def _measure(value: str, unit: str) -> str:
    return _short(value) if unit == "1" else f"{_short(value)} {unit}"


def _short(text: str) -> str:
    """At most six decimals, for reading; the record keeps them all."""
    value = Decimal(text)
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -6:
        value = EXACT.quantize(value, _SIX_DIGITS)
    return short_text(value)
