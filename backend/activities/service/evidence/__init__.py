"""What supports a person's word.

examine(sent, kind, reading)        outside any transaction: what it is and what it shows
hand_in(session, user_id, piece)    its row and its place in the directories, once by anyone
use(session, …)                     bound to the one activity it supports
"""

from backend.activities.service.evidence.attach import (
    attest,
    fetch_pieces,
    is_track,
    question,
    read_pieces,
    readings,
    strongest,
    tiers_of,
    unattested,
    use,
)
from backend.activities.service.evidence.coarse_tracks import coarsened, find_to_coarsen, mark_coarsened
from backend.activities.service.evidence.inspect import Piece, examine
from backend.activities.service.evidence.kinds import KINDS, MEDIA, MOST_BYTES
from backend.activities.service.evidence.links import (
    get_evidence,
    get_row,
    list_evidence,
    open_link,
    unseal_content,
)
from backend.activities.service.evidence.personal_data import TOPIC_ERASED, bring, export, forget
from backend.activities.service.evidence.upload import file_name, hand_in, mark_kept, read_facts, seal_content
from calculators import bounded

BOUNDED = frozenset(bounded())  # the regions whose bounds a track can refute

__all__ = [
    "BOUNDED",
    "KINDS",
    "MEDIA",
    "MOST_BYTES",
    "TOPIC_ERASED",
    "Piece",
    "attest",
    "bring",
    "coarsened",
    "examine",
    "export",
    "fetch_pieces",
    "file_name",
    "find_to_coarsen",
    "forget",
    "get_evidence",
    "get_row",
    "hand_in",
    "is_track",
    "list_evidence",
    "mark_coarsened",
    "mark_kept",
    "open_link",
    "question",
    "read_facts",
    "read_pieces",
    "readings",
    "seal_content",
    "strongest",
    "tiers_of",
    "unattested",
    "unseal_content",
    "use",
]
