"""What does not keep a rule yet: this list only shrinks. Whoever mends one takes it out here, or a test fails."""

from __future__ import annotations

# rule: the file, and the name in it
KNOWN: dict[str, frozenset[str]] = {
    "no_function_hides_its_parameters": frozenset(
        {
            "backend/accounts/schemas/sign_in.py email",
            "backend/platform/core/errors.py __init__",
            "backend/platform/core/errors.py invalid_field",
            "backend/platform/privacy/audit.py record",
            "backend/platform/web/edge.py _endpoint",
            "backend/platform/web/edge.py delete",
            "backend/platform/web/edge.py get",
            "backend/platform/web/edge.py patch",
            "backend/platform/web/edge.py post",
            "backend/platform/web/edge.py put",
            "backend/platform/web/fields.py __init__",
            "backend/platform/web/fields.py refused",
            "backend/portfolio/schemas/account.py __init__",
            "backend/ports/message_queue.py write",
            "backend/registry/api/certificate_page.py say",
            "offsets/errors.py __init__",
            "offsets/sandbox/errors.py __init__",
            "offsets/sandbox/errors.py error_body",
        }
    ),
    "no_alias_stands_for_an_untyped_dictionary": frozenset(
        {
            "backend/platform/ops/outbox.py Facts",
            "backend/platform/privacy/personal_data.py Record",
            "offsets/sandbox/errors.py Body",
            "offsets/sandbox/form_fields.py Params",
            "offsets/sandbox/store.py Record",
        }
    ),
    "no_python_file_is_too_short_to_stand_alone": frozenset(
        {
            "backend/accounts/models/consents.py",
            "backend/checkout/api/webhook.py",
            "backend/inbox/service/invariants.py",
            "backend/jobs/sql/dead_letters.py",
            "backend/ledger/api.py",
            "backend/methodology/service/changes.py",
            "backend/paper/styles.py",
            "backend/platform/web/metrics.py",
            "backend/platform/web/paging.py",
            "backend/platform/web/representations.py",
            "backend/points/service/queries.py",
            "backend/ports/adapters.py",
            "backend/ports/message_adapters.py",
            "backend/ports/push/local.py",
            "backend/profiles/api/me.py",
            "backend/profiles/service/guest_transfer.py",
            "backend/registry/api/certificate_page.py",
            "backend/registry/api/projects.py",
            "calculators/estimate/samples.py",
            "calculators/traces/coarse.py",
            "offsets/sandbox/events.py",
        }
    ),
}
