"""What supports a person's word: the kinds they may hand in, what each may be sent as, and how much of it.

A kind is the tier that methodologies give a weight to, but for the odometer: two of its readings are one
`odometer_pair`. What only somebody else can vouch for (a fare record, a partner's) is attested, never handed in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from backend.methodology.domain import JPEG as JPEG
from backend.methodology.domain import PDF as PDF
from backend.methodology.domain import PICTURES as PICTURES
from backend.methodology.domain import PNG as PNG
from backend.methodology.domain import WEBP as WEBP
from calculators import GEOJSON as GEOJSON
from calculators import TRACKS

TRACES = TRACKS
MEDIA = (*PICTURES, PDF, *TRACES)
MOST_BYTES = 10 * 1024 * 1024
ODOMETER_PAIR = "odometer_pair"


class EvidenceKind(StrEnum):
    """What a person may hand in."""

    PHOTO = "photo"
    RECEIPT = "receipt"
    UTILITY_BILL = "utility_bill"
    WEIGHT_SLIP = "weight_slip"
    REPAIR_BILL = "repair_bill"
    PURCHASE_RECORD = "purchase_record"
    METER_READING = "meter_reading"
    ODOMETER_READING = "odometer_reading"
    GPS_TRACE = "gps_trace"


READINGS = (EvidenceKind.METER_READING, EvidenceKind.ODOMETER_READING)
# what a machine reads (ADR 0066); a PDF may be sent as any of these
PAPERS = (EvidenceKind.UTILITY_BILL, EvidenceKind.PURCHASE_RECORD, EvidenceKind.RECEIPT, EvidenceKind.REPAIR_BILL)
DOCUMENTS = tuple(kind for kind in EvidenceKind if kind not in (*READINGS, EvidenceKind.GPS_TRACE))


@dataclass(frozen=True)
class EvidencePiece:
    """A stored piece of evidence; `tier` is its kind, or what was attested. Without a file it was only attested."""

    user_id: str
    id: str
    tier: str
    attested_by: str
    created_at: datetime
    activity_id: str | None = None
    media: str | None = None
    size: int | None = None
    content_hash: str | None = None
    sealed_for: str | None = None
    sealed_facts: bytes | None = None
    kept_at: datetime | None = None
    coarsened_at: datetime | None = None

    @property
    def is_own_reading(self) -> bool:
        """Whether it is the reading of a meter or odometer that the person handed in."""
        return self.media is not None and self.tier in READINGS

    @property
    def is_track(self) -> bool:
        """Whether it is a recorded track, and not only attested as one."""
        return self.media is not None and self.tier == EvidenceKind.GPS_TRACE

    @property
    def is_own_paper(self) -> bool:
        """Whether it is a bill, an order or a receipt that the person handed in."""
        return self.media is not None and self.tier in PAPERS

    @property
    def is_attested(self) -> bool:
        """Whether somebody else vouches for it."""
        return self.attested_by != self.user_id

    @property
    def is_kept(self) -> bool:
        """Whether its file, where it has one, is in the storage."""
        return self.media is None or self.kept_at is not None

    @property
    def file_name(self) -> str:
        """Where the storage keeps its file: with its first owner's others, so that they go together."""
        return f"{self.sealed_for}/{self.id}"


def tier_of_pair(tier: str) -> str:
    """The tier of two readings of one device of this tier."""
    return ODOMETER_PAIR if tier == EvidenceKind.ODOMETER_READING else tier
