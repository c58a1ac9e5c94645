"""The verbs of activities, inside a transaction someone else opened.

    log(session, user_id, LogActivity(…), language, policy)  everything in two round trips: see `activity_log`

What is credited is the rule book's to say; what is paid is for points and the ledger.
"""

from backend.activities.domain import LogActivity, MonthOf, month_of
from backend.activities.domain.views import LoggedActivity
from backend.activities.service.activity_log import log
from backend.activities.service.asset_claims import broken_claims
from backend.activities.service.batch_log import log_batch
from backend.activities.service.claims_backfill import Backfilled, backfill_claims, list_without_claims
from backend.activities.service.corrections import (
    correct,
    export_earlier_reports,
    forget_earlier_reports,
    list_earlier_reports,
)
from backend.activities.service.decisions import (
    Ruling,
    accept,
    appeal,
    export_appeals,
    list_decisions,
    list_waiting,
    reject,
)
from backend.activities.service.decisions import export as export_decisions
from backend.activities.service.decisions import forget as forget_appeals
from backend.activities.service.evidence import (
    LOCATION,
    TOPIC_COARSEN,
    TOPIC_ERASED,
    Piece,
    PieceView,
    attest,
    coarsened,
    drop_old_look_alikes,
    examine,
    find_to_coarsen,
    get_evidence,
    get_piece,
    list_earlier_pictures,
    list_evidence,
    list_kept_files,
    list_sketches,
    list_withdrawn_tracks,
    mark_coarsened,
    mark_kept,
    media_of,
    most_alike,
    most_alike_picture,
    open_link,
    record_evidence,
    seal_content,
    unseal_content,
)
from backend.activities.service.evidence import export as export_evidence
from backend.activities.service.factor_usage import ReductionUse, list_reductions_using
from backend.activities.service.guest_merge import merge_guest
from backend.activities.service.invariants import (
    broken_caps,
    broken_flows,
    broken_months,
    broken_results,
    broken_sums,
)
from backend.activities.service.issuance import Issuance, get_issuance
from backend.activities.service.late_credit import (
    TOPIC_CREDIT_LATE,
    count_waiting,
    credit_late,
    list_waiting_people,
    open_rules,
)
from backend.activities.service.late_evidence import add_evidence
from backend.activities.service.methodology_notices import announce, list_affected
from backend.activities.service.opened_cases import OpenedCase, open_case
from backend.activities.service.previews import preview
from backend.activities.service.queries import (
    export,
    forget,
    get_activity,
    get_reduction,
    latest_question,
    list_activities,
    list_ranged,
    list_reported,
    months_question,
    sum_held,
    view_latest,
)
from backend.activities.service.recorded_effects import get_recorded_effects
from backend.activities.service.rolling_year import broken_years
from backend.activities.service.routines import (
    Due,
    add_routine,
    confirm,
    due_question,
    end_routine,
    export_routines,
    forget_routines,
    list_due,
    list_routines,
    skip,
)
from backend.activities.service.weeks import broken_weeks
from backend.activities.service.withdrawal import withdraw

__all__ = [
    "LOCATION",
    "TOPIC_COARSEN",
    "TOPIC_CREDIT_LATE",
    "TOPIC_ERASED",
    "Backfilled",
    "Due",
    "Issuance",
    "LogActivity",
    "LoggedActivity",
    "MonthOf",
    "OpenedCase",
    "Piece",
    "PieceView",
    "ReductionUse",
    "Ruling",
    "accept",
    "add_evidence",
    "add_routine",
    "announce",
    "appeal",
    "attest",
    "backfill_claims",
    "broken_caps",
    "broken_claims",
    "broken_flows",
    "broken_months",
    "broken_results",
    "broken_sums",
    "broken_weeks",
    "broken_years",
    "coarsened",
    "confirm",
    "correct",
    "count_waiting",
    "credit_late",
    "drop_old_look_alikes",
    "due_question",
    "end_routine",
    "examine",
    "export",
    "export_appeals",
    "export_decisions",
    "export_earlier_reports",
    "export_evidence",
    "export_routines",
    "find_to_coarsen",
    "forget",
    "forget_appeals",
    "forget_earlier_reports",
    "forget_routines",
    "get_activity",
    "get_evidence",
    "get_issuance",
    "get_piece",
    "get_recorded_effects",
    "get_reduction",
    "latest_question",
    "list_activities",
    "list_affected",
    "list_decisions",
    "list_due",
    "list_earlier_pictures",
    "list_earlier_reports",
    "list_evidence",
    "list_kept_files",
    "list_ranged",
    "list_reductions_using",
    "list_reported",
    "list_routines",
    "list_sketches",
    "list_waiting",
    "list_waiting_people",
    "list_withdrawn_tracks",
    "list_without_claims",
    "log",
    "log_batch",
    "mark_coarsened",
    "mark_kept",
    "media_of",
    "merge_guest",
    "month_of",
    "months_question",
    "most_alike",
    "most_alike_picture",
    "open_case",
    "open_link",
    "open_rules",
    "preview",
    "record_evidence",
    "reject",
    "seal_content",
    "skip",
    "sum_held",
    "unseal_content",
    "view_latest",
    "withdraw",
]
