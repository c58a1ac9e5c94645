"""The tables of the registry: projects, lots and dues are shared; holds, retirements and certificates are owned."""

from backend.registry.models.lots import HoldRow, LotMovement, LotRow, ProjectRow, SeriesRow
from backend.registry.models.recalls import RecalledRetirement, RecalledUnits, RecallRow
from backend.registry.models.retirements import CertificateNumber, CertificateRow, RetirementRow, SerialDue

__all__ = [
    "CertificateNumber",
    "CertificateRow",
    "HoldRow",
    "LotMovement",
    "LotRow",
    "ProjectRow",
    "RecallRow",
    "RecalledRetirement",
    "RecalledUnits",
    "RetirementRow",
    "SerialDue",
    "SeriesRow",
]
