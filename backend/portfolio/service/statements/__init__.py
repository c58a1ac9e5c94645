"""Statements: what a month or a year came to, signed, kept, printed, verified by anyone, revocable."""

from backend.portfolio.domain import RevocationReason
from backend.portfolio.service.statements.issuance import find_file, issue, issue_anew, list_statements, print_statement
from backend.portfolio.service.statements.proof import broken_statements, find_holders, revoke, verify
from backend.portfolio.service.statements.storage import export, forget

REASONS = tuple(reason.value for reason in RevocationReason)

__all__ = [
    "REASONS",
    "broken_statements",
    "export",
    "find_file",
    "find_holders",
    "forget",
    "issue",
    "issue_anew",
    "list_statements",
    "print_statement",
    "revoke",
    "verify",
]
