"""Values that nobody can guess, and how they are kept: as their SHA-256, which is enough for 256 random bits."""

import hashlib
import secrets


def new_token() -> str:
    """256 random bits, in letters that a URL carries as they are."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """What the database holds of `token`, in hexadecimal digits."""
    return hashlib.sha256(token.encode("utf-8")).hexdigest()
