"""A brake on guessing: whatever network addresses wrong passwords and codes come from, each account is slowed down.

Five may be wrong in a row; from then on the next is looked at only after a pause, which doubles from two seconds to one
minute. What comes within the pause is refused unread and does not prolong it, so a stranger who keeps guessing delays
the owner by a minute at most at a time; and the link by mail signs the owner in at once, however many guesses are made.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import delete
from sqlalchemy.orm import Session

from web.db import locked_row, write
from web.domain.tokens import hash_token
from web.models import WrongAttempt, utcnow

FREE = 5
LONGEST_PAUSE = 60
REMEMBERED = timedelta(days=1)

Found = TypeVar("Found")


class TooSoon(Exception):
    """Too many were wrong: the next is looked at in `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many were wrong; the next is looked at in {seconds} s.")
        self.seconds = seconds


def attempt(session: Session, subject: str, check: Callable[[], Found]) -> Found:
    """What `check` gives; where that is falsy, one more wrong attempt at `subject`. Raises `TooSoon`.

    It counts as wrong before it is checked: of a hundred at once, five are checked. Locks the subject's row meanwhile.
    """
    key = hash_token(subject)
    _count(session, key)
    found = check()
    if found:
        forget_attempts(session, subject)
    return found


def forget_attempts(session: Session, subject: str) -> None:
    """Start anew: the right one was given, or the secret is another now."""
    with write(session):
        session.execute(delete(WrongAttempt).where(WrongAttempt.subject == hash_token(subject)))


def pause_after(wrong: int) -> int:
    """The seconds from the last of `wrong` attempts in a row to the next that is looked at."""
    return 0 if wrong < FREE else min(LONGEST_PAUSE, 2 ** min(wrong - FREE + 1, 10))


def _count(session: Session, key: str) -> None:
    with write(session):
        now = utcnow()
        session.execute(delete(WrongAttempt).where(WrongAttempt.last_at < now - REMEMBERED))
        row = locked_row(session, WrongAttempt, key, count=0, last_at=now)
        # By now it may be later: another, who had the row before, came when the next second had begun.
        now = max(utcnow(), row.last_at)
        left = pause_after(row.count) - int((now - row.last_at).total_seconds())
        if left > 0:
            raise TooSoon(left)
        row.count, row.last_at = row.count + 1, now
