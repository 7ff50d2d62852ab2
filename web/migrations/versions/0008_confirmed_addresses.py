"""Which addresses somebody has confirmed, and when the next mail may leave for the others.

Whoever has worked with the program before counts as having confirmed: nothing of theirs shall wait after an upgrade.
"""

import sqlalchemy as sa
from alembic import op

from web.models import base

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("registrations", "users"):
        op.add_column(table, sa.Column("confirmed_email", sa.String(length=254), nullable=True))
        op.create_index(op.f(f"ix_{table}_confirmed_email"), table, ["confirmed_email"])
    op.execute("UPDATE registrations SET confirmed_email = email WHERE status = 'accepted'")
    op.execute("UPDATE users SET confirmed_email = email WHERE last_sign_in_at IS NOT NULL")
    op.create_table(
        "mail_turns",
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("moments", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("last_at", base.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("address_hash", name=op.f("pk_mail_turns")),
    )
    op.create_index(op.f("ix_mail_turns_last_at"), "mail_turns", ["last_at"])


def downgrade() -> None:
    op.drop_table("mail_turns")
    for table in ("registrations", "users"):
        op.drop_index(op.f(f"ix_{table}_confirmed_email"), table)
        with op.batch_alter_table(table) as batch:
            batch.drop_column("confirmed_email")
