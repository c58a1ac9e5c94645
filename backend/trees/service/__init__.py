"""The verbs of trees: record pools, hold, fund, earn, contract, plant, survey, replace, write down.

Everything here runs inside the transaction of whoever calls it. Lock order: pool → planting.
"""

from backend.trees.domain import (
    ClaimState,
    Grant,
    GrowthOfYear,
    HeldShares,
    Holding,
    Origin,
    PoolView,
    TreeHolding,
)
from backend.trees.service.claims import claim
from backend.trees.service.growth import find_holding_of_number, get_growth, list_holdings
from backend.trees.service.holdings import find_holding, fund
from backend.trees.service.invariants import verify
from backend.trees.service.owner_notes import TELL_TOPIC, tell
from backend.trees.service.personal_data import export_claims, export_holdings, forget
from backend.trees.service.photos import MEDIA, SentPicture, get_photo, read_picture, record_photo, storage_name
from backend.trees.service.plantings import accept_held, drop_held, list_held, lock_planting, plant, replace_dead
from backend.trees.service.pools import (
    contract,
    get_pool,
    import_library,
    list_owners,
    list_pools,
    record_document,
    record_pool,
    set_open,
)
from backend.trees.service.public_pages import TreesPage, get_page
from backend.trees.service.shares import TreeHolder, find_hold, hold, release, sum_holds
from backend.trees.service.surveys import survey, write_down

__all__ = [
    "MEDIA",
    "TELL_TOPIC",
    "ClaimState",
    "Grant",
    "GrowthOfYear",
    "HeldShares",
    "Holding",
    "Origin",
    "PoolView",
    "SentPicture",
    "TreeHolder",
    "TreeHolding",
    "TreesPage",
    "accept_held",
    "claim",
    "contract",
    "drop_held",
    "export_claims",
    "export_holdings",
    "find_hold",
    "find_holding",
    "find_holding_of_number",
    "forget",
    "fund",
    "get_growth",
    "get_page",
    "get_photo",
    "get_pool",
    "hold",
    "import_library",
    "list_held",
    "list_holdings",
    "list_owners",
    "list_pools",
    "lock_planting",
    "plant",
    "read_picture",
    "record_document",
    "record_photo",
    "record_pool",
    "release",
    "replace_dead",
    "set_open",
    "storage_name",
    "sum_holds",
    "survey",
    "tell",
    "verify",
    "write_down",
]
