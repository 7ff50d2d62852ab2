"""Messages of organisers to people of an event, and which mail carries which of them."""

import sqlalchemy as sa
from alembic import op

from web.models import base

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_BEFORE = "'invitation', 'not_registered', 'draft', 'no_wishes', 'few_wishes', 'unconfirmed'"


def upgrade() -> None:
    op.create_table(
        "mailings",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("other_subject", sa.Text(), nullable=False),
        sa.Column("other_text", sa.Text(), nullable=False),
        sa.Column("segment", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("tests", sa.Integer(), nullable=False),
        sa.Column("sent_at", base.UtcDateTime(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("updated_at", base.UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", base.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_mailings_event_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_mailings_user_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailings")),
    )
    op.create_index(op.f("ix_mailings_event_id"), "mailings", ["event_id"])
    with op.batch_alter_table("outbox_mails") as batch:
        batch.add_column(sa.Column("mailing_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_outbox_mails_mailing_id"), "mailings", ["mailing_id"], ["id"], ondelete="SET NULL"
        )
    op.create_index(op.f("ix_outbox_mails_mailing_id"), "outbox_mails", ["mailing_id"])
    _allow(f"{_BEFORE}, 'message'")


def downgrade() -> None:
    op.execute("DELETE FROM reminders WHERE occasion = 'message'")
    _allow(_BEFORE)
    op.drop_index(op.f("ix_outbox_mails_mailing_id"), table_name="outbox_mails")
    with op.batch_alter_table("outbox_mails") as batch:
        batch.drop_constraint(op.f("fk_outbox_mails_mailing_id"), type_="foreignkey")
        batch.drop_column("mailing_id")
    op.drop_table("mailings")


def _allow(occasions: str) -> None:
    """Have the reminders' occasions be these."""
    name = op.f("ck_reminders_occasion")
    with op.batch_alter_table("reminders") as batch:
        batch.drop_constraint(name, type_="check")
        batch.create_check_constraint(name, f"occasion IN ({occasions})")
