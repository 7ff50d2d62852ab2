"""What a version repaired, and what undoing that puts back."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("schedule_versions", sa.Column("repair", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    op.drop_column("schedule_versions", "repair")
