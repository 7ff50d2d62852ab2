"""A participant's logo or picture, as the row of the participant names it."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("registrations", sa.Column("logo", sa.JSON(none_as_null=True), server_default="{}", nullable=False))
    # Those that a step back has left.
    pictures = sa.table("pictures", *map(sa.column, ("registration_id", "digest", "width", "height")))
    registrations = sa.table("registrations", sa.column("id"), sa.column("logo", sa.JSON()))
    for row in op.get_bind().execute(sa.select(pictures).where(pictures.c.registration_id.is_not(None))).all():
        logo = {"digest": row.digest, "width": row.width, "height": row.height}
        op.execute(sa.update(registrations).where(registrations.c.id == row.registration_id).values(logo=logo))


def downgrade() -> None:
    op.drop_column("registrations", "logo")
