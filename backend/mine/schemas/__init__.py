"""The shapes of mine on the wire."""

from backend.mine.schemas.account import AccountOut, AccountQuery
from backend.mine.schemas.home import ClientOut, HomeOut
from backend.mine.schemas.leaving import DepartureOut
from backend.mine.schemas.statements import IssueIn, RevokeIn, StatementListed, StatementVerdict
from backend.mine.schemas.together import TogetherOut, TogetherQuery

__all__ = [
    "AccountOut",
    "AccountQuery",
    "ClientOut",
    "DepartureOut",
    "HomeOut",
    "IssueIn",
    "RevokeIn",
    "StatementListed",
    "StatementVerdict",
    "TogetherOut",
    "TogetherQuery",
]
