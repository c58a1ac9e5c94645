"""Consents: what someone agreed to or refused, in which version, when. Rows are only ever added."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKeyConstraint, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.platform.data.columns import Id, UtcInstant
from backend.platform.data.transactions import Base


class Consent(Base):
    """One decision about one text; the latest row per kind is what holds."""

    __tablename__ = "consents"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(30))  # a key of consents.toml
    version: Mapped[str] = mapped_column(String(20))
    is_given: Mapped[bool] = mapped_column(Boolean)
    sealed_by: Mapped[bytes | None] = mapped_column(LargeBinary)  # the guardian's e-mail, where one decided
    decided_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        ForeignKeyConstraint(["user_id"], ["users.user_id"]),
        Index(None, "user_id", "kind", "id"),
    )
