"""What every table must be: owned by someone in its key, whole numbers, instants with a zone.

A table is *owned* unless it is declared here as shared reference data or as a directory, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import Date, DateTime, Float, MetaData, Numeric, Table, UniqueConstraint
from sqlalchemy.types import TypeDecorator

OWNER = "user_id"

# Reference data: small, the same for everyone, written by operators or by the installation itself.
SHARED: dict[str, str] = {
    "switches": "turned by the person on call for the whole installation",
    "audit_entries": "what operators did to the whole installation",
    "methodology_versions": "the rule book, the same for everyone",
    "ledger_day_sums": "what a day changed on the accounts of the installation, added up by a job",
    "ledger_rolled_days": "which days those sums cover",
    "directory_keys": "the wrapped key of the directories' hashes, one for the whole installation",
    "job_runs": "which slot of which job was run, for the whole installation",
    "offset_projects": "what may be bought, the same for everyone",
    "serial_series": "serial numbers of the registries, locked while a block of them is imported",
    "circles": "the number of a circle of accounts that share an allowance, locked by whoever of them uses it",
    "circle_links": "the keyed hash of what a circle shares; it leads to nobody, so that no erased one begins anew",
    "lots": "scarce units that everyone buys from, one conditional update each",
    "lot_movements": "what happened to each lot",
    "serial_dues": "what the upstream registries must retire",
    "footprint_models": "a survey with the figures of a place, frozen, the same for whoever answered it",
}
# The only ways in without an owner: the key is the outside value, or a keyed hash of it.
DIRECTORIES: dict[str, str] = {
    "evidence_references": "how evidence handed in twice is found out, whoever hands it in",
    "trace_marks": "how a copy of a track is found out, whoever hands it in",
    "trace_sketches": "the keyed hash of a cell and a month: how a track made from another is found out",
    "picture_outlines": "the keyed hash of a coarse outline and a month: how a picture made from another is found out",
    "flow_claims": "the instance of a flow of a person or a household: it is paid once, to one activity",
    "thing_claims": "the keyed hash of a meter, car or roof and a day: it counts once, for one person",
    "household_invitations": "the keyed hash of a code that lets somebody join a household",
    "push_endpoints": "the keyed hash of the address at which a push service reaches a device",
    "identities": "the keyed hash of an e-mail, phone number, passkey or provider's subject",
    "refresh_tokens": "the hash of a refresh token",
    "one_time_codes": "the keyed hash of the address a code was sent to",
    "ceremonies": "the hash of the secret a device was given as its sign-in began",
    "certificate_numbers": "the number printed on a certificate",
    "statement_numbers": "the number printed on a statement",
    "payment_intents": "the provider's id of a payment",
    "notices": "the provider's id of a notice",
}
# Instants whose name says so without the ending.
SAYS_IT_IS_AN_INSTANT: dict[str, str] = {
    "at": "the ending alone: a row that is one happening",
    "slot": "a job's period, named by the instant it begins",
    "not_before": "a bound on time",
    "lease_until": "a bound on time",
}

Rule = Callable[[MetaData], Iterator[str]]


def every_table_belongs_to_someone_or_is_declared(metadata: MetaData) -> Iterator[str]:
    for table in owned(metadata):
        key = [column.name for column in table.primary_key]
        if key[:1] != [OWNER]:
            yield (
                f"{table.name} is keyed {key}: start with {OWNER}, or declare it in tests/house/tables.py "
                "as shared or as a directory, with the reason"
            )


def no_reference_leads_to_another_owner(metadata: MetaData) -> Iterator[str]:
    for table in owned(metadata):
        for constraint in table.foreign_key_constraints:
            if constraint.referred_table.name in SHARED:
                continue
            referred = constraint.referred_table.name
            pairs = {(element.parent.name, element.column.name) for element in constraint.elements}
            if (OWNER, OWNER) not in pairs:
                yield f"{table.name} refers to {referred} without {OWNER}: it could be another person's row"


def uniqueness_is_per_owner(metadata: MetaData) -> Iterator[str]:
    for table in owned(metadata):
        unique = [index for index in table.indexes if index.unique]
        for constraint in [*unique, *_unique_constraints(table)]:
            columns = [column.name for column in constraint.columns]
            if OWNER not in columns:
                yield f"{table.name} is unique over {columns} for everyone: that belongs in a directory"


def directories_are_keyed_by_the_outside_value(metadata: MetaData) -> Iterator[str]:
    for table in metadata.tables.values():
        if table.name in DIRECTORIES:
            if OWNER in [column.name for column in table.primary_key]:
                yield f"{table.name} is a directory: its key is the outside value alone"
            if OWNER not in table.columns:
                yield f"{table.name} is a directory: it names the {OWNER} it leads to"


def no_column_is_a_float(metadata: MetaData) -> Iterator[str]:
    for table in metadata.tables.values():
        for column in table.columns:
            if isinstance(_stored(column.type), Numeric | Float):
                yield f"{table.name}.{column.name} is {column.type!r}: whole numbers, or DecimalText"


def every_instant_knows_its_zone(metadata: MetaData) -> Iterator[str]:
    from backend.platform.data.columns import UtcInstant

    for table in metadata.tables.values():
        for column in table.columns:
            if isinstance(_stored(column.type), DateTime):
                if not isinstance(column.type, UtcInstant):
                    yield f"{table.name}.{column.name} is a naive instant: use UtcInstant"
                if not column.name.endswith("_at") and column.name not in SAYS_IT_IS_AN_INSTANT:
                    yield f"{table.name}.{column.name} is an instant: its name ends with _at"
            elif isinstance(_stored(column.type), Date) and not column.name.endswith("_on"):
                yield f"{table.name}.{column.name} is a civil day: its name ends with _on"


def every_declaration_is_of_a_table(metadata: MetaData) -> Iterator[str]:
    for name in {**SHARED, **DIRECTORIES}:
        if name not in metadata.tables:
            yield f"{name} is declared but there is no such table"


RULES: dict[str, Rule] = {
    check.__name__: check
    for check in (
        every_table_belongs_to_someone_or_is_declared,
        no_reference_leads_to_another_owner,
        uniqueness_is_per_owner,
        directories_are_keyed_by_the_outside_value,
        no_column_is_a_float,
        every_instant_knows_its_zone,
        every_declaration_is_of_a_table,
    )
}


def owned(metadata: MetaData) -> list[Table]:
    return [table for table in metadata.tables.values() if table.name not in {**SHARED, **DIRECTORIES}]


def _stored(kind: object) -> object:
    return kind.impl if isinstance(kind, TypeDecorator) else kind


def _unique_constraints(table: Table) -> Iterator[UniqueConstraint]:
    return (constraint for constraint in table.constraints if isinstance(constraint, UniqueConstraint))
