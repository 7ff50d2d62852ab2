"""An event may show participants who wishes to meet them; since when it does. None does so far."""

import sqlalchemy as sa
from alembic import op

from web.models import base

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("wishes_shown_at", base.UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("events", "wishes_shown_at")
