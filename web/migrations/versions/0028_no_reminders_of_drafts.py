"""Whoever has begun a registration form may ask for no reminders of it."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "registration_drafts", sa.Column("no_reminders", sa.Boolean(), server_default=sa.false(), nullable=False)
    )


def downgrade() -> None:
    with op.batch_alter_table("registration_drafts") as table:
        table.drop_column("no_reminders")
