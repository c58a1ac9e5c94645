"""The verbs of the registry: record projects, import blocks, hold, release, retire, certify, follow up serials.

Grams change only through `lot_movements`; everything here runs inside the transaction of whoever calls it. Lock order:
series → lots (by lot id).
"""

from backend.registry.domain import (
    CertificateView,
    Goods,
    HeldSums,
    Holder,
    ImportedLot,
    LotImport,
    Offer,
    ProjectChoice,
    Verdict,
)
from backend.registry.domain.recalls import RecallRequest, RecallView, UnitChoice
from backend.registry.service.certificate_badge import draw_badge, find_year
from backend.registry.service.certificates import (
    find_certificate_number,
    get_certificate,
    issue_certificate,
    print_certificate,
    verify_certificate,
)
from backend.registry.service.holds import hold, list_holds, lock_shelf, release, sum_holds
from backend.registry.service.invariants import verify
from backend.registry.service.lot_exports import import_lots
from backend.registry.service.lot_import import import_block, import_document, import_library
from backend.registry.service.low_stock import LOW_STOCK_TOPIC, list_keepers_to_tell, list_low_stock, tell_low_stock
from backend.registry.service.personal_data import (
    export_certificates,
    export_recalled,
    export_retirements,
    forget,
)
from backend.registry.service.projects import (
    get_offer,
    get_project,
    list_offers,
    list_questions,
    record_project,
    set_on_sale,
)
from backend.registry.service.recalls import (
    RECALL_REFUND_TOPIC,
    RECALL_TOPIC,
    get_recall,
    list_owners_behind,
    list_recalled_people,
    make_good,
    open_recall,
)
from backend.registry.service.retirements import (
    list_references,
    list_retired_between,
    list_retired_for,
    list_retirements,
    retire,
    sum_goods,
)
from backend.registry.service.upstream_retirements import ask_upstream, confirm_upstream, list_serial_dues

__all__ = [
    "LOW_STOCK_TOPIC",
    "RECALL_REFUND_TOPIC",
    "RECALL_TOPIC",
    "CertificateView",
    "Goods",
    "HeldSums",
    "Holder",
    "ImportedLot",
    "LotImport",
    "Offer",
    "ProjectChoice",
    "RecallRequest",
    "RecallView",
    "UnitChoice",
    "Verdict",
    "ask_upstream",
    "confirm_upstream",
    "draw_badge",
    "export_certificates",
    "export_recalled",
    "export_retirements",
    "find_certificate_number",
    "find_year",
    "forget",
    "get_certificate",
    "get_offer",
    "get_project",
    "get_recall",
    "hold",
    "import_block",
    "import_document",
    "import_library",
    "import_lots",
    "issue_certificate",
    "list_holds",
    "list_keepers_to_tell",
    "list_low_stock",
    "list_offers",
    "list_owners_behind",
    "list_questions",
    "list_recalled_people",
    "list_references",
    "list_retired_between",
    "list_retired_for",
    "list_retirements",
    "list_serial_dues",
    "lock_shelf",
    "make_good",
    "open_recall",
    "print_certificate",
    "record_project",
    "release",
    "retire",
    "set_on_sale",
    "sum_goods",
    "sum_holds",
    "tell_low_stock",
    "verify",
    "verify_certificate",
]
