"""A mail keeps what its HTML is made of, in place of a column that nothing ever filled."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("outbox_mails") as table:
        table.add_column(sa.Column("parts", sa.JSON(none_as_null=True), nullable=True))
        table.add_column(sa.Column("language", sa.String(length=10), nullable=True))
        table.drop_column("body_html")


def downgrade() -> None:
    with op.batch_alter_table("outbox_mails") as table:
        table.add_column(sa.Column("body_html", sa.Text(), nullable=True))
        table.drop_column("language")
        table.drop_column("parts")
