"""Run by Alembic, with the connection that `web.migrations` hands over."""

from alembic import context

from web.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite cannot alter a column in place: Alembic copies the table instead.
    render_as_batch=True,
    user_module_prefix="base.",
    on_version_apply=context.config.attributes["after_step"],
)
context.run_migrations()
