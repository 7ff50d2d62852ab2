"""Schema migrations: `upgrade` brings a database to the current schema, `downgrade` takes it back."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from web.models import Base


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema up to `revision`, in one transaction; nothing happens where it is already there."""
    with engine.connect() as connection:
        connection = connection.execution_options(write=True)
        with connection.begin():
            command.upgrade(_config(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the schema back to `revision` (``"base"``: nothing is left)."""
    with engine.connect() as connection:
        connection = connection.execution_options(write=True)
        with connection.begin():
            command.downgrade(_config(connection), revision)


def is_current(engine: Engine) -> bool:
    """Whether the database has the schema this program was written for."""
    with engine.connect() as connection:
        heads = MigrationContext.configure(connection).get_current_heads()
        return set(heads) == set(ScriptDirectory.from_config(_config(connection)).get_heads())


def drift(engine: Engine) -> list[object]:
    """What the models have and the migrated database has not, or the other way round; empty when they agree."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": False})
        return list(compare_metadata(context, Base.metadata))
