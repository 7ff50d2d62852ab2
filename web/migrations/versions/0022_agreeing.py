"""Participants agree to a provisional timetable before it is announced, and say the day before that they come."""

import sqlalchemy as sa
from alembic import op

from web.models import base

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("events") as batch:
        batch.add_column(sa.Column("provisional_schedule_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("answers_until", base.UtcDateTime(), nullable=True))
        batch.add_column(sa.Column("presence_asked_at", base.UtcDateTime(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_events_provisional_schedule_id"),
            "schedule_versions",
            ["provisional_schedule_id"],
            ["id"],
            ondelete="SET NULL",
        )
    op.add_column("schedule_versions", sa.Column("shown_at", base.UtcDateTime(), nullable=True))
    op.add_column("registrations", sa.Column("attendance_confirmed_at", base.UtcDateTime(), nullable=True))
    op.create_table(
        "meeting_answers",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("partner_id", sa.Integer(), nullable=True),
        sa.Column("answer", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("answered_at", base.UtcDateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.CheckConstraint("answer IN ('confirmed', 'declined')", name=op.f("ck_meeting_answers_answer")),
        sa.CheckConstraint(
            "reason IN ('known', 'unsuited', 'rivals', 'other')", name=op.f("ck_meeting_answers_reason")
        ),
        sa.CheckConstraint(
            "partner_id IS NULL OR registration_id <> partner_id", name=op.f("ck_meeting_answers_not_self")
        ),
        *[
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_meeting_answers_{column}"), ondelete="CASCADE"
            )
            for column, table in (
                ("event_id", "events"),
                ("version_id", "schedule_versions"),
                ("registration_id", "registrations"),
                ("partner_id", "registrations"),
            )
        ],
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_answers")),
    )
    for columns in (("event_id",), ("registration_id",), ("partner_id",), ("version_id", "registration_id")):
        op.create_index(op.f(f"ix_meeting_answers_{'_'.join(columns)}"), "meeting_answers", list(columns))


def downgrade() -> None:
    op.drop_table("meeting_answers")
    op.drop_column("registrations", "attendance_confirmed_at")
    op.drop_column("schedule_versions", "shown_at")
    with op.batch_alter_table("events") as batch:
        batch.drop_constraint(op.f("fk_events_provisional_schedule_id"), type_="foreignkey")
        batch.drop_column("presence_asked_at")
        batch.drop_column("answers_until")
        batch.drop_column("provisional_schedule_id")
