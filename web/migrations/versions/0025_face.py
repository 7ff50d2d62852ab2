"""What the organisers of an event show of themselves, and pictures."""

import sqlalchemy as sa
from alembic import op

from web.models import base

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("face", sa.JSON(none_as_null=True), server_default="{}", nullable=False))
    op.create_table(
        "pictures",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=True),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("mime_type", sa.String(length=100), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.CheckConstraint("purpose IN ('logo', 'banner')", name=op.f("ck_pictures_purpose")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_pictures_event_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name=op.f("fk_pictures_registration_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pictures")),
    )
    for column in ("event_id", "registration_id", "digest"):
        op.create_index(op.f(f"ix_pictures_{column}"), "pictures", [column])


def downgrade() -> None:
    op.drop_table("pictures")
    op.drop_column("events", "face")
