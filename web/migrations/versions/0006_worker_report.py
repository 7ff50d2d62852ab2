"""What is wrong around each part of a worker, beside its sign of life."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "worker_heartbeats", sa.Column("report", sa.JSON(none_as_null=True), nullable=False, server_default="{}")
    )


def downgrade() -> None:
    with op.batch_alter_table("worker_heartbeats") as table:
        table.drop_column("report")
