"""The shapes of the portfolio on the wire."""

from backend.portfolio.schemas.account import (
    AccountOut,
    AccountQuery,
    DepartureOut,
    RangeQuery,
    ReductionsInRangeOut,
    TogetherOut,
    TogetherQuery,
)
from backend.portfolio.schemas.home import ClientOut, HomeOut
from backend.portfolio.schemas.statements import IssueIn, RevokeIn, StatementListed, StatementVerdict

__all__ = [
    "AccountOut",
    "AccountQuery",
    "ClientOut",
    "DepartureOut",
    "HomeOut",
    "IssueIn",
    "RangeQuery",
    "ReductionsInRangeOut",
    "RevokeIn",
    "StatementListed",
    "StatementVerdict",
    "TogetherOut",
    "TogetherQuery",
]
