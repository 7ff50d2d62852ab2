"""The commands that need the web application: serve, worker, migrate, token, organiser-link, backup, bounce and so on.

`register` is found by the command line through the entry-point group ``passerelle.commands``.
"""

import argparse
import gc
import os
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

Command = Callable[[argparse.Namespace], int]


def register(subparsers: Any) -> None:
    """Add the commands to an ``argparse`` sub-parser collection; each sets ``func``, which gives the exit status."""
    serve = subparsers.add_parser("serve", help="start the web application and its worker")
    _add_address(serve)
    # Of the process that serves, by the one that keeps it alive.
    serve.add_argument("--parent", type=int, default=None, help=argparse.SUPPRESS)
    serve.set_defaults(func=_guarded(_serve))

    worker = subparsers.add_parser("worker", help="start a worker only (``serve`` starts one by itself)")
    worker.add_argument("--parent", type=int, default=None, help="end when this process has ended")
    worker.set_defaults(func=_guarded(_worker))

    # Started by `serve` alone, and not told by --help.
    pages = subparsers.add_parser("pages")
    pages.add_argument("--parent", type=int, required=True)
    pages.add_argument("--listen", required=True)
    pages.set_defaults(func=_guarded(_pages))

    migrate = subparsers.add_parser("migrate", help="bring the database to the current schema")
    migrate.set_defaults(func=_guarded(_migrate))

    token = subparsers.add_parser("token", help="bearer tokens for other programs")
    actions = token.add_subparsers(dest="action", required=True, metavar="ACTION")
    create = actions.add_parser("create", help="print a new bearer token with an organiser's rights")
    create.add_argument("name", metavar="NAME", help="what the token is for")
    create.add_argument("--email", help="the organiser it acts for (default: the first one)")
    create.set_defaults(func=_guarded(_create_token))

    link = subparsers.add_parser("organiser-link", help="print a link that signs an organiser in once")
    link.add_argument("--email", help="which organiser (default: the first one)")
    link.add_argument(
        "--reset-second-factor",
        metavar="ADDRESS",
        help="of the organiser with this address, turn the second factor off first (lost telephone, new SECRET_KEY)",
    )
    _add_address(link)
    # Not said: where the server that was started last listens.
    link.set_defaults(host=None, port=None)
    link.set_defaults(func=_guarded(_organiser_link))

    backup = subparsers.add_parser("backup", help="keep all data in one file, while the server runs")
    backup.add_argument(
        "file", type=Path, metavar="FILE", help="a .tar.gz outside of the data's folder; replaced whole"
    )
    backup.set_defaults(func=_guarded(_backup))

    restore = subparsers.add_parser("restore", help="have the data of a backup again")
    restore.add_argument("file", type=Path, metavar="FILE", help="what `passerelle backup` has made")
    restore.add_argument("--force", action="store_true", help="replace the data that is there, all of it")
    restore.set_defaults(func=_guarded(_restore, alone=True))

    bounce = subparsers.add_parser(
        "bounce", help="read a mail that came back from standard input, and note at which mail it failed"
    )
    bounce.set_defaults(func=_guarded(_bounce))

    demo = subparsers.add_parser("demo", help="load and compute the sample event, print its agendas, then serve")
    _add_address(demo)
    demo.add_argument("--parent", type=int, default=None, help=argparse.SUPPRESS)
    demo.set_defaults(func=_guarded(_demo))


def _add_address(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=_port, default=8000, help="port to listen on (default: %(default)s)")


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"expected a number from 1 to 65535, for example 8000; found {text!r}")
    return int(text)


def _guarded(command: Command, *, alone: bool = False) -> Command:
    """`command`, with wrong settings and an unusable database told in a sentence: exit 2 and 1.

    What it writes, and what the processes write that it starts, nobody else on the machine may read. Unless it works
    `alone`, no other process exchanges the data meanwhile.
    """

    def run(arguments: argparse.Namespace) -> int:
        # What is loaded stays, two hundred thousand objects: to look through them after each 700 that are new takes an
        # eighth of the time of a start.
        gc.set_threshold(50_000, 20, 20)
        from web.config import ConfigError, places
        from web.databases import UnusableSchema
        from web.exchange import Interrupted, in_use

        mask = os.umask(0o077)
        try:
            with nullcontext() if alone else in_use(*places()):
                return command(arguments)
        except (UnusableSchema, Interrupted) as error:
            print(f"passerelle: {error}", file=sys.stderr)
            return 1
        except ConfigError as error:
            print(f"passerelle: {error}", file=sys.stderr)
            return 2
        except SQLAlchemyError as error:
            reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            print(f"passerelle: the database cannot be used: {reason}", file=sys.stderr)
            return 1
        except OSError as error:
            # A full disk, a folder that somebody else owns.
            where = f"{error.filename}: " if error.filename else ""
            print(f"passerelle: {where}{error.strerror or error}.", file=sys.stderr)
            return 1
        finally:
            os.umask(mask)

    return run


def _prepared_app(listening: argparse.Namespace | None = None) -> Flask:
    """The application, its database at the current schema: migrated by itself on SQLite, checked elsewhere.

    `listening` holds the host and port of a server that starts: they are written down for the links in mails.
    """
    if listening is not None:
        _note_address(listening)
    from web import create_app
    from web.config import ConfigError
    from web.db import database
    from web.migrations import is_current, upgrade

    app = create_app()
    engine = database(app).engine
    if app.extensions["passerelle.settings"].is_sqlite:
        upgrade(engine)
    elif not is_current(engine):
        raise ConfigError("DATABASE_URL: this database has another schema; run `passerelle migrate` first.")
    return app


def _address(app: Flask, arguments: argparse.Namespace) -> str:
    settings = app.extensions["passerelle.settings"]
    if arguments.host is None and arguments.port is None:
        return settings.link_base
    host = "localhost" if arguments.host in (None, "0.0.0.0", "::", "127.0.0.1") else arguments.host
    host = f"[{host}]" if ":" in host else host
    return settings.base_url or f"http://{host}:{arguments.port or 8000}"


def _note_address(listening: argparse.Namespace) -> None:
    from web.config import ConfigError, load_settings
    from web.hosts import address_of, note_address

    var = load_settings().var
    try:
        note_address(var, address_of(listening.host, listening.port))
    except OSError as error:
        raise ConfigError(
            f"PASSERELLE_VAR: {var / 'address'} cannot be written ({error.strerror}); free some space or name another "
            "folder."
        ) from error


def _tell_missing_base_url(app: Flask) -> None:
    settings = app.extensions["passerelle.settings"]
    if settings.lacks_base_url:
        print(
            f"passerelle: BASE_URL is not set: links in mails begin with {settings.address}, which may not lead here "
            "from elsewhere. Set it to the address that participants use, for example "
            "BASE_URL=https://meetings.example.org.",
            file=sys.stderr,
            flush=True,
        )


def _serve(arguments: argparse.Namespace) -> int:
    return _kept("serve", arguments, _serve_here)


def _kept(name: str, arguments: argparse.Namespace, here: Command) -> int:
    """Have another process do `here`, started anew when it dies: this one only keeps it. It ends with this one.

    Where this system cannot keep a process, it is done by this one.
    """
    from web.keeper import can_keep, keep

    if arguments.parent is None and can_keep():
        address = ["--host", arguments.host, "--port", str(arguments.port)]
        return keep([sys.executable, "-m", "web", name, *address, "--parent", str(os.getpid())])
    if arguments.parent is not None:
        from web.server import end_with_parent

        end_with_parent(arguments.parent)
    return here(arguments)


def _serve_here(arguments: argparse.Namespace) -> int:
    from web.server import serve

    app = _prepared_app(arguments)
    _tell_missing_base_url(app)
    _erase_again(app)
    _print_first_link(app, arguments)
    return serve(app, arguments.host, arguments.port, _address(app, arguments))


def _print_first_link(app: Flask, arguments: argparse.Namespace) -> None:
    """As long as nobody has chosen a password, each start prints a fresh link."""
    from web.db import get_session
    from web.domain.team.access import first_organiser, issue_sign_in_link, somebody_can_sign_in

    with app.app_context():
        session = get_session()
        if not somebody_can_sign_in(session):
            token = issue_sign_in_link(session, first_organiser(session))
            print(f"Organiser's one-time sign-in link: {_address(app, arguments)}/sign-in/link/{token}", flush=True)


def _worker(arguments: argparse.Namespace) -> int:
    from web import logs
    from web.server import end_with_parent
    from web.tasks import run_worker

    if arguments.parent is not None:
        end_with_parent(arguments.parent)
    app = _prepared_app()
    logs.configure()
    run_worker(app)
    return 0


def _pages(arguments: argparse.Namespace) -> int:
    from web import create_app, logs
    from web.page_processes import make_pages
    from web.server import end_with_parent, prepare_pages

    end_with_parent(arguments.parent)
    # The server that starts this process has seen to the database.
    app = create_app()
    logs.configure()
    prepare_pages(app)
    make_pages(app, arguments.listen)
    return 0


def _migrate(arguments: argparse.Namespace) -> int:
    from web import create_app
    from web.db import database
    from web.migrations import upgrade

    upgrade(database(create_app()).engine)
    print("The database has the current schema.")
    return 0


def _chosen_organiser(email: str | None) -> Any:
    from web.config import ConfigError
    from web.db import get_session
    from web.domain.team.access import first_organiser, user_by_email

    session = get_session()
    user = first_organiser(session) if email is None else user_by_email(session, email)
    if user is None:
        raise ConfigError(f"--email: no organiser has the address {email}.")
    return user


def _create_token(arguments: argparse.Namespace) -> int:
    from web.config import ConfigError
    from web.db import get_session
    from web.domain.team.access import TOKEN_NAME_LIMIT, create_api_token

    if len(arguments.name) > TOKEN_NAME_LIMIT:
        raise ConfigError(f"NAME has at most {TOKEN_NAME_LIMIT} characters: write a shorter one.")
    with _prepared_app().app_context():
        print(create_api_token(get_session(), arguments.name, _chosen_organiser(arguments.email)))
    return 0


def _organiser_link(arguments: argparse.Namespace) -> int:
    from web.config import ConfigError
    from web.db import get_session
    from web.domain.team.access import issue_sign_in_link
    from web.domain.team.accounts import reset_second_factor

    reset = arguments.reset_second_factor
    if reset and arguments.email and arguments.email != reset:
        raise ConfigError("--email and --reset-second-factor name two organisers: leave --email out.")
    app = _prepared_app()
    with app.app_context():
        user = _chosen_organiser(reset or arguments.email)
        if reset:
            reset_second_factor(get_session(), user)
        token = issue_sign_in_link(get_session(), user)
    print(f"{_address(app, arguments)}/sign-in/link/{token}")
    return 0


def _backup(arguments: argparse.Namespace) -> int:
    from web.backup import BackupError, make_backup
    from web.config import load_settings

    try:
        backup = make_backup(load_settings(), arguments.file)
    except BackupError as error:
        print(f"passerelle: {error}", file=sys.stderr)
        return 1
    print(f"{arguments.file}: the database ({backup.database}, schema {backup.revision}), the secret key and", end=" ")
    print(f"{len(backup.files) - 2} more files. Whoever has it can read all data: keep it where nobody else can.")
    return 0


def _restore(arguments: argparse.Namespace) -> int:
    from web.backup import BackupError, BadArchive, restore
    from web.config import ConfigError, places
    from web.exchange import in_use

    var, database_url = places()
    try:
        backup = restore(var, database_url, arguments.file, force=arguments.force)
    except BackupError as error:
        print(f"passerelle: {error}", file=sys.stderr)
        return 2 if isinstance(error, BadArchive) else 1
    print(f"The data is that of {backup.made_at}: the database (schema {backup.revision}), the secret key and", end=" ")
    print(f"{len(backup.files) - 2} more files.")
    with in_use(var, database_url):
        try:
            _erase_again(_prepared_app())
        except ConfigError as error:
            print(
                f"passerelle: {error} Then whoever was erased since is erased again by the next start.", file=sys.stderr
            )
    if os.environ.get("SECRET_KEY", "").encode() not in (b"", (var / "secret_key").read_bytes()):
        print(
            "passerelle: SECRET_KEY is set to another key than the backup's, which is kept in "
            f"{var / 'secret_key'}: leave it out, or the second factors and links of before do not work.",
            file=sys.stderr,
        )
    return 0


# What a mail server takes for "try again later" (sysexits.h).
_TRY_AGAIN = 75


def _bounce(_arguments: argparse.Namespace) -> int:
    """What a mail server gives its reports to. A mail that says nothing of ours is no fault: refused, it would come
    back in turn. Only where the database is away the server is to keep it."""
    from web.db import get_session
    from web.domain.mail.bounces import MOST_BYTES, Outcome, note_bounce

    content = sys.stdin.buffer.read(MOST_BYTES)
    try:
        with _prepared_app().app_context():
            outcome = note_bounce(get_session(), content)
    except SQLAlchemyError:
        print("passerelle: the database cannot be used now; this mail is to be given again later.", file=sys.stderr)
        return _TRY_AGAIN
    print(
        {
            Outcome.NOTED: "The mail that came back is marked as failed.",
            Outcome.KNOWN: "The mail that came back is not among those that have left: nothing is changed.",
            Outcome.NO_FAILURE: "This report tells of no failure: nothing is changed.",
            Outcome.NOT_OURS: "This is no report about a mail of ours: nothing is changed.",
        }[outcome]
    )
    return 0


def _erase_again(app: Flask) -> None:
    """Whoever was erased since the data was copied that is there now, is not there any more when this returns."""
    from web.db import get_session
    from web.domain.people.privacy import erase_again

    with app.app_context():
        number = erase_again(get_session())
    if number:
        print(f"{number} who had been erased since this data was copied are erased again.", flush=True)


def _demo(arguments: argparse.Namespace) -> int:
    return _kept("demo", arguments, _demo_here)


def _demo_here(arguments: argparse.Namespace) -> int:
    from web.demo import prepare_demo
    from web.server import serve

    app = _prepared_app(arguments)
    _tell_missing_base_url(app)
    address = _address(app, arguments)
    with app.app_context():
        agendas = prepare_demo(app.extensions["passerelle.settings"].var, address)
    _print_first_link(app, arguments)
    if agendas is not None:
        print(f"Agendas of the sample event: {agendas}", flush=True)
    return serve(app, arguments.host, arguments.port, address)


def main(argv: list[str] | None = None) -> int:
    """These commands alone, as ``python -m web``."""
    parser = argparse.ArgumentParser(prog="python -m web")
    register(parser.add_subparsers(required=True, metavar="COMMAND"))
    arguments = parser.parse_args(argv)
    return arguments.func(arguments)


__all__ = ["main", "register"]
