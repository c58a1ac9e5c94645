"""What supports a person's word.

examine(content, media, …)         outside any transaction: what it is and what it shows
record_evidence(session, …)         its row and its place in the directories, once by anyone
summarize(session, pieces)       what the pieces behind one activity amount to
"""

from backend.activities.service.evidence.attachment import (
    EvidenceSummary,
    age_told_by,
    attest,
    check_usable,
    examine_papers,
    fetch_pieces,
    summarize,
)
from backend.activities.service.evidence.coarse_tracks import (
    TOPIC_COARSEN,
    coarsen_later,
    coarsened,
    find_to_coarsen,
    list_withdrawn_tracks,
    mark_coarsened,
)
from backend.activities.service.evidence.facts import MeterShown, PaperShown, TrackShown
from backend.activities.service.evidence.inspect import Piece, examine, media_of
from backend.activities.service.evidence.links import (
    PieceView,
    find_original,
    get_evidence,
    get_piece,
    list_evidence,
    open_link,
    present_to_decider,
    unseal_content,
)
from backend.activities.service.evidence.look_alikes import drop_old_look_alikes, list_sketches, most_alike
from backend.activities.service.evidence.personal_data import TOPIC_ERASED, export, forget, list_kept_files, transfer
from backend.activities.service.evidence.picture_copies import list_earlier_pictures, most_alike_picture
from backend.activities.service.evidence.upload import LOCATION, mark_kept, record_evidence, seal_content

__all__ = [
    "LOCATION",
    "TOPIC_COARSEN",
    "TOPIC_ERASED",
    "EvidenceSummary",
    "MeterShown",
    "PaperShown",
    "Piece",
    "PieceView",
    "TrackShown",
    "age_told_by",
    "attest",
    "check_usable",
    "coarsen_later",
    "coarsened",
    "drop_old_look_alikes",
    "examine",
    "examine_papers",
    "export",
    "fetch_pieces",
    "find_original",
    "find_to_coarsen",
    "forget",
    "get_evidence",
    "get_piece",
    "list_earlier_pictures",
    "list_evidence",
    "list_kept_files",
    "list_sketches",
    "list_withdrawn_tracks",
    "mark_coarsened",
    "mark_kept",
    "media_of",
    "most_alike",
    "most_alike_picture",
    "open_link",
    "present_to_decider",
    "record_evidence",
    "seal_content",
    "summarize",
    "transfer",
    "unseal_content",
]
