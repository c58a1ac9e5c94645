"""How long a trip takes at least, so that trips without a duration can be held against one another.

What was logged before has none: it is compared by its duration, as it was, until it is older than anything may be told.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Add the column."""
    op.add_column("activities", sa.Column("least_s", sa.Integer()))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("activities", "least_s")
