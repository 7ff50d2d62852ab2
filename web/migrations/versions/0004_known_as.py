"""What a participant was called before, so that an erasure finds it in what was written then."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "registrations", sa.Column("known_as", sa.JSON(none_as_null=True), nullable=False, server_default="[]")
    )


def downgrade() -> None:
    op.drop_column("registrations", "known_as")
