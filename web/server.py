"""One command starts all: the web server in this process, a worker in a child that is started again when it dies."""

import gc
import logging
import os
import signal
import sys
import threading
import time
from typing import Any, cast

from flask import Flask

from web import logs
from web.catalogues import translations
from web.config import LOCALES, UPLOAD_LIMIT
from web.connections import Server
from web.counts import Question, ServerCounts
from web.exports.press import close_press
from web.extensions import limiter
from web.keeper import ChildKeeper
from web.page_processes import PageProcesses, addresses_beside, usual_number

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

log = logging.getLogger(__name__)

THREADS = 8
MOST_CONNECTIONS = 8192
# Database, log, static files, what is printed.
FILES_BESIDE = 256
LONGEST_SELECT = 512
# What is too large for an upload is told on a page of ours; what is far too large would only fill the disk first.
LARGEST_BODY = 8 * UPLOAD_LIMIT
# A phone that comes back within a minute finds its connection open.
IDLE_SECONDS = 60
# Asked to end, seconds: for the answers that are being made, and for the worker to put down what it does.
LAST_ANSWERS, LAST_WORK = 2.0, 2.5


def open_files() -> int:
    """How many files and connections this process may have open, after asking for as many as it may ask for."""
    if resource is None:
        return LONGEST_SELECT
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + FILES_BESIDE
    unlimited = resource.RLIM_INFINITY
    if soft != unlimited and soft < wanted:
        more = wanted if hard == unlimited else min(hard, wanted)
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (more, hard))
            soft = more
        except (OSError, ValueError):
            log.warning("At most %s files may be open at once; more was asked for and refused.", soft)
    return wanted if soft == unlimited else soft


def server_settings(files: int) -> dict[str, Any]:
    """How Waitress is set up where `files` may be open: connections that ask for nothing must not be in the way.

    One thread reads requests and writes answers of all connections; a request takes one of `THREADS` only once it has
    arrived as a whole, and gives it back when its answer is made, however slowly it is read. So a connection costs a
    few kilobytes and no thread, and the only thing that must not be short is their number: a browser keeps five.
    """
    return {
        "threads": THREADS,
        "connection_limit": max(100, min(MOST_CONNECTIONS, files - FILES_BESIDE)),
        "max_request_body_size": LARGEST_BODY,
        "channel_timeout": IDLE_SECONDS,
        "cleanup_interval": 10,
        "backlog": 2048,
        "ident": None,
        "clear_untrusted_proxy_headers": False,
    }


def serve(app: Flask, host: str, port: int, address: str) -> int:
    """Serve until SIGTERM or SIGINT; exit status 1 when the port is taken."""
    logs.configure()
    try:
        server = Server(app, host=host, port=port, **server_settings(open_files()))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        print(f"passerelle: {host}:{port} cannot be listened on: {reason}", file=sys.stderr)
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _signal, _frame: server.stop())
    keeper = ChildKeeper("worker", ["worker"])
    keeper.start()
    beside = _page_processes(app)
    prepare_pages(app)
    print(f"Passerelle is served at {address}", flush=True)
    try:
        server.run()
    finally:
        asked = time.monotonic()
        keeper.ask()
        server.close(LAST_ANSWERS)
        close_press()
        if beside is not None:
            beside.stop()
        keeper.stop(max(0.2, asked + LAST_WORK - time.monotonic()))
    return 0


def _page_processes(app: Flask) -> PageProcesses | None:
    """Those beside this one, started, and asked from now on; ``None`` where there shall be none."""
    wanted = app.extensions["passerelle.settings"].page_processes
    number = usual_number() if wanted is None else wanted
    if not number:
        return None
    layer = app.extensions["passerelle.revalidation"]
    beside = layer.further = PageProcesses(layer.further, layer.ends, addresses_beside(app), _counted, number)
    beside.start()
    return beside


def _counted(question: Question) -> Any:
    """What the limits of this process say to one of those beside it, where they do not count in Redis."""
    return cast(ServerCounts, limiter.storage).answer(question)


def prepare_pages(app: Flask) -> None:
    """Have ready what the first of a room would otherwise each make for themselves: sentences, compiled templates."""
    for language in LOCALES:
        translations(language)
    for name in app.jinja_env.list_templates():
        if "/" not in name or name.partition("/")[0] in ("public", "participant", "mail"):
            app.jinja_env.get_template(name)
    # Two hundred thousand objects of the program stay for ever: looking through them again and again is a tenth of the
    # cost of a page, and a pause for everybody.
    gc.collect()
    gc.freeze()
    gc.set_threshold(5000, 20, 20)


def end_with_parent(parent: int) -> None:
    """Have this process end when `parent` is gone: a worker must not outlive a server that was killed."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1.0)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(10.0)
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
