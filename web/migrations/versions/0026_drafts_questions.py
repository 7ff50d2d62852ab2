"""Registration forms begun and not sent yet; what organisers ask besides, and what is answered."""

import sqlalchemy as sa
from alembic import op

from web.models import base

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "registration_drafts",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("fields", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("token_issued_at", base.UtcDateTime(), nullable=False),
        sa.Column("updated_at", base.UtcDateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_registration_drafts_event_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_drafts")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_registration_drafts_token_hash")),
    )
    op.create_index("ix_registration_drafts_event_id_email", "registration_drafts", ["event_id", "email"])
    op.add_column("events", sa.Column("questions", sa.JSON(none_as_null=True), server_default="[]", nullable=False))
    op.add_column(
        "registrations", sa.Column("answers", sa.JSON(none_as_null=True), server_default="{}", nullable=False)
    )


def downgrade() -> None:
    with op.batch_alter_table("registrations") as table:
        table.drop_column("answers")
    with op.batch_alter_table("events") as table:
        table.drop_column("questions")
    op.drop_table("registration_drafts")
