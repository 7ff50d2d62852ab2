"""How many of each kind there is room for, and since when somebody waits for a place.

Whoever waits already has waited since registering, as far as is known.
"""

import sqlalchemy as sa
from alembic import op

from web.models import base

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_REGISTRATIONS = sa.table(
    "registrations",
    sa.column("status", sa.String),
    sa.column("created_at", sa.DateTime),
    sa.column("waiting_since", sa.DateTime),
)


def upgrade() -> None:
    json = sa.JSON(none_as_null=True)
    op.add_column("events", sa.Column("quotas", json, nullable=False, server_default="{}"))
    op.add_column("events", sa.Column("targets", json, nullable=False, server_default="[]"))
    op.add_column("events", sa.Column("accepts_at_once", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("events", sa.Column("promotes", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("registrations", sa.Column("waiting_since", base.UtcDateTime(), nullable=True))
    op.execute(
        _REGISTRATIONS.update()
        .where(_REGISTRATIONS.c.status == "waiting")
        .values(waiting_since=_REGISTRATIONS.c.created_at)
    )


def downgrade() -> None:
    op.drop_column("registrations", "waiting_since")
    for name in ("promotes", "accepts_at_once", "targets", "quotas"):
        op.drop_column("events", name)
