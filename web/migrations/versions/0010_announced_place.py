"""The place that was announced with a timetable; who has changed since, found without reading all."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("schedule_versions", sa.Column("place", sa.String(length=200), nullable=True))
    op.create_index("ix_registrations_event_id_updated_at", "registrations", ["event_id", "updated_at"])


def downgrade() -> None:
    op.drop_index("ix_registrations_event_id_updated_at", "registrations")
    op.drop_column("schedule_versions", "place")
