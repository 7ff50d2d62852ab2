"""What the program writes about itself: times, places in the code, what went wrong; nobody's address, no key to a page.

Every line leaves through `Discreet`, whoever wrote it (ours, a library's, an exception's text, a server's access log),
so that a log may be sent to somebody for help. Parameters of SQL are left out by the engine itself (`web.db`).
"""

import logging
import re
import sys
import threading
from types import TracebackType

FORM = "%(asctime)s %(levelname)s %(name)s: %(message)s"
MASK = "***"

# A pattern that begins with a run of any length begins where the run does: a lookbehind says so. Tried from each of its
# letters it would cost the square of a long line.
_RULES = (
    # What PostgreSQL adds to an error: the values of the row.
    (re.compile(r"^([^\S\n]*(?:DETAIL|CONTEXT|HINT|PARAMETERS):).*$", re.MULTILINE), rf"\1 {MASK}"),
    # Pages that are opened by their address alone, and what somebody typed into a search.
    (re.compile(r"(/p/|/sign-in/link/|/invited/|/no-reminders/)[^/\s?\"'#]+"), rf"\1{MASK}"),
    (re.compile(r"(?<![^\s?\"'])(?=[^\s?\"'/]*/)([^\s?\"']*\?)[^\s\"']+"), rf"\1{MASK}"),
    (re.compile(r"(?i)(bearer\s+|cookie:\s*|authorization:\s*)\S.*"), rf"\1{MASK}"),
    # Mail addresses, also as a URL writes them, and user:password@host.
    (re.compile(r"(?<![^\s<>\"'(),;=/\[\]])[^\s<>\"'(),;=/\[\]]+(?:@|%40)[^\s<>\"'(),;:/\[\]]+"), MASK),
    # Tokens of 256 bits as text, and their hashes.
    (re.compile(r"(?<![\w-])(?:psl_)?[\w-]{43}(?![\w-])"), MASK),
    (re.compile(r"(?<!\w)[0-9a-f]{64}(?!\w)"), MASK),
)


def discreet(text: str) -> str:
    """`text` without mail addresses, tokens, personal links and values from the database."""
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return text


class Discreet(logging.Formatter):
    """A formatter whose lines, traces included, have passed through `discreet`."""

    def format(self, record: logging.LogRecord) -> str:
        return discreet(super().format(record))


def quieten() -> None:
    """Have also those handlers be discreet that write before, or without, `configure`."""
    from flask.logging import default_handler

    default_handler.setFormatter(Discreet(FORM))
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(Discreet())


def configure() -> None:
    """Write the log of this process to standard error, from now on; uncaught exceptions too."""
    handler = logging.StreamHandler()
    handler.setFormatter(Discreet(FORM))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    logging.getLogger("web").critical("Ended by an error", exc_info=(kind, error, trace))


def _uncaught_in_thread(found: threading.ExceptHookArgs) -> None:
    if found.exc_value is not None and not isinstance(found.exc_value, SystemExit):
        name = found.thread.name if found.thread else "?"
        trace = (found.exc_type, found.exc_value, found.exc_traceback)
        logging.getLogger("web").error("Thread %s ended by an error", name, exc_info=trace)
