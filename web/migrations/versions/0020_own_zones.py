"""Whether an event offers to take part online; and an empty list of zones means none, which meant the usual ones."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_EVENTS = sa.table("events", sa.column("id", sa.Integer), sa.column("taxonomies", sa.JSON(none_as_null=True)))


def upgrade() -> None:
    op.add_column("events", sa.Column("online_offered", sa.Boolean(), server_default=sa.true(), nullable=False))
    connection = op.get_bind()
    for row in connection.execute(sa.select(_EVENTS)).all():
        if isinstance(row.taxonomies, dict) and row.taxonomies.get("zones") == []:
            kept = {name: value for name, value in row.taxonomies.items() if name != "zones"}
            connection.execute(_EVENTS.update().where(_EVENTS.c.id == row.id).values(taxonomies=kept))


def downgrade() -> None:
    op.drop_column("events", "online_offered")
