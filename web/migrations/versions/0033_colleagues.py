"""Colleagues of a registered organisation, each with a link of their own; which mails are theirs."""

import sqlalchemy as sa
from alembic import op

from web.models import base

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "colleagues",
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("confirmed_email", sa.String(length=254), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("wants_mails", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("by_organisers", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("token_issued_at", base.UtcDateTime(), nullable=True),
        sa.Column("token_revoked_at", base.UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name=op.f("fk_colleagues_registration_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_colleagues")),
        sa.UniqueConstraint("registration_id", "email", name=op.f("uq_colleagues_registration_id_email")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_colleagues_token_hash")),
    )
    op.create_index("ix_colleagues_email", "colleagues", ["email"])
    op.create_index("ix_colleagues_confirmed_email", "colleagues", ["confirmed_email"])
    with op.batch_alter_table("outbox_mails") as table:
        table.add_column(sa.Column("colleague_id", sa.Integer(), nullable=True))
        table.create_foreign_key(
            op.f("fk_outbox_mails_colleague_id"), "colleagues", ["colleague_id"], ["id"], ondelete="SET NULL"
        )
        table.create_index("ix_outbox_mails_colleague_id", ["colleague_id"])


def downgrade() -> None:
    with op.batch_alter_table("outbox_mails") as table:
        table.drop_index("ix_outbox_mails_colleague_id")
        table.drop_constraint(op.f("fk_outbox_mails_colleague_id"), type_="foreignkey")
        table.drop_column("colleague_id")
    op.drop_table("colleagues")
