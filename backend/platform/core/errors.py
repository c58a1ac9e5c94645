"""What services raise: a code and its facts. HTTP statuses and texts belong to `problems`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from backend.platform.core import i18n
from backend.platform.core.i18n import Language
from calculators import FieldError
from offsets import RegisterRefused, RowFault

MOST_SHOWN = 200  # faults of a register


class Refusal(Exception):
    """A request that is understood and refused. `code` is stable (`ledger.insufficient_points`); `facts` are JSON-able.

    The code stands in `error_codes.CODES`; the status follows from its kind, the words from the translations.
    """

    def __init__(self, code: str, **facts: Any) -> None:
        self.code = code
        self.facts = facts
        super().__init__(code, facts)


class InvalidFields(Refusal):
    """A request whose fields cannot be read: `errors` is a list of `{"field", "message"}` or `{"field", "code", …}`.

    The code of a field is one word of letters and underscores, `out_of_range`; the dots of a rule book's own
    (`input.out_of_range`) become underscores. A code with a dot is that of a whole refusal.
    """

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        self.errors = [one | {"code": code_of_field(one["code"])} if "code" in one else one for one in errors]
        super().__init__("request.invalid", errors=self.errors)


def code_of_field(code: str) -> str:
    """A code as the faults of fields are named."""
    return code.replace(".", "_")


def invalid_field(field: str, code: str, **facts: Any) -> InvalidFields:
    """One field that cannot be accepted; `code` names the translated message (context `field`)."""
    return InvalidFields([{"field": field, "code": code, **facts}])


def invalid_inputs(errors: Iterable[FieldError]) -> InvalidFields:
    """What the rule book refused, field by field, under its own codes."""
    return InvalidFields([{"field": error.field, "code": error.code, **error.params} for error in errors])


def word_field_error(row: dict[str, Any], language: Language | None = None) -> dict[str, Any]:
    """One of the `errors` of `InvalidFields` in words of `language` (default: the request's), without its facts."""
    if "message" in row:
        return row
    wanted = language or i18n.current_language()
    facts = {
        name: i18n.pick(value, wanted) if isinstance(value, Mapping) else value
        for name, value in row.items()
        if name not in ("field", "code")
    }
    message = i18n.text("field", row["code"], language=wanted, **facts)
    return {"field": row["field"], "code": row["code"], "message": message}


def refuse_register(refused: RegisterRefused) -> InvalidFields:
    """What a register is refused with: each fault by its row and column, the first ones where there are very many."""
    return refuse_rows(refused.faults)


def refuse_rows(faults: Sequence[RowFault]) -> InvalidFields:
    """The same, for faults that only the books can tell."""
    return InvalidFields([_field_of(fault) for fault in _first_faults(faults)])


def _first_faults(faults: Sequence[RowFault]) -> Iterable[RowFault]:
    return sorted(faults, key=lambda fault: fault.row)[:MOST_SHOWN]


def _field_of(fault: RowFault) -> dict[str, str | int]:
    column = f".{fault.column}" if fault.column else ""
    return {"field": f"rows[{fault.row}]{column}", "code": fault.code, **fault.facts}
