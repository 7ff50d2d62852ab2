"""Recovery codes: what signs in beside the password when the telephone with the second factor is lost.

Each is 78 random bits, shown once and kept as SHA-256, which is enough for such values and, unlike the second factor's
secret, is not made with SECRET_KEY: the codes outlive a new one. Each works once.
"""

import secrets

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from web.db import write
from web.domain.tokens import hash_token
from web.models import RecoveryCode, User

HOW_MANY = 10
# Without letters and digits that look alike on paper.
_LETTERS = "23456789abcdefghjkmnpqrstvwxyz"
_GROUPS, _GROUP = 4, 4


def new_codes(session: Session, user: User) -> list[str]:
    """Ten fresh codes for `user`, shown this once; those of before no longer work. In a ``write`` block."""
    drop_codes(session, user)
    codes = ["-".join(_random(_GROUP) for _group in range(_GROUPS)) for _code in range(HOW_MANY)]
    session.add_all(RecoveryCode(user_id=user.id, code_hash=_hashed(code)) for code in codes)
    return codes


def drop_codes(session: Session, user: User) -> None:
    """Let none of the codes of `user` work any more. In a ``write`` block."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))


def use_code(session: Session, user: User, text: str) -> bool:
    """Whether `text` is a code of `user`, with or without hyphens. One statement decides: of two at once one works."""
    with write(session):
        used = delete(RecoveryCode).where(RecoveryCode.user_id == user.id, RecoveryCode.code_hash == _hashed(text))
        return session.scalar(used.returning(RecoveryCode.id)) is not None


def codes_left(session: Session, user: User) -> int:
    return session.scalar(select(func.count()).where(RecoveryCode.user_id == user.id)) or 0


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _letter in range(length))


def _hashed(code: str) -> str:
    return hash_token("".join(letter for letter in code.lower() if letter.isalnum()))
