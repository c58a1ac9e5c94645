"""The verbs of activities, inside a transaction someone else opened.

    log(session, user_id, Told(…), language)      everything in two round trips: see `logging`

What is credited is the rule book's to say; what is paid is for points and the ledger.
"""

from backend.activities.service.adopting import adopt
from backend.activities.service.estimating import preview
from backend.activities.service.evidence import attest
from backend.activities.service.evidence import export as export_evidence
from backend.activities.service.invariants import (
    broken_caps,
    broken_covers,
    broken_exclusions,
    broken_results,
    broken_sums,
)
from backend.activities.service.judging import Circumstances, Told
from backend.activities.service.logging import log
from backend.activities.service.reading import export, forget, get_activity, get_reduction, list_activities
from backend.activities.service.resting import list_reductions_resting_on
from backend.activities.service.totals import MonthOf, broken_months, month_of, months_question, read_months
from backend.activities.service.withdrawing import withdraw

__all__ = [
    "Circumstances",
    "MonthOf",
    "Told",
    "adopt",
    "attest",
    "broken_caps",
    "broken_covers",
    "broken_exclusions",
    "broken_months",
    "broken_results",
    "broken_sums",
    "export",
    "export_evidence",
    "forget",
    "get_activity",
    "get_reduction",
    "list_activities",
    "list_reductions_resting_on",
    "log",
    "month_of",
    "months_question",
    "preview",
    "read_months",
    "withdraw",
]
