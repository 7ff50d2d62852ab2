"""How often what calendars show has changed without an announcement, instead of how often anything of the event has."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("calendar_changes", sa.Integer(), server_default="0", nullable=False))
    # The numbers that calendars have already must not grow less.
    op.execute("UPDATE events SET calendar_changes = version")


def downgrade() -> None:
    op.drop_column("events", "calendar_changes")
