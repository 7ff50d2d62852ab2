"""How often a participant has come or gone: of all that is theirs, this alone gives their calendar another number."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("registrations", sa.Column("status_changes", sa.Integer(), server_default="0", nullable=False))
    # The numbers that calendars have already must not grow less.
    op.execute("UPDATE registrations SET status_changes = version")


def downgrade() -> None:
    op.drop_column("registrations", "status_changes")
