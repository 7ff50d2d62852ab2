"""Registrations that are two however alike they look, and those merged into others."""

import sqlalchemy as sa
from alembic import op

from web.models import base

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "distinct_pairs",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("a_id", sa.Integer(), nullable=False),
        sa.Column("b_id", sa.Integer(), nullable=False),
        sa.Column("alike", sa.String(length=20), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.CheckConstraint("a_id <> b_id", name=op.f("ck_distinct_pairs_not_self")),
        sa.CheckConstraint("alike IN ('organisation', 'person')", name=op.f("ck_distinct_pairs_alike")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_distinct_pairs_event_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["a_id"], ["registrations.id"], name=op.f("fk_distinct_pairs_a_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["b_id"], ["registrations.id"], name=op.f("fk_distinct_pairs_b_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_distinct_pairs")),
        sa.UniqueConstraint("a_id", "b_id", "alike", name=op.f("uq_distinct_pairs_a_id_b_id_alike")),
    )
    op.create_index(op.f("ix_distinct_pairs_event_id"), "distinct_pairs", ["event_id"])
    op.create_index(op.f("ix_distinct_pairs_b_id"), "distinct_pairs", ["b_id"])
    op.create_table(
        "merged_registrations",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("registered_at", base.UtcDateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_merged_registrations_event_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_merged_registrations_registration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merged_registrations")),
        sa.UniqueConstraint("event_id", "key", name=op.f("uq_merged_registrations_event_id_key")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_merged_registrations_token_hash")),
    )
    op.create_index(op.f("ix_merged_registrations_registration_id"), "merged_registrations", ["registration_id"])


def downgrade() -> None:
    op.drop_table("merged_registrations")
    op.drop_table("distinct_pairs")
