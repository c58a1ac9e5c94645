"""The verbs of the console: signing in to the pages, drafts in writing, reviews, and what waits for whom."""

from __future__ import annotations

from backend.console.service.drafts import (
    DraftView,
    begin_draft,
    get_draft,
    list_drafts,
    submit,
    take_back,
    view_draft,
    write_draft,
)
from backend.console.service.held_activities import CasePage, find_track, list_waiting, open_case, read_places
from backend.console.service.reviews import (
    VersionPage,
    approve,
    comment,
    get_today,
    get_version_page,
    list_history,
    list_states,
    reject,
    request_changes,
    settle_comment,
)
from backend.console.service.second_factor import (
    Enrolment,
    begin_enrolment,
    export,
    forget,
    is_enrolled,
    reset_second_factor,
)
from backend.console.service.sign_in import (
    check_password,
    check_second_factor,
    drop_expired_sign_ins,
    find_credentials,
    find_visitor,
    sign_in,
    sign_out,
)
from backend.console.service.work_list import list_work

__all__ = [
    "CasePage",
    "DraftView",
    "Enrolment",
    "VersionPage",
    "approve",
    "begin_draft",
    "begin_enrolment",
    "check_password",
    "check_second_factor",
    "comment",
    "drop_expired_sign_ins",
    "export",
    "find_credentials",
    "find_track",
    "find_visitor",
    "forget",
    "get_draft",
    "get_today",
    "get_version_page",
    "is_enrolled",
    "list_drafts",
    "list_history",
    "list_states",
    "list_waiting",
    "list_work",
    "open_case",
    "read_places",
    "reject",
    "request_changes",
    "reset_second_factor",
    "settle_comment",
    "sign_in",
    "sign_out",
    "submit",
    "take_back",
    "view_draft",
    "write_draft",
]
