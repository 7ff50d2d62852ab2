"""Agendas may be attached to mails: whether an event wants that, and what became of it for each mail."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("attach_agendas", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("outbox_mails", sa.Column("attaching", sa.String(length=20), nullable=True))


def downgrade() -> None:
    op.drop_column("outbox_mails", "attaching")
    op.drop_column("events", "attach_agendas")
