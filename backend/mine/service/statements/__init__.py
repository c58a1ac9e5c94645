"""Statements: what a month or a year came to, signed, kept, printed, verified by anyone, revocable."""

from backend.mine.service.statements.issuing import find_file, issue, issue_anew, list_statements
from backend.mine.service.statements.keeping import export, forget
from backend.mine.service.statements.printing import print_statement
from backend.mine.service.statements.proving import REASONS, Verdict, broken_statements, revoke, verify

__all__ = [
    "REASONS",
    "Verdict",
    "broken_statements",
    "export",
    "find_file",
    "forget",
    "issue",
    "issue_anew",
    "list_statements",
    "print_statement",
    "revoke",
    "verify",
]
