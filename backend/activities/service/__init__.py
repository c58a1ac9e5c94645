"""The verbs of activities, inside a transaction someone else opened.

    log(session, user_id, Told(…), language)      everything in two round trips: see `logging`

What is credited is the rule book's to say; what is paid is for points and the ledger.
"""

from backend.activities.service.activity_log import log
from backend.activities.service.batch_log import log_batch
from backend.activities.service.decisions import accept, appeal, export_appeals, list_decisions, list_waiting, reject
from backend.activities.service.decisions import export as export_decisions
from backend.activities.service.decisions import forget as forget_words
from backend.activities.service.estimates import Circumstances, Told
from backend.activities.service.evidence import (
    TOPIC_ERASED,
    attest,
    coarsened,
    examine,
    file_name,
    find_to_coarsen,
    get_evidence,
    get_row,
    hand_in,
    list_evidence,
    mark_coarsened,
    mark_kept,
    open_link,
    seal_content,
    unseal_content,
)
from backend.activities.service.evidence import export as export_evidence
from backend.activities.service.factor_usage import list_reductions_resting_on
from backend.activities.service.guest_merge import adopt
from backend.activities.service.household_claims import broken_claims
from backend.activities.service.invariants import (
    broken_caps,
    broken_covers,
    broken_exclusions,
    broken_results,
    broken_sums,
)
from backend.activities.service.late_evidence import support
from backend.activities.service.methodology_notices import announce, list_affected
from backend.activities.service.previews import preview
from backend.activities.service.queries import export, forget, get_activity, get_reduction, list_activities, list_told
from backend.activities.service.routines import (
    Due,
    add_routine,
    confirm,
    end_routine,
    export_routines,
    forget_routines,
    list_due,
    list_routines,
    skip,
)
from backend.activities.service.screening import COARSEN as TOPIC_COARSEN
from backend.activities.service.totals import MonthOf, broken_months, month_of, months_question, sum_held
from backend.activities.service.withdrawal import withdraw

__all__ = [
    "TOPIC_COARSEN",
    "TOPIC_ERASED",
    "Circumstances",
    "Due",
    "MonthOf",
    "Told",
    "accept",
    "add_routine",
    "adopt",
    "announce",
    "appeal",
    "attest",
    "broken_caps",
    "broken_claims",
    "broken_covers",
    "broken_exclusions",
    "broken_months",
    "broken_results",
    "broken_sums",
    "coarsened",
    "confirm",
    "end_routine",
    "examine",
    "export",
    "export_appeals",
    "export_decisions",
    "export_evidence",
    "export_routines",
    "file_name",
    "find_to_coarsen",
    "forget",
    "forget_routines",
    "forget_words",
    "get_activity",
    "get_evidence",
    "get_reduction",
    "get_row",
    "hand_in",
    "list_activities",
    "list_affected",
    "list_decisions",
    "list_due",
    "list_evidence",
    "list_reductions_resting_on",
    "list_routines",
    "list_told",
    "list_waiting",
    "log",
    "log_batch",
    "mark_coarsened",
    "mark_kept",
    "month_of",
    "months_question",
    "open_link",
    "preview",
    "reject",
    "seal_content",
    "skip",
    "sum_held",
    "support",
    "unseal_content",
    "withdraw",
]
